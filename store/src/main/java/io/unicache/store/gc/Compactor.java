package io.unicache.store.gc;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.Emptying;
import io.unicache.store.pack.PackSet;
import io.unicache.store.pack.PackUsage;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Empties packs of which little is left: the live blocks move to the pack that small streams share,
 * and the old pack is deleted. A crash leaves each block in the place that the block table has, and
 * perhaps a copy of which nothing is known: {@link LeakFinder} finds that. Safe for use by many
 * threads; one works at a time.
 */
public final class Compactor implements AutoCloseable {

  /** Makes all that was committed durable. */
  @FunctionalInterface
  public interface Sync {
    void run() throws CacheException;
  }

  /** Decides whether a pack can be emptied now, and begins. */
  @FunctionalInterface
  public interface Gate {
    Optional<Emptying> empty(int pack) throws CacheException;
  }

  private static final System.Logger LOG = System.getLogger(Compactor.class.getName());

  private final PackSet packs;
  private final MetaStore meta;
  private final Sync sync;
  private final Gate gate;
  private final IntConsumer gone;

  /** A pack that is being emptied, and whether blocks of it may have moved already. */
  private static final class Begun {
    final Emptying emptying;
    boolean moved;

    Begun(Emptying emptying) {
      this.emptying = emptying;
    }
  }

  /** By number; guarded by this. */
  private final Map<Integer, Begun> begun = new HashMap<>();

  /** Guarded by this. */
  private boolean closed;

  /** Packs that have a damaged block. Guarded by this. */
  private final Set<Integer> damaged = new HashSet<>();

  /**
   * @param gone is told of each pack that has been emptied
   */
  public Compactor(PackSet packs, MetaStore meta, Sync sync, Gate gate, IntConsumer gone) {
    this.packs = packs;
    this.meta = meta;
    this.sync = sync;
    this.gate = gate;
    this.gone = gone;
  }

  /**
   * Empties the packs for which it pays, until it is told to end or the disk is full.
   *
   * @return bytes given back to the file system, those that the copies take subtracted
   */
  public synchronized long run(Thrift thrift, Pace pace) throws CacheException {
    long given = 0;
    try {
      for (PackUsage pack : packs.sparse().usage()) {
        if (!closed && pace.goesOn() && !damaged.contains(pack.pack()) && pays(pack, thrift)) {
          given += empty(pack.pack(), pace);
        }
      }
    } catch (CacheException.Full e) {
      LOG.log(Level.INFO, "no room to move blocks; packs are emptied later: {0}", e.getMessage());
    }
    return given;
  }

  private boolean pays(PackUsage pack, Thrift thrift) throws CacheException {
    return begun.containsKey(pack.pack())
        || (thrift.mayPay(pack) && thrift.pays(pack, packs.sparse().bytesOnDisk(pack.pack())));
  }

  private long empty(int pack, Pace pace) throws CacheException {
    Begun emptied = begun.get(pack);
    if (emptied == null) {
      Optional<Emptying> beginning = gate.empty(pack);
      if (beginning.isEmpty()) {
        return 0;
      }
      emptied = new Begun(beginning.get());
      begun.put(pack, emptied);
    }
    long before = packs.sparse().bytesOnDisk(pack);
    BlockMover mover = new BlockMover(packs, meta, pace);
    boolean all = false;
    try (mover) {
      emptied.emptying.forEachLive(mover::take);
      mover.flush();
      all = mover.outcome() == BlockMover.Outcome.ALL;
    } finally {
      emptied.moved |= mover.mayHaveMoved();
      if (!all) {
        interrupted(emptied, mover.outcome());
      }
    }
    if (!all) {
      return -mover.movedBytes();
    }
    sync.run();
    emptied.emptying.finish();
    begun.remove(pack);
    gone.accept(pack);
    return before - mover.movedBytes();
  }

  /** Waits for what is at work, which has been told to end, and does nothing from then on. */
  @Override
  public synchronized void close() {
    closed = true;
  }

  private void interrupted(Begun emptied, BlockMover.Outcome outcome) {
    int pack = emptied.emptying.pack();
    if (outcome == BlockMover.Outcome.DAMAGED) {
      damaged.add(pack);
      LOG.log(
          Level.WARNING,
          "pack {0} has a damaged block, and is not emptied: check the store",
          Integer.toString(pack));
    }
    if (!emptied.moved) {
      emptied.emptying.stay();
      begun.remove(pack);
    }
  }
}

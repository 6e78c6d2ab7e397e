package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;

/**
 * Blocks that a writer relies on between the moment it finds or appends them and the commit that
 * refers to them. A pin keeps a block from being deleted; for a block that is not in the table yet
 * it also holds the location, so that two writers of the same new block share one copy. Pins are
 * counted and live in memory: a crash drops them all. Safe for use by many threads.
 *
 * <p>Counting happens under the lock that changes exclude ({@link MetaStore#update}), so a change
 * sees pins that stand still: between its look at a pin and its commit nobody can pin or unpin.
 */
public final class BlockPins {

  /**
   * The pins of one block.
   *
   * @param count how many there are, at least 1
   * @param pending where the block was appended, while it is not in the block table; else null
   * @param idle whether it is in the block table with no references, so that it goes with the last
   *     pin
   */
  private record Pin(int count, BlockLocation pending, boolean idle) {

    Pin withCount(int newCount) {
      return new Pin(newCount, pending, idle);
    }
  }

  private final MetaStore meta;
  private final Lock counting;
  private final ConcurrentMap<BlockHash, Pin> pins = new ConcurrentHashMap<>();

  /**
   * Makes the pins of a store.
   *
   * @param counting a lock that is shared among those who count and excludes changes
   */
  BlockPins(MetaStore meta, Lock counting) {
    this.meta = meta;
    this.counting = counting;
  }

  /**
   * Pins a block and returns where it lies if it is stored: in the block table, or appended by a
   * writer that has not committed yet. If it returns nothing the block is pinned all the same, and
   * the caller appends it and calls {@link #located}. If it throws, the block is not pinned.
   */
  public Optional<BlockLocation> pin(BlockHash hash) throws CacheException {
    counting.lock();
    try {
      Pin pin = addPin(hash);
      if (pin.pending() != null) {
        return Optional.of(pin.pending());
      }
      boolean found = false;
      try {
        Optional<BlockLocation> location = meta.block(hash).map(BlockEntry::location);
        found = true;
        return location;
      } finally {
        if (!found) {
          takeAway(hash, new Leftovers());
        }
      }
    } finally {
      counting.unlock();
    }
  }

  /**
   * Pins blocks that are in the block table, one pin for each time a hash occurs. The caller sees
   * to it that they stay there during the call: a content that they belong to is not released.
   * Nothing is looked up, so that a file of many blocks is pinned in no time.
   */
  public void pinStored(Iterable<BlockHash> hashes) {
    counting.lock();
    try {
      for (BlockHash hash : hashes) {
        addPin(hash);
      }
    } finally {
      counting.unlock();
    }
  }

  private Pin addPin(BlockHash hash) {
    return pins.merge(hash, new Pin(1, null, false), (old, one) -> old.withCount(old.count() + 1));
  }

  /**
   * Says where the caller has appended a block that it had pinned.
   *
   * @return the location that counts: the caller's, or another writer's that came first (then the
   *     caller's copy is freed)
   */
  public BlockLocation located(BlockHash hash, BlockLocation location) throws CacheException {
    BlockLocation winner = settle(hash, location);
    if (!winner.equals(location)) {
      meta.update(
          tx -> {
            tx.putFreed(location);
            return null;
          });
    }
    return winner;
  }

  /**
   * The block that lay at {@code damaged} has been written anew; returns the location that counts.
   */
  public BlockLocation replaced(BlockHash hash, BlockLocation damaged, BlockLocation fresh)
      throws CacheException {
    return meta.update(tx -> tx.relocate(hash, damaged, fresh));
  }

  private BlockLocation settle(BlockHash hash, BlockLocation location) throws CacheException {
    counting.lock();
    try {
      // Another writer of the block may have committed it meanwhile.
      Optional<BlockEntry> row = meta.block(hash);
      if (row.isPresent()) {
        return row.get().location();
      }
      Pin pin =
          pins.computeIfPresent(
              hash,
              (h, old) -> old.pending() == null ? new Pin(old.count(), location, false) : old);
      if (pin == null) {
        throw new IllegalStateException("block " + hash + " was located but is not pinned");
      }
      return pin.pending();
    } finally {
      counting.unlock();
    }
  }

  /**
   * Takes pins away, one for each time a hash occurs. Blocks that are in no manifest and that
   * nobody else pins are freed. Not for use within {@link MetaStore#update}.
   */
  public void unpin(Iterable<BlockHash> hashes) throws CacheException {
    Leftovers leftovers = new Leftovers();
    counting.lock();
    try {
      for (BlockHash hash : hashes) {
        takeAway(hash, leftovers);
      }
    } finally {
      counting.unlock();
    }
    if (!leftovers.isEmpty()) {
      meta.update(
          tx -> {
            leftovers.delete(tx);
            return null;
          });
    }
  }

  private void takeAway(BlockHash hash, Leftovers leftovers) {
    pins.compute(
        hash,
        (h, pin) -> {
          if (pin == null) {
            throw new IllegalStateException("block " + h + " is not pinned");
          }
          if (pin.count() > 1) {
            return pin.withCount(pin.count() - 1);
          }
          leftovers.add(h, pin);
          return null;
        });
  }

  /** What nothing but a pin has kept. */
  private static final class Leftovers {
    private final List<BlockLocation> pending = new ArrayList<>();
    private final List<BlockHash> idle = new ArrayList<>();

    void add(BlockHash hash, Pin last) {
      if (last.pending() != null) {
        pending.add(last.pending());
      }
      if (last.idle()) {
        idle.add(hash);
      }
    }

    boolean isEmpty() {
      return pending.isEmpty() && idle.isEmpty();
    }

    /** Deletes it, unless someone has come to pin or refer to an idle block since. */
    void delete(MetaStore.Transaction tx) throws CacheException {
      for (BlockLocation location : pending) {
        tx.putFreed(location);
      }
      for (BlockHash hash : idle) {
        tx.deleteIfUnreferenced(hash);
      }
    }
  }

  /** Tells whether anyone pins the block. */
  public boolean isPinned(BlockHash hash) {
    return pins.containsKey(hash);
  }

  /** Returns the location of a block that is pinned and appended but not in the block table. */
  Optional<BlockLocation> pending(BlockHash hash) {
    Pin pin = pins.get(hash);
    return pin == null ? Optional.empty() : Optional.ofNullable(pin.pending());
  }

  /**
   * A change has written a block's row; called before other threads can count again.
   *
   * @param idle whether the row has no references
   */
  void committed(BlockHash hash, boolean idle) {
    pins.computeIfPresent(hash, (h, pin) -> new Pin(pin.count(), null, idle));
  }
}

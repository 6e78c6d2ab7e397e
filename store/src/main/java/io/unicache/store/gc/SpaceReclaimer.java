package io.unicache.store.gc;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.os.FileUse;
import io.unicache.store.pack.PackSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes commits durable and gives the space of blocks back that nothing refers to any more. Order
 * is everything: packs before metadata, and holes only after the metadata that no longer knows the
 * blocks is durable. A crash in between leaves freed locations, which the next run finds. Runs one
 * at a time.
 */
public final class SpaceReclaimer {

  /** Locations that one run frees before it writes that down. */
  private static final int BATCH = 1024;

  private final PackSet packs;
  private final MetaStore meta;

  public SpaceReclaimer(PackSet packs, MetaStore meta) {
    this.packs = packs;
    this.meta = meta;
  }

  /** Makes everything that has been committed durable: packs, pack indexes, metadata. */
  public void sync() throws CacheException {
    packs.sync(); // most of it, while others go on committing
    meta.update(
        transaction -> {
          // No commit slips in between, so no durable metadata is without its blocks.
          packs.sync();
          meta.sync();
          transaction.synced(packs.durableEnds());
          return null;
        });
  }

  /**
   * Makes everything durable and punches what is freed.
   *
   * @return bytes given back to the file system
   */
  public synchronized long syncAndReclaim() throws CacheException {
    long given = 0;
    Map<Integer, Boolean> inUse = new HashMap<>();
    List<BlockLocation> batch = freed(inUse);
    sync();
    while (!batch.isEmpty()) {
      List<BlockLocation> done = new ArrayList<>();
      CacheException first = null;
      for (BlockLocation location : batch) {
        try {
          if (isInUse(location.pack(), inUse)) {
            continue;
          }
          given += packs.free(location);
          done.add(location);
        } catch (CacheException e) {
          first = first == null ? e : first; // one bad pack does not keep the space of the others
        }
      }
      meta.update(
          transaction -> {
            for (BlockLocation location : done) {
              transaction.deleteFreed(location);
            }
            return null;
          });
      if (first != null) {
        throw first;
      }
      inUse.values().removeIf(used -> !used); // It may have been handed out since.
      batch = freed(inUse);
      if (!batch.isEmpty()) {
        sync();
      }
    }
    return given;
  }

  /**
   * Tells whether a pack must stay as it is: it is being emptied, or its file was handed out, and a
   * program still has it open or mapped, perhaps long after the file that it opened is gone. Looked
   * at once for each batch, after a sync, which closes what this process has open.
   */
  private boolean isInUse(int pack, Map<Integer, Boolean> known) throws CacheException {
    Boolean before = known.get(pack);
    if (before != null) {
      return before;
    }
    boolean used = packs.sparse().isLeaving(pack) || packs.lendable().use(pack) == FileUse.SOME;
    known.put(pack, used);
    return used;
  }

  private List<BlockLocation> freed(Map<Integer, Boolean> inUse) throws CacheException {
    List<BlockLocation> batch = new ArrayList<>();
    meta.forEachFreed(
        location -> {
          if (!inUse.getOrDefault(location.pack(), false)) {
            batch.add(location);
          }
          return batch.size() < BATCH;
        });
    return batch;
  }
}

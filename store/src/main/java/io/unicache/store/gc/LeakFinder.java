package io.unicache.store.gc;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds space that a crash left behind: blocks that were appended but never committed. What it
 * finds joins the freed locations.
 */
public final class LeakFinder {

  private static final int BATCH = 1024;

  private final PackSet packs;
  private final MetaStore meta;
  private volatile boolean ended;

  public LeakFinder(PackSet packs, MetaStore meta) {
    this.packs = packs;
    this.meta = meta;
  }

  /**
   * Looks through all pack indexes. Writers may be at work meanwhile: what they have appended and
   * not committed is pinned.
   *
   * @return whether it has come to the end
   */
  public boolean run() throws CacheException {
    List<BlockLocation> unknown = new ArrayList<>();
    packs.forEachIndexed(
        block -> {
          if (!ended && !isKnown(block)) {
            unknown.add(block.location());
          }
          if (unknown.size() == BATCH) {
            free(unknown);
          }
        });
    free(unknown);
    return !ended;
  }

  /** Has the look that is under way end soon; for good. */
  public void end() {
    ended = true;
  }

  private void free(List<BlockLocation> unknown) throws CacheException {
    if (!unknown.isEmpty()) {
      meta.update(
          transaction -> {
            for (BlockLocation location : unknown) {
              transaction.putFreed(location);
            }
            return null;
          });
      unknown.clear();
    }
  }

  private boolean isKnown(IndexedBlock block) throws CacheException {
    // In this order: a pin ends only after the commit has written the row.
    if (meta.pins().isPinned(block.hash())) {
      return true;
    }
    Optional<BlockEntry> entry = meta.block(block.hash());
    return entry.isPresent() && entry.get().location().equals(block.location());
  }
}

package io.unicache.store.gc;

import io.unicache.store.block.BlockHash;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds space that a crash left behind: blocks that were appended but never committed. What it
 * finds joins the freed locations.
 */
public final class LeakFinder {

  private static final System.Logger LOG = System.getLogger(LeakFinder.class.getName());

  /** Blocks that are looked for in the manifests at once: each time all of them are read. */
  private static final int BATCH = 1 << 16;

  /** Locations that one change writes. */
  private static final int CHANGE = 1024;

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
    releaseEmptyPacks();
    List<IndexedBlock> unknown = new ArrayList<>();
    packs.forEachIndexed(
        block -> {
          if (!ended && !isKnown(block)) {
            unknown.add(block);
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

  /** Bytes behind the last indexed block of a pack are of no use if no row names any there. */
  private void releaseEmptyPacks() throws CacheException {
    Set<Integer> garbage = packs.unindexed();
    if (garbage.isEmpty()) {
      return;
    }
    meta.forEachBlock(
        row -> {
          if (garbage.contains(row.location().pack()) && !packs.isIndexed(row.location())) {
            garbage.remove(row.location().pack());
          }
          return true;
        });
    for (int pack : garbage) {
      packs.nothingUnindexed(pack);
    }
  }

  private void free(List<IndexedBlock> unknown) throws CacheException {
    Set<BlockHash> needed = needed(unknown);
    unknown.removeIf(block -> needed.contains(block.hash()));
    for (int start = 0; start < unknown.size(); start += CHANGE) {
      List<IndexedBlock> some = unknown.subList(start, Math.min(start + CHANGE, unknown.size()));
      meta.update(
          transaction -> {
            for (IndexedBlock block : some) {
              transaction.putFreed(block.location());
            }
            return null;
          });
    }
    unknown.clear();
  }

  /**
   * Returns blocks that a manifest names though the block table has no row of them: the row was
   * lost, and the bytes must not be.
   */
  private Set<BlockHash> needed(List<IndexedBlock> unknown) throws CacheException {
    Set<BlockHash> rowless = new HashSet<>();
    for (IndexedBlock block : unknown) {
      if (meta.block(block.hash()).isEmpty()) {
        rowless.add(block.hash());
      }
    }
    Set<BlockHash> needed = new HashSet<>();
    if (!rowless.isEmpty()) {
      meta.forEachManifest(
          "",
          entry -> {
            for (BlockHash hash : entry.manifest().blocks()) {
              if (rowless.contains(hash) && meta.block(hash).isEmpty()) {
                needed.add(hash);
              }
            }
            return true;
          });
    }
    if (!needed.isEmpty()) {
      LOG.log(
          Level.ERROR,
          "{0} blocks that files need are not in the block table; run `unicache check --repair`",
          needed.size());
    }
    return needed;
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

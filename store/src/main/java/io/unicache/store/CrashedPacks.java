package io.unicache.store;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Brings packs into line with the metadata after a crash, before anybody appends to them. */
final class CrashedPacks {

  private final PackSet packs;
  private final MetaStore meta;

  CrashedPacks(PackSet packs, MetaStore meta) {
    this.packs = packs;
    this.meta = meta;
  }

  /**
   * Has indexes name every block that metadata names, and keeps new blocks away from all these
   * places. After a power cut an index may lack records, and a pack can be shorter than the
   * metadata knows; what is appended there then would be taken for the old block.
   */
  void check() throws CacheException {
    Map<Integer, Long> ends = new HashMap<>();
    Set<Integer> lacking = packs.lackingRecords();
    meta.forEachBlock(
        block -> {
          if (!packs.isIndexed(block.location())) {
            lacking.add(block.location().pack());
          }
          return note(ends, block.location());
        });
    meta.forEachFreed(location -> note(ends, location));
    packs.mend(lacking, this::forEachBlockOf);
    packs.fence(ends);
  }

  private void forEachBlockOf(int pack, PackSet.IndexVisitor visitor) throws CacheException {
    meta.forEachBlock(
        block -> {
          if (block.location().pack() == pack) {
            visitor.visit(new PackSet.IndexedBlock(block.hash(), block.location()));
          }
          return true;
        });
  }

  private static boolean note(Map<Integer, Long> ends, BlockLocation location) {
    ends.merge(location.pack(), location.offset() + location.allocated(), Math::max);
    return true;
  }
}

package io.unicache.store.file;

import io.unicache.store.block.BlockHash;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.ExtentList.Extent;
import io.unicache.store.meta.BlockPins;
import java.util.List;

/**
 * Committed blocks and holes on their way from one file into another. The pins on the blocks belong
 * to whoever has this object, until a draft takes them over.
 *
 * @param extents in order, each as long as a block of the grid or, for holes, some of them
 * @param blocks the blocks, one for each pin
 * @param length bytes
 */
record PinnedExtents(List<Extent> extents, List<BlockHash> blocks, long length) {

  /** Pins extents of a content that is not released during the call. */
  static PinnedExtents pin(List<Extent> extents, BlockPins pins) {
    List<BlockHash> blocks =
        extents.stream().filter(extent -> !extent.isHole()).map(Extent::hash).toList();
    pins.pinStored(blocks);
    return new PinnedExtents(extents, blocks, extents.stream().mapToLong(Extent::length).sum());
  }

  /** Takes the pins away. */
  void unpin(BlockPins pins) throws CacheException {
    pins.unpin(blocks);
  }
}

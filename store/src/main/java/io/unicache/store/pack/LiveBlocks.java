package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Which offsets of one pack have a live block, as a sparse set of bits: at most 600 bytes for each
 * 16 MiB of the pack that has a block. Not thread-safe.
 */
final class LiveBlocks {

  private static final int BITS = 4096;

  /** By the number of the 16 MiB region. */
  private final Map<Long, BitSet> regions = new HashMap<>();

  private long count;
  private long bytes;

  /** Returns false if there is one at this offset already. */
  boolean add(BlockLocation location) {
    BitSet region = regions.computeIfAbsent(region(location), key -> new BitSet());
    if (region.get(bit(location))) {
      return false;
    }
    region.set(bit(location));
    count++;
    bytes += location.allocated();
    return true;
  }

  /** Returns false if there is none at this offset. */
  boolean remove(BlockLocation location) {
    BitSet region = regions.get(region(location));
    if (region == null || !region.get(bit(location))) {
      return false;
    }
    region.clear(bit(location));
    if (region.isEmpty()) {
      regions.remove(region(location));
    }
    count--;
    bytes -= location.allocated();
    return true;
  }

  boolean contains(BlockLocation location) {
    BitSet region = regions.get(region(location));
    return region != null && region.get(bit(location));
  }

  /** Returns the number of live blocks. */
  long count() {
    return count;
  }

  /** Returns the bytes that live blocks take, padding included. */
  long bytes() {
    return bytes;
  }

  private static long region(BlockLocation location) {
    return location.offset() / BlockLocation.ALIGNMENT / BITS;
  }

  private static int bit(BlockLocation location) {
    return (int) (location.offset() / BlockLocation.ALIGNMENT % BITS);
  }
}

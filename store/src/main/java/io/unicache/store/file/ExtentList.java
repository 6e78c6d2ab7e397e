package io.unicache.store.file;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.Manifest;
import io.unicache.store.ingest.StoredBlock;
import java.util.Map;
import java.util.TreeMap;

/**
 * The part of a draft that is in blocks: extents from offset 0 on without a gap, some of them still
 * on their way to their pack. Guarded by its draft's lock.
 */
final class ExtentList {

  /**
   * A block or a hole.
   *
   * @param length bytes
   * @param hash the block, if it was committed before
   * @param stored the block, if this draft has submitted it; both null for a hole
   */
  record Extent(long length, BlockHash hash, StoredBlock stored) {

    static Extent hole(long length) {
      return new Extent(length, null, null);
    }

    static Extent committed(BlockHash hash, long length) {
      return new Extent(length, hash, null);
    }

    static Extent submitted(StoredBlock block) {
      return new Extent(block.length(), null, block);
    }

    boolean isHole() {
      return hash == null && stored == null;
    }

    /** Returns the block's hash; the block has been stored. */
    BlockHash blockHash() {
      return stored != null ? stored.hash() : hash;
    }

    /** Returns the location of a block of this draft, or null if the block table knows it. */
    BlockLocation pendingLocation() {
      return stored != null ? stored.location() : null;
    }
  }

  private final TreeMap<Long, Extent> extents = new TreeMap<>();
  private long end;

  /** Returns the offset behind the last extent. */
  long end() {
    return end;
  }

  void append(Extent extent) {
    if (extent.length() > 0) {
      extents.put(end, extent);
      end += extent.length();
    }
  }

  /** Returns the extent that holds the byte at {@code offset}, and where it starts. */
  Map.Entry<Long, Extent> at(long offset) {
    if (offset < 0 || offset >= end) {
      throw new IndexOutOfBoundsException("offset " + offset + " of " + end);
    }
    return extents.floorEntry(offset);
  }

  /**
   * Cuts off everything from {@code offset} on, which is where an extent starts, or within a hole.
   */
  void cutAt(long offset) {
    extents.tailMap(offset, true).clear();
    Map.Entry<Long, Extent> last = extents.lastEntry();
    if (last != null && last.getKey() + last.getValue().length() > offset) {
      if (!last.getValue().isHole()) {
        throw new IllegalStateException("a block cannot be cut at " + offset);
      }
      extents.put(last.getKey(), Extent.hole(offset - last.getKey()));
    }
    end = Math.min(end, offset);
  }

  /** Puts an extent over one that has the same range, or over a part of a hole. */
  void replace(long offset, Extent extent) {
    Map.Entry<Long, Extent> old = at(offset);
    long oldStart = old.getKey();
    long oldEnd = oldStart + old.getValue().length();
    long newEnd = offset + extent.length();
    if (newEnd > oldEnd || (!old.getValue().isHole() && (oldStart != offset || oldEnd != newEnd))) {
      throw new IllegalStateException(
          "extent " + offset + " to " + newEnd + " does not fit " + oldStart + " to " + oldEnd);
    }
    extents.remove(oldStart);
    if (oldStart < offset) {
      extents.put(oldStart, Extent.hole(offset - oldStart));
    }
    extents.put(offset, extent);
    if (newEnd < oldEnd) {
      extents.put(newEnd, Extent.hole(oldEnd - newEnd));
    }
  }

  /** Adds every extent to a manifest; every block has been stored. */
  void addTo(Manifest.Builder manifest) {
    for (Extent extent : extents.values()) {
      if (extent.isHole()) {
        manifest.addHole(extent.length());
      } else {
        manifest.addBlock(extent.blockHash(), (int) extent.length());
      }
    }
  }

  /** Returns the bytes that are in blocks. */
  long dataBytes() {
    return extents.values().stream().filter(e -> !e.isHole()).mapToLong(Extent::length).sum();
  }
}

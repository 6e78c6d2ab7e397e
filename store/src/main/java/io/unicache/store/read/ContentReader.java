package io.unicache.store.read;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.Manifest;
import io.unicache.store.block.Zeros;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Reads a committed content by position. A block's location is looked up once, at its first use.
 * The caller sees to it that the content is not released meanwhile. Safe for use by many threads.
 */
public final class ContentReader {

  private final Manifest manifest;
  private final MetaStore meta;
  private final BlockReader blocks;
  private final AtomicReferenceArray<BlockLocation> locations;

  public ContentReader(Manifest manifest, MetaStore meta, BlockReader blocks) {
    this.manifest = manifest;
    this.meta = meta;
    this.blocks = blocks;
    this.locations = new AtomicReferenceArray<>(manifest.extents());
  }

  /** Returns what is read. */
  public Manifest manifest() {
    return manifest;
  }

  /**
   * Reads into the buffer's remaining room.
   *
   * @return bytes read; fewer than there is room for only at the end of the content
   */
  public int read(long position, ByteBuffer into) throws CacheException {
    long end = Math.min(manifest.size(), position + into.remaining());
    if (position >= end) {
      return 0;
    }
    long at = position;
    for (int extent = manifest.indexOf(position); at < end; extent++) {
      long start = manifest.start(extent);
      int count = (int) (Math.min(end, start + manifest.length(extent)) - at);
      readExtent(extent, (int) Math.min(at - start, Integer.MAX_VALUE), into, count);
      at += count;
    }
    return (int) (end - position);
  }

  private void readExtent(int extent, int offset, ByteBuffer into, int count)
      throws CacheException {
    if (manifest.isHole(extent)) {
      Zeros.fill(into, count);
    } else {
      blocks.read(manifest.hash(extent), location(extent), meta, offset, into, count);
    }
  }

  private BlockLocation location(int extent) throws CacheException {
    BlockLocation known = locations.get(extent);
    if (known != null) {
      return known;
    }
    BlockHash hash = manifest.hash(extent);
    BlockLocation location = blocks.locate(hash, meta);
    if (location.length() != manifest.length(extent)) {
      throw new CacheException.Corrupt(
          "block "
              + hash
              + " has "
              + location.length()
              + " bytes, but its file says "
              + manifest.length(extent));
    }
    locations.set(extent, location);
    return location;
  }
}

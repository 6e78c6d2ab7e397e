package io.unicache.store.read;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.Manifest;
import io.unicache.store.block.Zeros;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;
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

  /** Where verified blocks are in memory; 0 if that is not known. */
  private final AtomicLongArray addresses;

  /** Of the packs, when the two arrays were empty. */
  private volatile long generation;

  public ContentReader(Manifest manifest, MetaStore meta, BlockReader blocks) {
    this.manifest = manifest;
    this.meta = meta;
    this.blocks = blocks;
    this.locations = new AtomicReferenceArray<>(manifest.extents());
    this.generation = blocks.generation();
    this.addresses = new AtomicLongArray(manifest.extents());
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
    refresh();
    long at = position;
    for (int extent = manifest.indexOf(position); at < end; extent++) {
      long start = manifest.start(extent);
      int count = (int) (Math.min(end, start + manifest.length(extent)) - at);
      readExtent(extent, (int) Math.min(at - start, Integer.MAX_VALUE), into, count);
      at += count;
    }
    return (int) (end - position);
  }

  /**
   * Reads up to {@code count} bytes without copying what can be mapped, and delivers them.
   *
   * @return bytes read; fewer than {@code count} only at the end of the content
   */
  public int read(long position, int count, ReadTarget target) throws CacheException {
    int length = (int) Math.max(0, Math.min(manifest.size() - position, count));
    long hold = blocks.holdMaps();
    try {
      refresh();
      if (length > 0) {
        collect(position, position + length, target);
      }
      target.deliver();
    } finally {
      blocks.releaseMaps(hold);
    }
    return length;
  }

  /** Forgets where blocks are if some of them may have moved. */
  private void refresh() {
    long now = blocks.generation();
    if (now != generation) {
      for (int i = 0; i < manifest.extents(); i++) {
        addresses.set(i, 0);
        locations.set(i, null);
      }
      generation = now;
    }
  }

  private void collect(long position, long end, ReadTarget target) throws CacheException {
    long at = position;
    for (int extent = manifest.indexOf(position); at < end; extent++) {
      long start = manifest.start(extent);
      int count = (int) (Math.min(end, start + manifest.length(extent)) - at);
      if (manifest.isHole(extent)) {
        Zeros.fill(target.room(count), count);
      } else {
        long address = address(extent, target);
        int offset = (int) (at - start);
        if (address != 0) {
          target.mapped(address + offset, count);
        } else {
          readExtent(extent, offset, target.room(count), count);
        }
      }
      at += count;
    }
  }

  private long address(int extent, ReadTarget target) throws CacheException {
    long known = addresses.get(extent);
    if (known != 0) {
      return known;
    }
    BlockLocation location = location(extent);
    if (!blocks.isVerified(location)) {
      target.mayWait();
    }
    long address;
    try {
      address = blocks.address(manifest.hash(extent), location);
    } catch (CacheException.Corrupt e) {
      BlockLocation present = blocks.locate(manifest.hash(extent), meta);
      if (present.equals(location)) {
        throw e;
      }
      // It has moved since it was looked up, and its pack is on its way out.
      address = blocks.address(manifest.hash(extent), present);
    }
    addresses.set(extent, address);
    return address;
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

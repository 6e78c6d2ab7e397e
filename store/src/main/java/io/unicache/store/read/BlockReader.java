package io.unicache.store.read;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * Bytes out of packs, verified: the first time that a block is touched it is read whole and
 * compared with its hash, so that a read never returns anything but what was stored. Safe for use
 * by many threads.
 */
public final class BlockReader {

  /** Bytes of blocks that are verified at once; each needs a buffer. */
  private static final long VERIFYING_BYTES =
      Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);

  /** Buffers that are kept for that, at most. */
  private static final int KEPT_BUFFERS = 8;

  /** Number of locks, as a power of two: many more than threads that verify at once. */
  private static final int LOCK_BITS = 8;

  /** Spreads numbers that are far from random: the golden ratio, as a fraction of 2^64. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final PackSet packs;
  private final VerifiedBlocks verified = new VerifiedBlocks();
  private final BlockingQueue<byte[]> buffers;
  private final Semaphore verifying;
  private final int maxBlock;

  /**
   * Held while a block is verified, by its place: the pieces that the kernel asks for at once are
   * often of one block, and each of them would have all of it hashed.
   */
  private final Object[] locks = new Object[1 << LOCK_BITS];

  /**
   * @param maxBlock length of the longest block in bytes
   */
  public BlockReader(PackSet packs, int maxBlock) {
    this.packs = packs;
    this.maxBlock = maxBlock;
    int atOnce = (int) Math.max(2, VERIFYING_BYTES / maxBlock);
    this.verifying = new Semaphore(atOnce);
    this.buffers = new ArrayBlockingQueue<>(Math.min(KEPT_BUFFERS, atOnce));
    Arrays.setAll(locks, i -> new Object());
  }

  /** Returns whether a block has its hash; one that has been found sound is not read again. */
  public boolean isSound(BlockHash hash, BlockLocation location) throws CacheException {
    try {
      requireSound(hash, location);
      return true;
    } catch (CacheException.Corrupt e) {
      return false;
    }
  }

  /** Tells whether a block has been found sound since the store was opened. */
  boolean isVerified(BlockLocation location) {
    return verified.contains(location);
  }

  /**
   * Returns where a block lies in memory (see {@link PackSet#address}), or 0 if it has to be
   * copied.
   *
   * @throws CacheException.Corrupt if the block does not have its hash
   */
  long address(BlockHash hash, BlockLocation location) throws CacheException {
    requireSound(hash, location);
    return packs.address(location);
  }

  private void requireSound(BlockHash hash, BlockLocation location) throws CacheException {
    if (!verified.contains(location)) {
      synchronized (lock(location)) {
        if (!verified.contains(location)) {
          verify(hash, location, null, 0, 0);
        }
      }
    }
  }

  /** See {@link PackSet#holdMaps}. */
  long holdMaps() {
    return packs.holdMaps();
  }

  void releaseMaps(long hold) {
    packs.releaseMaps(hold);
  }

  /** See {@link PackSet#generation}. */
  long generation() {
    return packs.generation();
  }

  /** Forgets which blocks of a pack have been found sound: the pack is gone. */
  public void forget(int pack) {
    verified.forget(pack);
  }

  /** Returns where a committed block lies. */
  public BlockLocation locate(BlockHash hash, MetaStore meta) throws CacheException {
    return meta.block(hash)
        .orElseThrow(
            () -> new CacheException.Corrupt("block " + hash + " is not in the block table"))
        .location();
  }

  /**
   * Copies part of a block whose location may be out of date: if it cannot be read there, it is
   * looked up once more.
   */
  public void read(
      BlockHash hash,
      BlockLocation location,
      MetaStore meta,
      int offset,
      ByteBuffer into,
      int count)
      throws CacheException {
    try {
      read(hash, location, offset, into, count);
    } catch (CacheException.Corrupt e) {
      Optional<BlockEntry> present = meta.block(hash);
      if (present.isEmpty() || present.get().location().equals(location)) {
        throw e;
      }
      read(hash, present.get().location(), offset, into, count);
    }
  }

  /**
   * Copies part of a block.
   *
   * @param offset first byte within the block
   * @param count bytes; the buffer has room for them
   * @throws CacheException.Corrupt if the block does not have its hash: nothing is copied then
   */
  public void read(BlockHash hash, BlockLocation location, int offset, ByteBuffer into, int count)
      throws CacheException {
    if (!verified.contains(location)) {
      synchronized (lock(location)) {
        if (!verified.contains(location)) {
          verify(hash, location, into, offset, count);
          return;
        }
      }
    }
    int limit = into.limit();
    into.limit(into.position() + count);
    try {
      packs.read(location, offset, into);
    } finally {
      into.limit(limit);
    }
  }

  private Object lock(BlockLocation location) {
    long place = location.offset() / BlockLocation.ALIGNMENT + location.pack();
    return locks[(int) ((place * SPREAD) >>> (Long.SIZE - LOCK_BITS))];
  }

  /**
   * Reads all of a block, and copies part of it if there is a buffer for that. Called with the
   * block's lock held.
   */
  private void verify(
      BlockHash hash, BlockLocation location, ByteBuffer into, int offset, int count)
      throws CacheException {
    verifying.acquireUninterruptibly();
    try {
      verifyNow(hash, location, into, offset, count);
    } finally {
      verifying.release();
    }
  }

  private void verifyNow(
      BlockHash hash, BlockLocation location, ByteBuffer into, int offset, int count)
      throws CacheException {
    byte[] buffer = buffers.poll();
    if (buffer == null || buffer.length < location.length()) {
      buffer = new byte[Math.max(maxBlock, location.length())];
    }
    try {
      packs.read(location, 0, ByteBuffer.wrap(buffer, 0, location.length()));
      BlockHash found = Blake3.hash(buffer, 0, location.length());
      if (!found.equals(hash)) {
        throw new CacheException.Corrupt(
            "block "
                + hash
                + " at "
                + location
                + " is damaged: its bytes hash to "
                + found
                + "; restore the file that it belongs to from its source");
      }
      verified.add(location);
      if (into != null) {
        into.put(buffer, offset, count);
      }
    } finally {
      buffers.offer(buffer);
    }
  }
}

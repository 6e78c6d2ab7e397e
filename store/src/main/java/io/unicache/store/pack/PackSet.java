package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;

/**
 * All packs of a store: appends blocks, reads them by location, gives their space back. It knows
 * nothing of reference counts or files. Safe for use by many threads.
 */
public final class PackSet implements AutoCloseable {

  /** One record of a pack index. */
  public record IndexedBlock(BlockHash hash, BlockLocation location) {}

  /** Receives the records of a scan. */
  @FunctionalInterface
  public interface IndexVisitor {
    void visit(IndexedBlock block) throws CacheException;
  }

  /** A stream of this many bytes or more starts a pack of its own. */
  public static final long OWN_PACK_BYTES = 32L << 20;

  /** A shared pack takes no further blocks from here on. */
  public static final long SHARED_PACK_BYTES = 1L << 30;

  private PackSet() {}

  /**
   * Opens the packs in a directory, which is made if it is not there. Trailing bytes of an index that
   * a crash left incomplete are dropped.
   *
   * @param store identity of the store; a pack index of another store is refused
   */
  public static PackSet open(Path directory, UUID store) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Returns a writer for one stream of blocks. Writers of small streams append to a shared pack;
   * one of {@link #OWN_PACK_BYTES} or more gets a pack that no other stream writes to, so that a
   * file of new blocks lies in it byte for byte from offset 0.
   *
   * @param expectedBytes length of the stream, or -1 if it is not known
   */
  public PackStream stream(long expectedBytes) {
    throw new UnsupportedOperationException();
  }

  /** Where one stream appends its blocks. Used by one thread at a time. */
  public interface PackStream extends AutoCloseable {

    /**
     * Appends a block's remaining bytes and its index record; both reach the operating system before
     * this returns, but not necessarily the disk (see {@link PackSet#sync()}).
     */
    BlockLocation append(BlockHash hash, ByteBuffer data) throws CacheException;

    /**
     * Leaves room for {@code bytes} zeros that are not stored, rounded up to the alignment, where
     * the stream has a pack of its own; does nothing in a shared pack.
     */
    void skip(long bytes) throws CacheException;

    /** Gives the pack back to the set. */
    @Override
    void close();
  }

  /**
   * Reads from a block into {@code into} until it has no room left. The bytes are not verified.
   *
   * @param offset first byte within the block
   * @throws CacheException.Corrupt if the pack is missing or ends too early
   */
  public void read(BlockLocation location, int offset, ByteBuffer into) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Gives a block's space back to the file system. The bytes read as zeros afterwards, or the pack is
   * deleted where no block is left in it. The caller has made sure that nothing refers to the block
   * any more, durably.
   *
   * @return bytes given back; 0 where the file system cannot punch holes
   */
  public long free(BlockLocation location) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes everything appended so far durable: packs first, then their indexes. */
  public void sync() throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Calls {@code visitor} for every record of every pack index, in the order of writing. */
  public void forEachIndexed(IndexVisitor visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns the bytes that packs and indexes take on the disk (allocated, not apparent). */
  public long bytesOnDisk() throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns the number of packs. */
  public int count() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws CacheException {
    throw new UnsupportedOperationException();
  }
}

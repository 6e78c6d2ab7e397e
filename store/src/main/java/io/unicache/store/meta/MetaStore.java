package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The metadata of a store in RocksDB: column families, keys and value codecs live here and only here.
 * Reads need no lock and see the last committed state. Every change goes through {@link #update}: one
 * at a time, one atomic batch each. A batch survives a crash of the process at once, and a crash of
 * the machine from the next {@link #sync()} on. Safe for use by many threads.
 */
public final class MetaStore implements AutoCloseable {

  /** A change: reads and writes through the transaction; an exception leaves everything as it was. */
  @FunctionalInterface
  public interface Change<T> {
    T apply(Transaction transaction) throws CacheException;
  }

  /** Receives rows of a scan. */
  @FunctionalInterface
  public interface Visitor<T> {
    /** Returns whether to go on. */
    boolean visit(T row) throws CacheException;
  }

  private MetaStore() {}

  /** Opens the metadata in a directory and makes it if it is not there. */
  public static MetaStore open(Path directory) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Runs a change alone and writes it as one batch. The changing thread must not call {@code update}
   * again from within.
   */
  public <T> T update(Change<T> change) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes every batch so far durable. */
  public void sync() throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Blocks that someone is about to refer to; a transaction never deletes a pinned block from the
   * block table, it leaves it there with no references (see {@link BlockPins}).
   */
  public BlockPins pins() {
    throw new UnsupportedOperationException();
  }

  // Blocks and contents

  public Optional<BlockEntry> block(BlockHash hash) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits the block table in the order of hashes. */
  public void forEachBlock(Visitor<BlockEntry> visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  public Optional<ManifestEntry> manifest(ContentId id) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits the manifests whose content ID begins with {@code prefix} (hex digits, may be ""). */
  public void forEachManifest(String prefix, Visitor<ManifestEntry> visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits locations whose blocks are gone but whose space has not been given back yet. */
  public void forEachFreed(Visitor<BlockLocation> visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  // The tree

  public Optional<Inode> inode(long number) throws CacheException {
    throw new UnsupportedOperationException();
  }

  public Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits a directory's entries in the order of their cookies, from the first one behind {@code cookie}. */
  public void forEachEntry(long directory, long cookie, Visitor<DirectoryEntry> visitor)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits all inodes in the order of their numbers. */
  public void forEachInode(Visitor<Inode> visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  public Optional<byte[]> attribute(long inode, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits the names of an inode's extended attributes, sorted. */
  public void forEachAttribute(long inode, Visitor<Name> visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  // Stored files

  public Optional<StoredFile> storedFile(String id) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Visits the stored files in the order of their IDs. */
  public void forEachStoredFile(Visitor<StoredFile> visitor) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns a value that was kept under a name, as in "watermark". */
  public Optional<byte[]> state(String key) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns running totals, kept up to date by every batch: no scan. */
  public Totals totals() {
    throw new UnsupportedOperationException();
  }

  /**
   * Running totals.
   *
   * @param files regular files in the tree, and stored files
   * @param logicalBytes their sizes added up
   * @param blocks rows of the block table
   * @param storedBytes lengths of those blocks added up
   */
  public record Totals(long files, long logicalBytes, long blocks, long storedBytes) {}

  @Override
  public void close() throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * One change under way; used by the changing thread only, until {@link MetaStore#update} returns.
   * Its reads see its own writes.
   */
  public interface Transaction {

    /** Returns a new number, greater than every one before: for inodes and cookies. */
    long nextNumber() throws CacheException;

    Optional<Inode> inode(long number) throws CacheException;

    /** Writes a new or changed inode; the totals follow. */
    void putInode(Inode inode) throws CacheException;

    /**
     * Deletes an inode and its extended attributes, and releases its content.
     */
    void deleteInode(long number) throws CacheException;

    Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException;

    /** Tells whether a directory has no entries. */
    boolean isEmptyDirectory(long directory) throws CacheException;

    /** Adds or replaces an entry. */
    void putEntry(long directory, DirectoryEntry entry) throws CacheException;

    void deleteEntry(long directory, DirectoryEntry entry) throws CacheException;

    Optional<byte[]> attribute(long inode, Name name) throws CacheException;

    void putAttribute(long inode, Name name, byte[] value) throws CacheException;

    void deleteAttribute(long inode, Name name) throws CacheException;

    Optional<StoredFile> storedFile(String id) throws CacheException;

    /** Adds or replaces a stored file; the totals follow. The caller retains and releases contents. */
    void putStoredFile(StoredFile file) throws CacheException;

    void deleteStoredFile(String id) throws CacheException;

    void putState(String key, byte[] value) throws CacheException;

    void deleteState(String key) throws CacheException;

    /**
     * Adds one reference to a content. If it is new, its manifest is written and each of its blocks
     * gets one reference more for each time that it occurs; blocks that are not in the table yet must
     * be pinned, and are added with the location that their pin knows.
     *
     * @throws CacheException.Missing if a block is neither in the table nor pinned with a location
     */
    void retain(ContentId id, Manifest manifest) throws CacheException;

    /** Adds one reference to a content that is there. */
    void retain(ContentId id) throws CacheException;

    /**
     * Takes one reference away. With the last one the manifest goes, and so does every block that
     * nothing else refers to; their locations join the freed ones.
     */
    void release(ContentId id) throws CacheException;

    /** Adds to the freed locations: space in a pack that no row of the block table refers to. */
    void putFreed(BlockLocation location) throws CacheException;

    /** Takes a location off the freed ones: its space has been given back. */
    void deleteFreed(BlockLocation location) throws CacheException;

    /**
     * Deletes a row of the block table and frees its location, if nothing refers to it and nobody pins
     * it.
     *
     * @return whether it did
     */
    boolean deleteIfUnreferenced(BlockHash hash) throws CacheException;
  }
}

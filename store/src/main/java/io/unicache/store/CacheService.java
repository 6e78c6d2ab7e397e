package io.unicache.store;

import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Everything that a client asks of a store, by the process that owns it or through the daemon's
 * socket: both answer alike. {@link UniCache} and the command line are built on it.
 *
 * <p>An argument {@code idOrPath} names a file by custom ID, content ID, an abbreviation of one (6
 * or more hex digits), or a path in the tree; one that begins with '/' is always a path.
 *
 * <p>Safe for use by many threads.
 */
public interface CacheService extends AutoCloseable {

  /**
   * What to do with bytes that are handed over.
   *
   * @param name the name that they came with ("" if none)
   * @param size their number, or -1 if it is not known
   * @param id custom ID, if one is wanted
   * @param path where they are to be in the tree, if they are; else they are kept under their ID
   *     alone
   * @param replace whether an existing file at the path, or of the custom ID, is replaced
   * @param permissions of the file in the tree
   */
  record StoreRequest(
      String name,
      long size,
      Optional<String> id,
      Optional<String> path,
      boolean replace,
      int permissions) {}

  /**
   * What became of them.
   *
   * @param id the file ID: the custom ID, or the content ID
   * @param newBytes bytes that the store did not have before
   * @param path where the file is in the tree
   */
  record Stored(String id, String contentId, long size, long newBytes, Optional<String> path) {}

  /** A file that was found. */
  record Found(String contentId, long size, String name, int permissions) {}

  /** A download to make; as {@link StoreRequest}. */
  record DownloadRequest(String url, Optional<String> id, Optional<String> path, boolean replace) {}

  /** Told how far a download is; by any thread, a few times a second. */
  @FunctionalInterface
  interface Progress {
    void report(long receivedBytes, OptionalLong totalBytes);

    /** Asked often while a download goes on; once true, it stops and leaves nothing behind. */
    default boolean cancelled() {
      return false;
    }
  }

  /** Receives a file's bytes in order; ranges that are left out are zeros. */
  interface Sink {
    /** Called once, first. */
    void begin(long size) throws CacheException;

    void write(long offset, ByteBuffer bytes) throws CacheException;
  }

  /**
   * What a removal did.
   *
   * @param freedBytes bytes of blocks that nothing else needed
   */
  record Removed(String what, long freedBytes) {}

  /** A line of ls. */
  record Listed(
      String name,
      int mode,
      int links,
      int uid,
      int gid,
      long size,
      long modifiedSeconds,
      Optional<String> contentId,
      Optional<String> target) {}

  /** A line of ls --ids. */
  record ListedId(
      String id, String contentId, long size, String name, String source, long storedSeconds) {}

  /** A block, as index gives it. */
  record IndexedBlock(String hash, int pack, long offset, int length, long references) {}

  /**
   * A file, as index gives it.
   *
   * @param names its paths, and "id:" with its ID if it is a stored file
   * @param blocks hashes in file order, "hole:LENGTH" for holes
   */
  record IndexedFile(List<String> names, String contentId, long size, List<String> blocks) {}

  /** Receives an index as a stream: all blocks, then all files. */
  interface IndexSink {
    void block(IndexedBlock block) throws CacheException;

    void file(IndexedFile file) throws CacheException;
  }

  /**
   * What a mount does.
   *
   * @param passthrough whether the kernel reads files by itself where it can, in a few words
   * @param readRequests how many reads the kernel has asked for, -1 if that is not counted
   * @param passthroughOpens how many openings the kernel has served by itself
   */
  record MountStatistics(String passthrough, long readRequests, long passthroughOpens) {
    public static final MountStatistics NONE = new MountStatistics("", -1, 0);
  }

  /**
   * What the store is and who serves it.
   *
   * @param ownerPid process that owns it
   * @param mountPoint where it is mounted
   * @param hashEngine BLAKE3 kernel in use
   * @param statistics of the mount, if there is one
   */
  record Info(
      String version,
      String store,
      String storeId,
      int formatVersion,
      int blockSize,
      String chunking,
      long ownerPid,
      Optional<String> mountPoint,
      String transport,
      String hashEngine,
      boolean readOnly,
      MountStatistics statistics) {}

  Stored store(InputStream in, StoreRequest request) throws CacheException;

  /** Throws Missing if there is no such file. */
  Found find(String idOrPath) throws CacheException;

  void retrieve(String idOrPath, Sink sink) throws CacheException;

  /** Removes a stored file by ID, or a file by its path; what else has the same content stays. */
  Removed remove(String idOrPath) throws CacheException;

  Stored download(DownloadRequest request, Progress progress) throws CacheException;

  /** Lists a directory, or the one file at the path. */
  List<Listed> list(String path) throws CacheException;

  List<ListedId> listIds() throws CacheException;

  CacheStats stats() throws CacheException;

  Info info() throws CacheException;

  void index(IndexSink sink) throws CacheException;

  /**
   * What to check.
   *
   * @param readData whether every block is read and compared with its hash
   * @param repair whether to mend what is found; the store has to be opened for that
   * @param from files and directories of this host where blocks are looked for that are damaged
   */
  record CheckRequest(boolean readData, boolean repair, List<String> from) {}

  /** Told what a check finds and how far it is. */
  interface CheckSink {
    void found(Finding finding) throws CacheException;

    /** Told often while blocks are read. */
    void progress(long doneBytes, long totalBytes);

    /** Asked often; once true, the check ends early. */
    default boolean cancelled() {
      return false;
    }
  }

  /** Compares everything in the store with what it has to be. */
  CheckSummary check(CheckRequest request, CheckSink sink) throws CacheException;

  /** Makes everything that was closed durable. */
  void sync() throws CacheException;

  /** Gives unused space back; returns bytes. */
  long gc() throws CacheException;

  /** Returns where the store is mounted. */
  Optional<Path> mountPoint() throws CacheException;

  @Override
  void close() throws CacheException;
}

package io.unicache.fs.fuse.kernel;

import io.unicache.fs.ops.FileSystemOps;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The handles that the kernel has: at the end of a session it does not always give them back. Safe
 * for use by many threads.
 */
final class OpenHandles {

  /** A file that is open. */
  static final class OpenFile {
    private final long inode;
    private final boolean changes;

    /** Whether capabilities have been looked for since it was opened. */
    private volatile boolean clean;

    OpenFile(long inode, boolean changes) {
      this.inode = inode;
      this.changes = changes;
    }

    long inode() {
      return inode;
    }

    /** Whether it was opened for writing, or cut on opening. */
    boolean changes() {
      return changes;
    }

    boolean clean() {
      return clean;
    }

    void cleaned() {
      clean = true;
    }
  }

  private final Map<Long, OpenFile> files = new ConcurrentHashMap<>();

  /** By inode, how many handles of it that may change it are not released yet. */
  private final Map<Long, Integer> changing = new ConcurrentHashMap<>();

  private final AtomicLong changesEnded = new AtomicLong();

  private final Set<Long> directories = ConcurrentHashMap.newKeySet();

  void opened(long handle, OpenFile file) {
    if (file.changes()) {
      changing.merge(file.inode(), 1, Integer::sum);
    }
    files.put(handle, file);
  }

  /** Notes that the file system has released what was {@link #closed}. */
  void released(OpenFile file) {
    if (file.changes()) {
      changesEnded.incrementAndGet();
      changing.computeIfPresent(file.inode(), (inode, count) -> count == 1 ? null : count - 1);
    }
  }

  /** Tells whether a file is open for writing. */
  boolean mayChange(long inode) {
    return changing.containsKey(inode);
  }

  /** Returns how often a handle that may change a file has been released. */
  long changesEnded() {
    return changesEnded.get();
  }

  /** Returns the file of a handle, or null. */
  OpenFile file(long handle) {
    return files.get(handle);
  }

  /** Returns whether the handle was open. */
  boolean closed(long handle) {
    return files.remove(handle) != null;
  }

  void openedDirectory(long handle) {
    directories.add(handle);
  }

  /** Returns whether the handle was open. */
  boolean closedDirectory(long handle) {
    return directories.remove(handle);
  }

  /**
   * Releases what is left.
   *
   * @param beforeRelease takes the inode of each file
   */
  void releaseAll(FileSystemOps ops, LongConsumer beforeRelease) {
    for (Map.Entry<Long, OpenFile> file : Map.copyOf(files).entrySet()) {
      if (closed(file.getKey())) {
        beforeRelease.accept(file.getValue().inode());
        ops.release(file.getKey());
      }
    }
    for (long handle : List.copyOf(directories)) {
      if (closedDirectory(handle)) {
        ops.releaseDirectory(handle);
      }
    }
  }
}

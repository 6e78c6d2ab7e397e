package io.unicache.fs.fuse.kernel;

import io.unicache.fs.ops.FileSystemOps;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private final Set<Long> directories = ConcurrentHashMap.newKeySet();

  void opened(long handle, OpenFile file) {
    files.put(handle, file);
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

package io.unicache.fs.fuse.jnr;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The files that are open, by handle. Safe for use by many threads. */
final class OpenFiles {

  /** The node of a file that was made and opened in one step is not known at first. */
  static final long UNKNOWN_NODE = 0;

  /** An open file. */
  static final class OpenFile {
    private final long inode;
    private volatile long node;

    OpenFile(long inode, long node) {
      this.inode = inode;
      this.node = node;
    }

    long inode() {
      return inode;
    }

    /** Returns libfuse's node that it was opened as, or {@link #UNKNOWN_NODE}. */
    long node() {
      return node;
    }

    void setNode(long value) {
      node = value;
    }
  }

  private final Map<Long, OpenFile> byHandle = new ConcurrentHashMap<>();

  // The lists are immutable: replaced, not changed.
  private final Map<Long, List<OpenFile>> byInode = new ConcurrentHashMap<>();

  void add(long handle, long inode, long node) {
    OpenFile file = new OpenFile(inode, node);
    byHandle.put(handle, file);
    byInode.merge(inode, List.of(file), OpenFiles::concat);
  }

  /** Returns an open file. Throws EBADF if there is none of this handle. */
  OpenFile get(long handle) throws FileSystemException {
    OpenFile file = byHandle.get(handle);
    if (file == null) {
      throw new FileSystemException(Errno.EBADF, "no file has the handle " + handle);
    }
    return file;
  }

  /**
   * Removes a handle.
   *
   * @return the inode if it has no other handle now, else 0
   */
  long remove(long handle) {
    OpenFile file = byHandle.remove(handle);
    if (file == null) {
      return 0;
    }
    List<OpenFile> left =
        byInode.computeIfPresent(file.inode, (inode, files) -> without(files, file));
    return left == null ? file.inode : 0;
  }

  /** Returns the known nodes as which an inode is open, but for one; mostly none. */
  List<Long> nodes(long inode, long except) {
    List<OpenFile> files = byInode.getOrDefault(inode, List.of());
    if (files.isEmpty() || (files.size() == 1 && files.get(0).node == except)) {
      return List.of();
    }
    return files.stream()
        .map(OpenFile::node)
        .filter(node -> node != except && node != UNKNOWN_NODE)
        .distinct()
        .toList();
  }

  private static List<OpenFile> concat(List<OpenFile> files, List<OpenFile> more) {
    return Stream.concat(files.stream(), more.stream()).toList();
  }

  /** Returns null, which takes the entry out of the map, if nothing is left. */
  private static List<OpenFile> without(List<OpenFile> files, OpenFile file) {
    List<OpenFile> left = files.stream().filter(other -> other != file).toList();
    return left.isEmpty() ? null : left;
  }
}

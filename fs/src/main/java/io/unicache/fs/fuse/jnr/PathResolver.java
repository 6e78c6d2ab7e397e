package io.unicache.fs.fuse.jnr;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.util.Arrays;

/**
 * Follows the absolute paths that libfuse gives, from the root, one lookup for each component. It
 * remembers nothing: what it finds is true at that moment.
 */
final class PathResolver {

  /** Most bytes in a name. */
  static final int MAX_NAME = 255;

  /** Where a name is, or is to be. */
  static final class Target {
    private final long parent;
    private final byte[] name;

    Target(long parent, byte[] name) {
      this.parent = parent;
      this.name = name;
    }

    /** Returns the inode number of the directory. */
    long parent() {
      return parent;
    }

    /** Returns the name's bytes. */
    byte[] name() {
      return name;
    }
  }

  private final FileSystemOps ops;
  private final HiddenFiles hidden;

  PathResolver(FileSystemOps ops, HiddenFiles hidden) {
    this.ops = ops;
    this.hidden = hidden;
  }

  /**
   * Returns the attributes of what is at a path. The errors are those of the first component that
   * has one: ENOENT, ENOTDIR, ENAMETOOLONG.
   */
  Attributes attributes(byte[] path) throws FileSystemException {
    int end = endOfName(path);
    if (end == 0) {
      return ops.getattr(FileSystemOps.ROOT);
    }
    int start = startOfName(path, end);
    byte[] name = Arrays.copyOfRange(path, start, end);
    var unlinked = hidden.inode(name);
    if (unlinked.isPresent()) {
      // libfuse takes one link off, as it believes to have renamed and hidden the file.
      return ops.getattr(unlinked.getAsLong()).withAnotherLink();
    }
    return lookup(directory(path, start), name);
  }

  /** Returns the inode number of what is at a path. */
  long inode(byte[] path) throws FileSystemException {
    return endOfName(path) == 0 ? FileSystemOps.ROOT : attributes(path).inode();
  }

  /**
   * Splits off the last component and follows the rest.
   *
   * @throws FileSystemException EBUSY for the root, which has no name
   */
  Target target(byte[] path) throws FileSystemException {
    int end = endOfName(path);
    if (end == 0) {
      throw new FileSystemException(Errno.EBUSY, "the root directory has no name");
    }
    int start = startOfName(path, end);
    return new Target(directory(path, start), Arrays.copyOfRange(path, start, end));
  }

  /** Returns the last component; empty for the root. */
  static byte[] lastName(byte[] path) {
    int end = endOfName(path);
    return Arrays.copyOfRange(path, startOfName(path, end), end);
  }

  /** Follows the components that lie before {@code end}. */
  private long directory(byte[] path, int end) throws FileSystemException {
    long inode = FileSystemOps.ROOT;
    int start = 0;
    for (int i = 0; i < end; i++) {
      if (path[i] == '/') {
        if (i > start) {
          inode = lookup(inode, Arrays.copyOfRange(path, start, i)).inode();
        }
        start = i + 1;
      }
    }
    return inode;
  }

  // The kernel has checked the permission to search, as the caller whose request this is.
  private Attributes lookup(long parent, byte[] name) throws FileSystemException {
    if (name.length > MAX_NAME) {
      throw new FileSystemException(
          Errno.ENAMETOOLONG, "name of " + name.length + " bytes; at most " + MAX_NAME);
    }
    return ops.lookup(parent, name, Caller.ROOT);
  }

  /** Returns where the last component ends; 0 if there is none. */
  private static int endOfName(byte[] path) {
    int end = path.length;
    while (end > 0 && path[end - 1] == '/') {
      end--;
    }
    return end;
  }

  private static int startOfName(byte[] path, int end) {
    int start = end;
    while (start > 0 && path[start - 1] != '/') {
      start--;
    }
    return start;
  }
}

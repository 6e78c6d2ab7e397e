package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.nio.charset.StandardCharsets;

/**
 * What HANDLE_KILLPRIV_V2 promises: a file that is written to, truncated or given away loses its
 * capabilities; and its set-user-ID and set-group-ID bits, when it is given away, or when the
 * kernel says so (the caller may not keep them). Without that promise the kernel asks for the
 * capabilities of a file before each write to it.
 *
 * <p>The file system itself takes the bits off for whoever is not root; left to do here is what it
 * does not: files that root gives away, files that root opened and another user writes to, and
 * capabilities, for which it is enough to look once in the life of a handle: with {@code nosuid}
 * nobody can use those that are set meanwhile.
 */
final class Privileges {

  private static final byte[] CAPABILITY =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int SET_UID = 04000;
  private static final int SET_GID = 02000;
  private static final int GROUP_EXECUTE = 0010;

  private final FileSystemOps ops;

  Privileges(FileSystemOps ops) {
    this.ops = ops;
  }

  /**
   * To be called before the first write through a handle, and before each that the kernel has
   * marked.
   */
  void beforeWrite(OpenFile file, boolean kill) throws FileSystemException {
    if (!file.clean()) {
      removeCapabilities(file.inode());
      file.cleaned();
    }
    if (kill && file.byRoot()) {
      takeBitsOff(file.inode());
    }
  }

  /** To be called before a file is opened with O_TRUNC. */
  void beforeTruncate(long inode, boolean kill) throws FileSystemException {
    removeCapabilities(inode);
    if (kill) {
      takeBitsOff(inode);
    }
  }

  /** Returns the change with the loss of bits that goes with it. */
  AttributeChange beforeChange(long inode, AttributeChange change, boolean kill)
      throws FileSystemException {
    boolean givenAway = change.uid() != null || change.gid() != null;
    if (!givenAway && change.size() == null) {
      return change;
    }
    Attributes a = ops.getattr(inode);
    if ((a.mode() & TYPE) != REGULAR) {
      return change;
    }
    removeCapabilities(inode);
    int mode = withoutBits(a.mode());
    // Of two modes in one change, the one that was asked for counts.
    if (mode == a.mode() || change.mode() != null || !(givenAway || kill)) {
      return change;
    }
    return new AttributeChange(
        mode, change.uid(), change.gid(), change.size(), change.accessed(), change.modified());
  }

  private void takeBitsOff(long inode) throws FileSystemException {
    int mode = ops.getattr(inode).mode();
    int without = withoutBits(mode);
    if (without != mode) {
      ops.setattr(inode, AttributeChange.mode(without), Caller.ROOT);
    }
  }

  /** A set-group-ID bit without execute permission for the group means something else. */
  static int withoutBits(int mode) {
    int without = mode & ~SET_UID;
    return (mode & GROUP_EXECUTE) != 0 ? without & ~SET_GID : without;
  }

  private void removeCapabilities(long inode) throws FileSystemException {
    try {
      ops.getxattr(inode, CAPABILITY);
      ops.removexattr(inode, CAPABILITY, Caller.ROOT);
    } catch (FileSystemException e) {
      if (e.errno() != Errno.ENODATA && e.errno() != Errno.EOPNOTSUPP) {
        throw e;
      }
    }
  }
}

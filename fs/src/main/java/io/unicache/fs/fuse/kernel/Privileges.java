package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.Permissions;
import java.nio.charset.StandardCharsets;

/**
 * What HANDLE_KILLPRIV_V2 promises: a file that is written to, truncated or given away loses its
 * capabilities; and its set-user-ID and set-group-ID bits, when it is given away, or when the
 * kernel says so (the caller may not keep them). Without that promise the kernel asks for the
 * capabilities of a file before each write to it.
 *
 * <p>For capabilities it is enough to look once in the life of a handle: with {@code nosuid} nobody
 * can use those that are set meanwhile.
 */
final class Privileges {

  private static final byte[] CAPABILITY =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private final FileSystemOps ops;

  Privileges(FileSystemOps ops) {
    this.ops = ops;
  }

  /**
   * To be called before the first write through a handle, and before each that the kernel has
   * marked.
   */
  void beforeWrite(OpenFile file, long handle, boolean kill, Caller caller)
      throws FileSystemException {
    if (!file.clean()) {
      removeCapabilities(file.inode());
      file.cleaned();
    }
    if (kill) {
      ops.clearSetId(handle, caller);
    }
  }

  /** To be called before a file is opened with O_TRUNC. */
  void beforeTruncate(long inode, boolean kill, Caller caller) throws FileSystemException {
    removeCapabilities(inode);
    if (kill) {
      takeBitsOff(inode, caller);
    }
  }

  /** To be called before attributes are changed. */
  void beforeChange(long inode, AttributeChange change) throws FileSystemException {
    boolean givenAway = change.uid() != null || change.gid() != null;
    if (givenAway || change.size() != null) {
      removeCapabilities(inode);
    }
  }

  private void takeBitsOff(long inode, Caller caller) throws FileSystemException {
    Attributes a = ops.getattr(inode);
    int without = Permissions.withoutSetId(a.mode(), a.gid(), caller);
    if (without != a.mode()) {
      ops.setattr(inode, AttributeChange.mode(without), Caller.ROOT);
    }
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

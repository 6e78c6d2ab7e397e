package io.unicache.fs.fuse.kernel;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.FileSystemOps;

/** For how many seconds the kernel may believe what it was told. */
final class Validity {

  /** The package's documentation says why this is right. */
  static final long LONG = 3600;

  /** For attributes that can change without a notice. */
  static final long SHORT = 1;

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;

  private final FileSystemOps ops;

  Validity(FileSystemOps ops) {
    this.ops = ops;
  }

  long ofAttributes(Attributes a) {
    if (!ops.cacheable(a.inode()) || !ops.settled(a.inode())) {
      return 0;
    }
    boolean severalNames = a.links() > 1 && (a.mode() & TYPE) != DIRECTORY;
    return severalNames ? SHORT : LONG;
  }

  /** A name in a directory that stands for an inode. */
  long ofName(long parent, long inode) {
    return ops.cacheable(parent) && ops.cacheable(inode) ? LONG : 0;
  }

  /** A name in a directory that is not there. */
  long ofAbsence(long parent) {
    return ops.cacheable(parent) ? LONG : 0;
  }
}

package io.unicache.fs.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.types.dev_t;
import jnr.ffi.types.gid_t;
import jnr.ffi.types.mode_t;
import jnr.ffi.types.off_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.uid_t;

/**
 * The shapes of the functions in struct fuse_operations; public because jnr-ffi implements them.
 * Paths are pointers, not strings: names are bytes. All return 0 or a negative errno, unless noted.
 */
public final class Callbacks {

  private Callbacks() {}

  /** unlink, rmdir. */
  @FunctionalInterface
  public interface PathCall {
    @Delegate
    int call(Pointer path);
  }

  /** rename, link, symlink (target, path), removexattr (path, name). */
  @FunctionalInterface
  public interface TwoPathsCall {
    @Delegate
    int call(Pointer first, Pointer second);
  }

  /**
   * getattr and statfs (struct to fill in); open, opendir, flush, release, releasedir (file info).
   */
  @FunctionalInterface
  public interface PathStructCall {
    @Delegate
    int call(Pointer path, Pointer struct);
  }

  /** fgetattr. */
  @FunctionalInterface
  public interface FgetattrCall {
    @Delegate
    int call(Pointer path, Pointer stat, Pointer fileInfo);
  }

  /** readlink, listxattr (which returns a length). */
  @FunctionalInterface
  public interface BufferCall {
    @Delegate
    int call(Pointer path, Pointer buffer, @size_t long size);
  }

  /** mkdir, chmod. */
  @FunctionalInterface
  public interface ModeCall {
    @Delegate
    int call(Pointer path, @mode_t long mode);
  }

  /** mknod. */
  @FunctionalInterface
  public interface MknodCall {
    @Delegate
    int call(Pointer path, @mode_t long mode, @dev_t long device);
  }

  /** create. */
  @FunctionalInterface
  public interface CreateCall {
    @Delegate
    int call(Pointer path, @mode_t long mode, Pointer fileInfo);
  }

  /** chown. */
  @FunctionalInterface
  public interface ChownCall {
    @Delegate
    int call(Pointer path, @uid_t long uid, @gid_t long gid);
  }

  /** truncate. */
  @FunctionalInterface
  public interface TruncateCall {
    @Delegate
    int call(Pointer path, @off_t long size);
  }

  /** ftruncate. */
  @FunctionalInterface
  public interface FtruncateCall {
    @Delegate
    int call(Pointer path, @off_t long size, Pointer fileInfo);
  }

  /** fallocate. */
  @FunctionalInterface
  public interface FallocateCall {
    @Delegate
    int call(Pointer path, int mode, @off_t long offset, @off_t long length, Pointer fileInfo);
  }

  /** utimens. */
  @FunctionalInterface
  public interface UtimensCall {
    @Delegate
    int call(Pointer path, Pointer twoTimespecs);
  }

  /** access, fsync and fsyncdir need another type for their int. */
  @FunctionalInterface
  public interface AccessCall {
    @Delegate
    int call(Pointer path, int mask);
  }

  /** fsync, fsyncdir. */
  @FunctionalInterface
  public interface FsyncCall {
    @Delegate
    int call(Pointer path, int dataOnly, Pointer fileInfo);
  }

  /** read, write; return bytes. */
  @FunctionalInterface
  public interface TransferCall {
    @Delegate
    int call(Pointer path, Pointer buffer, @size_t long size, @off_t long offset, Pointer fileInfo);
  }

  /** readdir; the filler is a {@link DirectoryFiller}. */
  @FunctionalInterface
  public interface ReaddirCall {
    @Delegate
    int call(Pointer path, Pointer buffer, Pointer filler, @off_t long offset, Pointer fileInfo);
  }

  /** setxattr. */
  @FunctionalInterface
  public interface SetxattrCall {
    @Delegate
    int call(Pointer path, Pointer name, Pointer value, @size_t long size, int flags);
  }

  /** getxattr; returns the value's length. */
  @FunctionalInterface
  public interface GetxattrCall {
    @Delegate
    int call(Pointer path, Pointer name, Pointer value, @size_t long size);
  }

  /** init; returns the session's private data. */
  @FunctionalInterface
  public interface InitCall {
    @Delegate
    Pointer call(Pointer connection);
  }

  /** destroy. */
  @FunctionalInterface
  public interface DestroyCall {
    @Delegate
    void call(Pointer privateData);
  }
}

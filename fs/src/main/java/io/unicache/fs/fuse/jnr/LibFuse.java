package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.mount.MountException;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.IgnoreError;
import jnr.ffi.types.int64_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.u_int64_t;

/**
 * The functions of libfuse 2.9 that a session needs; public because jnr-ffi implements it. {@code
 * fuse_setup} is deprecated in its header, but stays: it does what {@code fuse_mount} and {@code
 * fuse_new} do, and has one meaning in all 2.x versions.
 */
@SuppressWarnings("checkstyle:MethodName") // the names are the library's
public interface LibFuse {

  /** Mounts and makes a session. Returns struct fuse*, or null after saying why on stderr. */
  Pointer fuse_setup(
      int argc,
      Pointer argv,
      Pointer operations,
      @size_t long operationsSize,
      Pointer mountPointOut,
      Pointer multithreadedOut,
      Pointer userData);

  /** Unmounts if that has not happened, and frees the session; calls the destroy callback. */
  @IgnoreError
  void fuse_teardown(Pointer fuse, Pointer mountPoint);

  @IgnoreError
  Pointer fuse_get_session(Pointer fuse);

  /** Returns the session's (only) channel. */
  @IgnoreError
  Pointer fuse_session_next_chan(Pointer session, Pointer previous);

  @IgnoreError
  int fuse_session_exited(Pointer session);

  @IgnoreError
  void fuse_session_exit(Pointer session);

  /** Waits for a request. Returns its size, 0 when the mount is gone, or a negative errno. */
  @IgnoreError
  int fuse_session_receive_buf(Pointer session, Pointer buffer, Pointer channelInOut);

  /** Serves a request: calls one or more callbacks and sends the answer. */
  @IgnoreError
  void fuse_session_process_buf(Pointer session, Pointer buffer, Pointer channel);

  /** Returns struct fuse_context* of the request that this thread serves. */
  @IgnoreError
  Pointer fuse_get_context();

  /** Makes the kernel drop a node's attributes and, from offset on, its pages. */
  @IgnoreError
  int fuse_lowlevel_notify_inval_inode(
      Pointer channel, @u_int64_t long node, @int64_t long offset, @int64_t long length);

  /** Loads the library. */
  static LibFuse load() throws MountException {
    try {
      return LibraryLoader.create(LibFuse.class)
          .option(LibraryOption.LoadNow, true)
          .failImmediately()
          .load("libfuse.so.2");
    } catch (UnsatisfiedLinkError e) {
      throw new MountException(
          "libfuse.so.2 cannot be loaded: install libfuse 2 (Debian, Ubuntu: \"apt-get install"
              + " fuse libfuse2\" or libfuse2t64; Fedora: \"dnf install fuse fuse-libs\"). "
              + e.getMessage(),
          e);
    }
  }
}

package io.unicache.fs.fuse.jnr;

import io.unicache.fs.ops.Caller;
import jnr.ffi.Pointer;

/** Reads struct fuse_context: who asks. */
final class CallerContext {

  static final int UID = 8;
  static final int GID = 12;
  static final int PID = 16;
  static final int UMASK = 32;

  private final LibFuse libfuse;

  CallerContext(LibFuse libfuse) {
    this.libfuse = libfuse;
  }

  /** Returns the caller of the request that this thread serves. */
  Caller caller() {
    Pointer context = libfuse.fuse_get_context();
    return new Caller(
        context.getInt(UID), context.getInt(GID), context.getInt(PID), context.getInt(UMASK));
  }
}

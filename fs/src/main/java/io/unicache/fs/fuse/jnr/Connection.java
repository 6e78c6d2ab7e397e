package io.unicache.fs.fuse.jnr;

import jnr.ffi.Pointer;

/** Settles with the kernel what the session can do: struct fuse_conn_info. */
final class Connection {

  static final int CAPABLE = 20;
  static final int WANT = 24;

  /** open passes O_TRUNC on, and the kernel need not truncate by a request of its own. */
  static final int ATOMIC_O_TRUNC = 1 << 3;

  private Connection() {}

  /** The init callback. */
  static Pointer init(Pointer connection) {
    int capable = connection.getInt(CAPABLE);
    connection.putInt(WANT, connection.getInt(WANT) | (capable & ATOMIC_O_TRUNC));
    return null;
  }
}

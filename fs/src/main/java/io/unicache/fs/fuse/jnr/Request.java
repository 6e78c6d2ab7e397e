package io.unicache.fs.fuse.jnr;

import java.util.Arrays;
import jnr.ffi.Pointer;

/**
 * The kernel's request that a thread is serving: what libfuse does not pass on to callbacks, read
 * from the message itself (struct fuse_in_header, 40 bytes, then the operation's own). Belongs to
 * one thread.
 */
final class Request {

  /** FUSE_UNLINK. */
  static final int UNLINK = 10;

  /** FUSE_RENAME. */
  static final int RENAME = 12;

  private static final int OPCODE = 4;
  private static final int NODE = 16;
  private static final int HEADER_SIZE = 40;

  /** FUSE_RENAME has the new directory's node before the two names. */
  private static final int RENAME_NAMES = HEADER_SIZE + Long.BYTES;

  private static final ThreadLocal<Request> CURRENT = new ThreadLocal<>();

  private final Pointer message;

  Request(Pointer message) {
    this.message = message;
  }

  /** Makes this the request of the calling thread, for as long as the thread lives. */
  void attach() {
    CURRENT.set(this);
  }

  /** Returns the calling thread's request. */
  static Request current() {
    Request request = CURRENT.get();
    if (request == null) {
      throw new IllegalStateException("called by a thread that serves no request");
    }
    return request;
  }

  int opcode() {
    return message.getInt(OPCODE);
  }

  /** Returns the node that the request is about (libfuse's number; for names, the directory's). */
  long node() {
    return message.getLong(NODE);
  }

  /** Returns whether this is a rename whose new name is the given one. */
  boolean renamesTo(byte[] name) {
    if (opcode() != RENAME) {
      return false;
    }
    long start = RENAME_NAMES;
    while (message.getByte(start) != 0) {
      start++;
    }
    byte[] newName = new byte[name.length + 1];
    message.get(start + 1, newName, 0, newName.length);
    return Arrays.equals(newName, Arrays.copyOf(name, newName.length));
  }
}

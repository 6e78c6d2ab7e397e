package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.InHeader;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.nio.ByteBuffer;

/**
 * The request that a thread has read: its header, its struct of arguments, and the names or data
 * behind that. One object serves a thread for all its life. What is not in the message gives
 * EINVAL.
 */
final class Request {

  private final NativeBuffer buffer;
  private final ByteBuffer bytes;
  private int end;

  /** Position of the first byte behind the arguments that were taken. */
  private int next;

  /** Position of the struct of arguments. */
  private int struct;

  Request(int size) {
    buffer = NativeBuffer.uncleared(size);
    bytes = buffer.bytes();
  }

  /** Gives the memory back. */
  void free() {
    buffer.free();
  }

  NativeBuffer buffer() {
    return buffer;
  }

  /** Looks at a message that has been received; returns false if its header is not sound. */
  boolean begin(int length) {
    if (length < InHeader.SIZE || bytes.getInt(InHeader.LEN) != length) {
      return false;
    }
    int extensions = Short.toUnsignedInt(bytes.getShort(InHeader.TOTAL_EXTLEN)) * 8;
    end = length - extensions;
    struct = InHeader.SIZE;
    next = InHeader.SIZE;
    return end >= InHeader.SIZE;
  }

  int opcode() {
    return bytes.getInt(InHeader.OPCODE);
  }

  long unique() {
    return bytes.getLong(InHeader.UNIQUE);
  }

  /** Returns the inode number that the request is about; for names, that of the directory. */
  long node() {
    return bytes.getLong(InHeader.NODEID);
  }

  int uid() {
    return bytes.getInt(InHeader.UID);
  }

  Caller caller() {
    return caller(0);
  }

  Caller caller(int umask) {
    return new Caller(
        bytes.getInt(InHeader.UID), bytes.getInt(InHeader.GID), bytes.getInt(InHeader.PID), umask);
  }

  /** Takes the struct of arguments, of which {@link #getInt} and {@link #getLong} then read. */
  Request take(int size) throws FileSystemException {
    if (size > end - next) {
      throw malformed("it ends before its arguments do");
    }
    struct = next;
    next += size;
    return this;
  }

  /** Takes more bytes to the struct that was taken last. */
  void takeMore(int size) throws FileSystemException {
    int start = struct;
    take(size);
    struct = start;
  }

  /** Returns the bytes that are left behind what was taken. */
  int remaining() {
    return end - next;
  }

  int getInt(int offset) {
    return bytes.getInt(struct + offset);
  }

  long getLong(int offset) {
    return bytes.getLong(struct + offset);
  }

  /** Takes a name, which a zero ends. */
  byte[] name() throws FileSystemException {
    int zero = next;
    while (zero < end && bytes.get(zero) != 0) {
      zero++;
    }
    if (zero == end) {
      throw malformed("a name has no end");
    }
    byte[] name = new byte[zero - next];
    bytes.get(next, name);
    next = zero + 1;
    return name;
  }

  /** Takes data: a view of this buffer, good until the thread's next request. */
  ByteBuffer data(int length) throws FileSystemException {
    if (length < 0 || length > end - next) {
      throw malformed("it says " + length + " bytes of data and has " + (end - next));
    }
    bytes.limit(next + length).position(next);
    next += length;
    return bytes;
  }

  /** Makes the buffer whole again for the next request. */
  void finish() {
    bytes.clear();
  }

  private FileSystemException malformed(String what) {
    return new FileSystemException(
        Errno.EINVAL, "malformed request, opcode " + opcode() + ": " + what);
  }
}

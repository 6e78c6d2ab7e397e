package io.unicache.store.pack;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An open pack or pack index. All operations are positional and may be called by many threads at
 * once. Tests put one that fails in its place.
 */
interface PackFile extends Closeable {

  /** Reads some bytes; returns -1 at the end of the file. */
  int read(ByteBuffer into, long position) throws IOException;

  /** Writes some bytes, at least one. */
  int write(ByteBuffer from, long position) throws IOException;

  /**
   * Copies a range to the same place in another file, to which nobody else writes meanwhile.
   *
   * @throws EOFException if this file ends before
   */
  default void copyTo(PackFile target, long position, long length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(length, 1 << 20));
    long at = position;
    while (at < position + length) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), position + length - at));
      readFully(buffer, at);
      target.writeFully(buffer.flip(), at);
      at += buffer.limit();
    }
  }

  /** Makes everything that was written durable. */
  void force() throws IOException;

  /** Cuts the file down to {@code size} bytes. */
  void truncate(long size) throws IOException;

  long size() throws IOException;

  /**
   * Reads until {@code into} has no room left.
   *
   * @throws EOFException if the file ends before
   */
  default void readFully(ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int count = read(into, at);
      if (count < 0) {
        throw new EOFException("the file ends at " + at + ", " + into.remaining() + " bytes early");
      }
      at += count;
    }
  }

  /** Writes all remaining bytes. */
  default void writeFully(ByteBuffer from, long position) throws IOException {
    long at = position;
    while (from.hasRemaining()) {
      int count = write(from, at);
      if (count <= 0) {
        throw new IOException(
            "nothing was written at " + at + " of " + from.remaining() + " bytes");
      }
      at += count;
    }
  }
}

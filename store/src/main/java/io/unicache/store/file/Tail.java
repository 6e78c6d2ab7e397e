package io.unicache.store.file;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The last bytes of a draft, not yet a whole block, in memory. It grows with what is written, so
 * that a small file takes little. Guarded by its draft's lock.
 */
final class Tail {

  private static final int FIRST_CAPACITY = 4 << 10;

  private final int maxLength;
  private final Supplier<byte[]> wholeBuffers;
  private byte[] bytes = new byte[0];
  private int length;

  /** Whether a block has been filled: then the next one is likely to be filled as well. */
  private boolean longStream;

  /**
   * @param maxLength bytes of a whole block
   * @param wholeBuffers gives buffers of that length, with whatever bytes are in them
   */
  Tail(int maxLength, Supplier<byte[]> wholeBuffers) {
    this.maxLength = maxLength;
    this.wholeBuffers = wholeBuffers;
  }

  int length() {
    return length;
  }

  boolean isFull() {
    return length == maxLength;
  }

  /** Returns the bytes; the first {@link #length()} count. */
  byte[] bytes() {
    return bytes;
  }

  /** Writes {@code count} bytes at {@code offset}; a gap before them becomes zeros. */
  void write(int offset, ByteBuffer from, int count) {
    extend(offset);
    reserve(offset + count);
    from.get(bytes, offset, count);
    length = Math.max(length, offset + count);
  }

  /** Appends zeros up to {@code newLength}; does nothing if it is as long already. */
  void extend(int newLength) {
    if (newLength > length) {
      reserve(newLength);
      Arrays.fill(bytes, length, newLength, (byte) 0);
      length = newLength;
    }
  }

  void cutAt(int newLength) {
    length = Math.min(length, newLength);
  }

  void read(int offset, ByteBuffer into, int count) {
    into.put(bytes, offset, count);
  }

  /** Gives the buffer away, which is {@code maxLength} long, and begins anew without one. */
  byte[] detach() {
    byte[] whole = bytes;
    bytes = new byte[0];
    length = 0;
    longStream = true;
    return whole;
  }

  private void reserve(int capacity) {
    if (capacity > bytes.length && longStream && length == 0) {
      bytes = wholeBuffers.get();
    } else if (capacity > bytes.length) {
      int grown = Math.max(FIRST_CAPACITY, bytes.length * 4);
      bytes = Arrays.copyOf(bytes, Math.min(maxLength, Math.max(capacity, grown)));
    }
  }
}

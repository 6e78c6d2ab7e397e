package io.unicache.fs.fuse.kernel;

/**
 * An array of struct iovec: the pieces of a message, in order. One object serves a thread for all
 * its life.
 */
final class IoVector {

  /** The kernel's limit. */
  private static final int MAX = 1024;

  // struct iovec of a 64-bit system.
  private static final int LENGTH = 8;
  private static final int SIZE = 16;

  private final NativeBuffer array = new NativeBuffer(MAX * SIZE);
  private int count;
  private long bytes;

  void clear() {
    count = 0;
    bytes = 0;
  }

  /** Appends a piece; one that follows the last one in memory makes that longer. */
  void add(long address, int length) {
    int last = (count - 1) * SIZE;
    if (count > 0
        && array.bytes().getLong(last) + array.bytes().getLong(last + LENGTH) == address) {
      array.bytes().putLong(last + LENGTH, array.bytes().getLong(last + LENGTH) + length);
    } else {
      if (count == MAX) {
        throw new IllegalStateException("more than " + MAX + " pieces in one reply");
      }
      array.bytes().putLong(count * SIZE, address);
      array.bytes().putLong(count * SIZE + LENGTH, length);
      count++;
    }
    bytes += length;
  }

  int count() {
    return count;
  }

  /** Returns the bytes of all pieces. */
  long bytes() {
    return bytes;
  }

  /** Returns where the array is. */
  long address() {
    return array.address(0);
  }
}

package io.unicache.store.block;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Runs of zero bytes: finding them and writing them. */
public final class Zeros {

  private static final byte[] ZEROS = new byte[64 << 10];

  private Zeros() {}

  /** Tells whether a range of an array has only zeros; true for an empty range. */
  public static boolean isZero(byte[] bytes, int from, int length) {
    int end = from + length;
    for (int at = from; at < end; at += ZEROS.length) {
      int n = Math.min(ZEROS.length, end - at);
      if (!Arrays.equals(bytes, at, at + n, ZEROS, 0, n)) {
        return false;
      }
    }
    return true;
  }

  /** Puts {@code count} zeros into a buffer. */
  public static void fill(ByteBuffer into, int count) {
    for (int left = count; left > 0; ) {
      int n = Math.min(left, ZEROS.length);
      into.put(ZEROS, 0, n);
      left -= n;
    }
  }
}

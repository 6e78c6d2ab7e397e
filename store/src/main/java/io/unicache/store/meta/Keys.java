package io.unicache.store.meta;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Keys that more than one family uses; integers are big-endian, so rows sort by number. */
final class Keys {

  private Keys() {}

  static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  static byte[] numbers(long first, long second) {
    return ByteBuffer.allocate(2 * Long.BYTES).putLong(first).putLong(second).array();
  }

  /** Returns the number that a key begins with. */
  static long firstNumber(byte[] key) {
    return ByteBuffer.wrap(key).getLong();
  }

  static byte[] named(long number, Name name) {
    byte[] bytes = name.toBytes();
    return ByteBuffer.allocate(Long.BYTES + bytes.length).putLong(number).put(bytes).array();
  }

  /** Returns the number that a key begins with; 0 if it is too short to have one. */
  static long first(byte[] key) {
    return key.length < Long.BYTES ? 0 : ByteBuffer.wrap(key).getLong();
  }

  static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }
}

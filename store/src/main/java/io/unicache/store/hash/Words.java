package io.unicache.store.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Conversions between bytes and BLAKE3's 32-bit little-endian words. */
final class Words {

  private static final VarHandle INT_AT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private Words() {}

  /** Fills {@code words} with the bytes from {@code offset} on. */
  static void load(byte[] bytes, int offset, int[] words) {
    for (int i = 0; i < words.length; i++) {
      words[i] = (int) INT_AT.get(bytes, offset + i * Integer.BYTES);
    }
  }

  /** Fills {@code words} with {@code length} bytes from {@code offset} on, then with zeros. */
  static void loadPadded(byte[] bytes, int offset, int length, int[] words) {
    Arrays.fill(words, 0);
    for (int i = 0; i < length; i++) {
      words[i / Integer.BYTES] |= (bytes[offset + i] & 0xff) << (Byte.SIZE * (i % Integer.BYTES));
    }
  }

  /** Writes the first {@code length} bytes of {@code words} from {@code offset} on. */
  static void store(int[] words, byte[] bytes, int offset, int length) {
    for (int i = 0; i < length; i++) {
      bytes[offset + i] = (byte) (words[i / Integer.BYTES] >>> (Byte.SIZE * (i % Integer.BYTES)));
    }
  }
}

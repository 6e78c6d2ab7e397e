package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** What all row codecs share: the version byte in front, and what is said of damaged rows. */
final class Rows {

  /** First byte of every value. */
  static final byte VERSION = 1;

  /** Reads a row; whatever it leaves unread, in key or value, makes the row a damaged one. */
  @FunctionalInterface
  interface Parser<T> {
    /**
     * Parses a row, behind the version byte.
     *
     * @throws IllegalArgumentException if a field has an impossible value
     * @throws BufferUnderflowException if the row is too short
     * @throws Namespace if a name is not one
     */
    T parse(ByteBuffer key, ByteBuffer value) throws Namespace;
  }

  private static final int KEY_BYTES_SHOWN = 40;

  private Rows() {}

  static <T> T decode(Family family, byte[] key, byte[] value, Parser<T> parser)
      throws CacheException {
    checkVersion(family, key, value);
    ByteBuffer keyLeft = ByteBuffer.wrap(key);
    ByteBuffer valueLeft = ByteBuffer.wrap(value, 1, value.length - 1);
    T row;
    try {
      row = parser.parse(keyLeft, valueLeft);
    } catch (BufferUnderflowException e) {
      throw corrupt(family, key, "ends too early", e);
    } catch (IllegalArgumentException | Namespace e) {
      throw corrupt(family, key, e.getMessage(), e);
    }
    if (keyLeft.hasRemaining() || valueLeft.hasRemaining()) {
      throw corrupt(
          family,
          key,
          "has bytes to spare: "
              + keyLeft.remaining()
              + " in the key, "
              + valueLeft.remaining()
              + " in the value",
          null);
    }
    return row;
  }

  static void checkVersion(Family family, byte[] key, byte[] value) throws CacheException {
    if (value.length == 0) {
      throw corrupt(family, key, "is empty", null);
    }
    if (value[0] != VERSION) {
      throw new CacheException.Version(
          describe(family, key)
              + " has version "
              + (value[0] & 0xff)
              + ", expected "
              + VERSION
              + "; use the newer version of UniCache that wrote it, or run a check");
    }
  }

  static CacheException.Corrupt corrupt(Family family, byte[] key, String what, Throwable cause) {
    return new CacheException.Corrupt(
        describe(family, key) + " is damaged: " + what + "; run a check of the store", cause);
  }

  /** Reads the remaining bytes. */
  static byte[] rest(ByteBuffer in) {
    byte[] bytes = new byte[in.remaining()];
    in.get(bytes);
    return bytes;
  }

  /** Reads bytes behind their number, a u32. */
  static byte[] counted(ByteBuffer in) {
    int count = in.getInt();
    if (count < 0 || count > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  /** Reads a number that cannot be negative. */
  static long unsigned(ByteBuffer in, String what) {
    long value = in.getLong();
    if (value < 0) {
      throw new IllegalArgumentException(what + " " + value);
    }
    return value;
  }

  private static String describe(Family family, byte[] key) {
    int shown = Math.min(key.length, KEY_BYTES_SHOWN);
    return "metadata: row "
        + HexFormat.of().formatHex(key, 0, shown)
        + (shown < key.length ? "…" : "")
        + " of table "
        + family.title();
  }
}

package io.unicache.store.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The BLAKE3-256 hash of a block's content, which names the block.
 *
 * <p>A value: immutable, safe to share between threads, usable as a map key. The 32 bytes are held
 * as four longs, the first byte most significant, so that a hash costs one small object rather than
 * an object and an array. The order of {@link #compareTo} is the lexicographic order of the bytes
 * taken as unsigned, which is also the order of the {@link #toString} forms.
 */
public final class BlockHash implements Comparable<BlockHash> {

  /** Size of a hash in bytes. */
  public static final int SIZE = 32;

  private static final int HEX_DIGITS = 2 * SIZE;

  private final long w0;
  private final long w1;
  private final long w2;
  private final long w3;

  /** Takes the next 32 bytes of a buffer in big-endian order. */
  private BlockHash(ByteBuffer bigEndian) {
    w0 = bigEndian.getLong();
    w1 = bigEndian.getLong();
    w2 = bigEndian.getLong();
    w3 = bigEndian.getLong();
  }

  /**
   * Returns the hash held in an array of exactly 32 bytes.
   *
   * @throws IllegalArgumentException if the array has another length
   */
  public static BlockHash of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException(
          "a block hash has " + SIZE + " bytes, not " + bytes.length);
    }
    return of(bytes, 0);
  }

  /**
   * Returns the hash held in the 32 bytes from {@code offset} on.
   *
   * @throws IndexOutOfBoundsException if fewer than 32 bytes follow the offset
   */
  public static BlockHash of(byte[] bytes, int offset) {
    return new BlockHash(ByteBuffer.wrap(bytes, offset, SIZE));
  }

  /**
   * Returns the hash written as 64 hexadecimal digits of either case.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static BlockHash parse(String hex) {
    if (hex.length() != HEX_DIGITS) {
      throw new IllegalArgumentException(
          "a block hash has " + HEX_DIGITS + " hexadecimal digits, not " + hex.length());
    }
    byte[] bytes;
    try {
      bytes = HexFormat.of().parseHex(hex);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not a block hash in hexadecimal: \"" + hex + "\"", e);
    }
    return of(bytes);
  }

  /**
   * Reads the next 32 bytes of a buffer, whatever its byte order, and moves its position past them.
   *
   * @throws java.nio.BufferUnderflowException if fewer than 32 bytes remain; the position then
   *     stays
   */
  public static BlockHash read(ByteBuffer src) {
    byte[] bytes = new byte[SIZE];
    src.get(bytes);
    return of(bytes, 0);
  }

  /** Returns the 32 bytes in a new array. */
  public byte[] toBytes() {
    byte[] bytes = new byte[SIZE];
    writeTo(bytes, 0);
    return bytes;
  }

  /**
   * Writes the 32 bytes to an array from {@code offset} on.
   *
   * @throws IndexOutOfBoundsException if there is no room for 32 bytes
   */
  public void writeTo(byte[] dst, int offset) {
    putInto(ByteBuffer.wrap(dst, offset, SIZE));
  }

  /**
   * Writes the 32 bytes at a buffer's position, whatever its byte order, and moves the position
   * past them.
   *
   * @throws java.nio.BufferOverflowException if fewer than 32 bytes remain; nothing is written then
   */
  public void writeTo(ByteBuffer dst) {
    if (dst.order() == ByteOrder.BIG_ENDIAN && dst.remaining() >= SIZE) {
      putInto(dst);
    } else {
      dst.put(toBytes());
    }
  }

  private void putInto(ByteBuffer bigEndian) {
    bigEndian.putLong(w0).putLong(w1).putLong(w2).putLong(w3);
  }

  @Override
  public int compareTo(BlockHash other) {
    int order = Long.compareUnsigned(w0, other.w0);
    if (order == 0) {
      order = Long.compareUnsigned(w1, other.w1);
    }
    if (order == 0) {
      order = Long.compareUnsigned(w2, other.w2);
    }
    if (order == 0) {
      order = Long.compareUnsigned(w3, other.w3);
    }
    return order;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof BlockHash that
        && w0 == that.w0
        && w1 == that.w1
        && w2 == that.w2
        && w3 == that.w3;
  }

  /**
   * Returns 32 of the hash's own bits: they are already as evenly spread as any mixing could make
   * them. The last ones are used, since stores shard and sort by the first.
   */
  @Override
  public int hashCode() {
    return (int) w3;
  }

  /** Returns the hash as 64 lower-case hexadecimal digits. */
  @Override
  public String toString() {
    return HexFormat.of().formatHex(toBytes());
  }
}

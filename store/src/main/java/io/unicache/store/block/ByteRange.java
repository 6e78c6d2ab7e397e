package io.unicache.store.block;

/**
 * A run of bytes in a file or block.
 *
 * @param offset first byte, 0 or more
 * @param length bytes, 0 or more
 */
public record ByteRange(long offset, long length) {

  public ByteRange {
    if (offset < 0 || length < 0 || offset + length < 0) {
      throw new IllegalArgumentException(
          "not a byte range: offset " + offset + ", length " + length);
    }
  }

  /** Returns the offset just behind the last byte. */
  public long end() {
    return offset + length;
  }
}

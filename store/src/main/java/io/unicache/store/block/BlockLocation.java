package io.unicache.store.block;

/**
 * Where a block's bytes lie.
 *
 * @param pack number of the pack, from 1
 * @param offset first byte in the pack; a multiple of 4096
 * @param length bytes in the pack, 1 to 16 MiB
 */
public record BlockLocation(int pack, long offset, int length) {

  /** Blocks start on multiples of this, so that they can be mapped, cloned and punched out. */
  public static final int ALIGNMENT = 4096;

  public BlockLocation {
    if (pack < 1 || offset < 0 || offset % ALIGNMENT != 0 || length < 1) {
      throw new IllegalArgumentException(
          "not a block location: pack " + pack + ", offset " + offset + ", length " + length);
    }
  }

  /** Returns the bytes that the block takes in its pack, padding included. */
  public long allocated() {
    return allocated(length);
  }

  /** Returns {@code length} rounded up to {@link #ALIGNMENT}. */
  public static long allocated(long length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}

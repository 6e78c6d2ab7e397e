package io.unicache.store.block;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The ordered list of a file's extents: blocks, and holes (runs of zeros that are not stored).
 * Immutable; safe for use by many threads.
 *
 * <p>The encoding is canonical (adjacent holes are merged, a block of zeros is a hole), so that
 * equal content cut the same way has one encoding and one {@link ContentId}. Bytes, big-endian:
 *
 * <pre>
 *   u8  version (1)
 *   per extent:  u8 0, u64 length              a hole
 *                u8 1, u32 length, 32 bytes    a block and its BLAKE3
 * </pre>
 */
public final class Manifest {

  /** The manifest of the empty file. */
  public static final Manifest EMPTY = new Builder().build();

  private static final byte VERSION = 1;
  private static final byte HOLE = 0;
  private static final byte BLOCK = 1;
  private static final int HOLE_BYTES = 1 + 8;
  private static final int BLOCK_BYTES = 1 + 4 + 32;

  /** Extent {@code i} covers {@code starts[i]} to {@code starts[i + 1]}. */
  private final long[] starts;

  /** The block of each extent; null for a hole. */
  private final BlockHash[] hashes;

  private Manifest(long[] starts, BlockHash[] hashes) {
    this.starts = starts;
    this.hashes = hashes;
  }

  /** Returns the file's length in bytes. */
  public long size() {
    return starts[hashes.length];
  }

  /** Returns the number of extents, holes included. */
  public int extents() {
    return hashes.length;
  }

  /** Returns the offset in the file of extent {@code index}. */
  public long start(int index) {
    return starts[index];
  }

  /** Returns the length in bytes of extent {@code index}. */
  public long length(int index) {
    return starts[index + 1] - starts[index];
  }

  /** Tells whether extent {@code index} is a hole. */
  public boolean isHole(int index) {
    return hashes[index] == null;
  }

  /**
   * Returns the block of extent {@code index}.
   *
   * @throws IllegalStateException if the extent is a hole
   */
  public BlockHash hash(int index) {
    BlockHash hash = hashes[index];
    if (hash == null) {
      throw new IllegalStateException("extent " + index + " is a hole");
    }
    return hash;
  }

  /**
   * Returns the extent that holds the byte at {@code offset}.
   *
   * @throws IndexOutOfBoundsException if the offset is negative or not below {@link #size()}
   */
  public int indexOf(long offset) {
    if (offset < 0 || offset >= size()) {
      throw new IndexOutOfBoundsException(
          "offset " + offset + " in a file of " + size() + " bytes");
    }
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  /**
   * Returns the first offset from {@code offset} on that lies in a block; {@link #size()} if none
   * does.
   *
   * @throws IndexOutOfBoundsException if the offset is negative or not below {@link #size()}
   */
  public long nextData(long offset) {
    int extent = indexOf(offset);
    // Two holes are never side by side.
    return isHole(extent) ? starts[extent + 1] : offset;
  }

  /**
   * Returns the first offset from {@code offset} on that lies in a hole; {@link #size()} if none
   * does.
   *
   * @throws IndexOutOfBoundsException if the offset is negative or not below {@link #size()}
   */
  public long nextHole(long offset) {
    int extent = indexOf(offset);
    if (isHole(extent)) {
      return offset;
    }
    while (extent < hashes.length && !isHole(extent)) {
      extent++;
    }
    return starts[extent];
  }

  /** Returns the blocks in file order, repeats included, holes left out. */
  public List<BlockHash> blocks() {
    List<BlockHash> blocks = new ArrayList<>(hashes.length);
    for (BlockHash hash : hashes) {
      if (hash != null) {
        blocks.add(hash);
      }
    }
    return blocks;
  }

  /** Returns the bytes that lie in blocks, holes left out. */
  public long dataBytes() {
    long bytes = 0;
    for (int i = 0; i < hashes.length; i++) {
      bytes += hashes[i] == null ? 0 : length(i);
    }
    return bytes;
  }

  /** Returns the canonical encoding. */
  public byte[] encode() {
    int holes = 0;
    for (BlockHash hash : hashes) {
      holes += hash == null ? 1 : 0;
    }
    ByteBuffer out =
        ByteBuffer.allocate(
            Math.addExact(
                1 + holes * HOLE_BYTES, Math.multiplyExact(hashes.length - holes, BLOCK_BYTES)));
    out.put(VERSION);
    for (int i = 0; i < hashes.length; i++) {
      if (hashes[i] == null) {
        out.put(HOLE).putLong(length(i));
      } else {
        out.put(BLOCK).putInt((int) length(i));
        hashes[i].writeTo(out);
      }
    }
    return out.array();
  }

  /**
   * Reads what {@link #encode()} wrote.
   *
   * @throws IllegalArgumentException if the bytes are anything else
   */
  public static Manifest decode(byte[] encoded) {
    ByteBuffer in = ByteBuffer.wrap(encoded);
    if (!in.hasRemaining() || in.get() != VERSION) {
      throw new IllegalArgumentException("not a manifest of version " + VERSION);
    }
    Builder builder = new Builder();
    while (in.hasRemaining()) {
      byte tag = in.get();
      int rest = (tag == BLOCK ? BLOCK_BYTES : HOLE_BYTES) - 1;
      if ((tag != BLOCK && tag != HOLE) || in.remaining() < rest) {
        throw new IllegalArgumentException("manifest is damaged at byte " + (in.position() - 1));
      }
      if (tag == HOLE) {
        builder.addHole(in.getLong());
      } else {
        int length = in.getInt();
        builder.addBlock(BlockHash.read(in), length);
      }
    }
    return builder.build();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Manifest that
        && Arrays.equals(starts, that.starts)
        && Arrays.equals(hashes, that.hashes);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(starts) + Arrays.hashCode(hashes);
  }

  @Override
  public String toString() {
    return "Manifest[" + size() + " bytes, " + hashes.length + " extents]";
  }

  /** Collects extents in file order. Not thread-safe. */
  public static final class Builder {
    private long[] starts = new long[16];
    private BlockHash[] hashes = new BlockHash[15];
    private int count;

    /** Appends a block of {@code length} bytes. */
    public Builder addBlock(BlockHash hash, int length) {
      if (length < 1) {
        throw new IllegalArgumentException("a block has at least one byte, not " + length);
      }
      return add(hash, length);
    }

    /** Appends {@code length} zeros; a hole just before grows. A length of 0 changes nothing. */
    public Builder addHole(long length) {
      if (length < 0) {
        throw new IllegalArgumentException("a hole cannot have " + length + " bytes");
      }
      if (length == 0) {
        return this;
      }
      if (count > 0 && hashes[count - 1] == null) {
        starts[count] = Math.addExact(starts[count], length);
        return this;
      }
      return add(null, length);
    }

    /** Returns the bytes appended so far. */
    public long size() {
      return starts[count];
    }

    private Builder add(BlockHash hash, long length) {
      if (count == hashes.length) {
        hashes = Arrays.copyOf(hashes, count * 2);
        starts = Arrays.copyOf(starts, count * 2 + 1);
      }
      hashes[count] = hash;
      starts[count + 1] = Math.addExact(starts[count], length);
      count++;
      return this;
    }

    /** Returns the manifest; the builder can go on and build a longer one. */
    public Manifest build() {
      return new Manifest(Arrays.copyOf(starts, count + 1), Arrays.copyOf(hashes, count));
    }
  }
}

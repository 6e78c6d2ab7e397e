package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.Checksum;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/**
 * One record of a pack index; FORMAT.md has the bytes.
 *
 * @param kind what happened to the block
 * @param hash the block; all zeros in a FREED record, as whoever frees it knows only where it lies
 * @param location where it lies, or lay
 */
record IndexRecord(Kind kind, BlockHash hash, BlockLocation location) {

  /** What a record says. */
  enum Kind {
    /** The block was appended. */
    BLOCK(1),
    /** The block at this offset is dead. */
    FREED(2);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    private static Kind of(byte code) throws CacheException.Corrupt {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw new CacheException.Corrupt("kind " + code + " is not known");
    }
  }

  static final int BYTES = 64;

  private static final BlockHash NO_HASH = BlockHash.of(new byte[BlockHash.SIZE]);
  private static final byte CODEC_NONE = 0;
  private static final int RESERVED = 10;

  static IndexRecord block(BlockHash hash, BlockLocation location) {
    return new IndexRecord(Kind.BLOCK, hash, location);
  }

  static IndexRecord freed(BlockLocation location) {
    return new IndexRecord(Kind.FREED, NO_HASH, location);
  }

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).put(kind.code);
    hash.writeTo(out);
    out.putLong(location.offset()).putInt(location.length()).putInt(location.length());
    out.put(CODEC_NONE).put(new byte[RESERVED]);
    return Checksum.seal(out);
  }

  /**
   * Reads 64 bytes and moves the position past them, also if they are damaged.
   *
   * @param pack number of the pack
   * @throws CacheException.Corrupt if they are damaged; the message does not name the file
   */
  static IndexRecord decode(ByteBuffer in, int pack) throws CacheException.Corrupt {
    ByteBuffer record = in.slice(in.position(), BYTES);
    in.position(in.position() + BYTES);
    Checksum.verify(record);
    Kind kind = Kind.of(record.get());
    BlockHash hash = BlockHash.read(record);
    long offset = record.getLong();
    int length = record.getInt();
    int stored = record.getInt();
    byte codec = record.get();
    if (codec != CODEC_NONE || stored != length) {
      throw new CacheException.Corrupt(
          "codec " + codec + " is not known (" + stored + " bytes stored of " + length + ")");
    }
    if (length < 1 || offset < 0 || offset % BlockLocation.ALIGNMENT != 0) {
      throw new CacheException.Corrupt("no block can lie at " + offset + " with length " + length);
    }
    return new IndexRecord(kind, hash, new BlockLocation(pack, offset, length));
  }
}

package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/** Rows of "blocks": hash -> where the block lies and how often manifests refer to it. */
final class BlockRow {

  /** The bytes lie in the pack as they are. */
  private static final byte CODEC_PLAIN = 0;

  private static final int VALUE_BYTES = 1 + 4 + 8 + 4 + 1 + 8;

  private BlockRow() {}

  static byte[] key(BlockHash hash) {
    return hash.toBytes();
  }

  static byte[] encode(BlockEntry block) {
    BlockLocation at = block.location();
    return ByteBuffer.allocate(VALUE_BYTES)
        .put(Rows.VERSION)
        .putInt(at.pack())
        .putLong(at.offset())
        .putInt(at.length())
        .put(CODEC_PLAIN)
        .putLong(block.references())
        .array();
  }

  static BlockEntry decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.BLOCKS, key, value, BlockRow::parse);
  }

  private static BlockEntry parse(ByteBuffer key, ByteBuffer value) {
    BlockHash hash = BlockHash.read(key);
    BlockLocation location = new BlockLocation(value.getInt(), value.getLong(), value.getInt());
    byte codec = value.get();
    if (codec != CODEC_PLAIN) {
      throw new IllegalArgumentException("codec " + codec);
    }
    return new BlockEntry(hash, location, Rows.unsigned(value, "references"));
  }
}

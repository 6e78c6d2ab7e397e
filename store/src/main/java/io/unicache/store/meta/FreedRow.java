package io.unicache.store.meta;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/** Rows of "freed": pack and offset -> length of space that no block needs any more. */
final class FreedRow {

  private FreedRow() {}

  static byte[] key(BlockLocation location) {
    return ByteBuffer.allocate(4 + 8).putInt(location.pack()).putLong(location.offset()).array();
  }

  static byte[] encode(BlockLocation location) {
    return ByteBuffer.allocate(1 + 4).put(Rows.VERSION).putInt(location.length()).array();
  }

  static BlockLocation decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(
        Family.FREED, key, value, (k, v) -> new BlockLocation(k.getInt(), k.getLong(), v.getInt()));
  }
}

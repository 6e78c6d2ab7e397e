package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/**
 * Rows whose value is bytes as they were given ("xattrs", "state"), or nothing ("orphans", "idle").
 */
final class PlainRow {

  /** The value of a row that says all by being there. */
  private static final byte[] NOTHING = {Rows.VERSION};

  private PlainRow() {}

  static byte[] nothing() {
    return NOTHING.clone();
  }

  static byte[] encode(byte[] bytes) {
    return ByteBuffer.allocate(1 + bytes.length).put(Rows.VERSION).put(bytes).array();
  }

  static byte[] decode(Family family, byte[] key, byte[] value) throws CacheException {
    Rows.checkVersion(family, key, value);
    return Rows.rest(ByteBuffer.wrap(value, 1, value.length - 1));
  }

  /** Reads the name in the key of an extended attribute. */
  static Name attributeName(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(
        Family.ATTRIBUTES,
        key,
        value,
        (k, v) -> {
          k.getLong();
          v.position(v.limit());
          return Name.ofAttribute(Rows.rest(k));
        });
  }

  static long orphan(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.ORPHANS, key, value, (k, v) -> k.getLong());
  }

  static BlockHash idleBlock(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.IDLE, key, value, (k, v) -> BlockHash.read(k));
  }
}

package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Rows of "manifests": content ID -> references and the manifest's canonical encoding. */
final class ManifestRow {

  private static final int REFERENCES_AT = 1;
  private static final int MANIFEST_AT = REFERENCES_AT + Long.BYTES;

  private ManifestRow() {}

  static byte[] key(ContentId id) {
    return id.hash().toBytes();
  }

  /** Returns the least key whose hex digits begin with {@code prefix}. */
  static byte[] firstKey(String prefix) throws CacheException.InvalidArgument {
    int digits = 2 * BlockHash.SIZE;
    if (!prefix.chars().allMatch(c -> "0123456789abcdef".indexOf(c) >= 0)
        || prefix.length() > digits) {
      throw new CacheException.InvalidArgument(
          "\"" + prefix + "\" is not the beginning of a content ID: " + digits + " hex digits");
    }
    return HexFormat.of().parseHex(prefix + "0".repeat(digits - prefix.length()));
  }

  static byte[] encode(Manifest manifest, long references) {
    byte[] encoded = manifest.encode();
    return ByteBuffer.allocate(MANIFEST_AT + encoded.length)
        .put(Rows.VERSION)
        .putLong(references)
        .put(encoded)
        .array();
  }

  static ManifestEntry decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.MANIFESTS, key, value, ManifestRow::parse);
  }

  private static ManifestEntry parse(ByteBuffer key, ByteBuffer value) {
    ContentId id = new ContentId(BlockHash.read(key));
    long references = Rows.unsigned(value, "references");
    return new ManifestEntry(id, Manifest.decode(Rows.rest(value)), references);
  }

  /** Reads the references alone: the manifest of a large file is large. */
  static long references(byte[] key, byte[] value) throws CacheException {
    Rows.checkVersion(Family.MANIFESTS, key, value);
    if (value.length < MANIFEST_AT) {
      throw Rows.corrupt(Family.MANIFESTS, key, "ends too early", null);
    }
    return ByteBuffer.wrap(value).getLong(REFERENCES_AT);
  }

  /** Returns a copy of the value with other references. */
  static byte[] withReferences(byte[] value, long references) {
    byte[] copy = value.clone();
    ByteBuffer.wrap(copy).putLong(REFERENCES_AT, references);
    return copy;
  }
}

package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Rows of "files": ID -> a stored file. */
final class StoredFileRow {

  private StoredFileRow() {}

  static byte[] key(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] encode(StoredFile file) {
    byte[] name = file.name().getBytes(StandardCharsets.UTF_8);
    byte[] source = file.source().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(1 + BlockHash.SIZE + 8 + 8 + 4 + 4 + name.length + 4 + source.length);
    out.put(Rows.VERSION);
    file.content().hash().writeTo(out);
    return out.putLong(file.size())
        .putLong(file.stored().seconds())
        .putInt(file.stored().nanos())
        .putInt(name.length)
        .put(name)
        .putInt(source.length)
        .put(source)
        .array();
  }

  static StoredFile decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.FILES, key, value, StoredFileRow::parse);
  }

  private static StoredFile parse(ByteBuffer key, ByteBuffer value) {
    String id = new String(Rows.rest(key), StandardCharsets.UTF_8);
    ContentId content = new ContentId(BlockHash.read(value));
    long size = Rows.unsigned(value, "size");
    Timestamp stored = new Timestamp(value.getLong(), value.getInt());
    String name = new String(Rows.counted(value), StandardCharsets.UTF_8);
    String source = new String(Rows.counted(value), StandardCharsets.UTF_8);
    return new StoredFile(id, content, size, name, source, stored);
  }
}

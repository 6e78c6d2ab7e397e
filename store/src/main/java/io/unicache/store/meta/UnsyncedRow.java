package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Rows of "unsynced": which file, and what it was at the last sync. */
final class UnsyncedRow {

  private static final byte INODE = 1;
  private static final byte STORED_FILE = 2;

  private static final byte NOT_THERE = 0;
  private static final byte THERE = 1;

  private static final int TIME_BYTES = Long.BYTES + Integer.BYTES;

  private UnsyncedRow() {}

  static byte[] key(long inode) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(INODE).putLong(inode).array();
  }

  static byte[] key(String storedFile) {
    byte[] id = StoredFileRow.key(storedFile);
    return ByteBuffer.allocate(1 + id.length).put(STORED_FILE).put(id).array();
  }

  static byte[] key(Unsynced row) {
    return row instanceof Unsynced.OfInode file
        ? key(file.inode())
        : key(((Unsynced.OfStoredFile) row).id());
  }

  static byte[] encode(Unsynced row) {
    return row instanceof Unsynced.OfInode file
        ? encode(file)
        : encode((Unsynced.OfStoredFile) row);
  }

  private static byte[] encode(Unsynced.OfInode row) {
    if (row.before().isEmpty()) {
      return notThere();
    }
    Unsynced.Before before = row.before().get();
    int hash = before.content().isPresent() ? BlockHash.SIZE : 0;
    ByteBuffer out = ByteBuffer.allocate(2 + TIME_BYTES + hash).put(Rows.VERSION).put(THERE);
    out.putLong(before.modified().seconds()).putInt(before.modified().nanos());
    before.content().ifPresent(content -> content.hash().writeTo(out));
    return out.array();
  }

  private static byte[] encode(Unsynced.OfStoredFile row) {
    if (row.before().isEmpty()) {
      return notThere();
    }
    byte[] file = StoredFileRow.encode(row.before().get());
    return ByteBuffer.allocate(2 + file.length).put(Rows.VERSION).put(THERE).put(file).array();
  }

  private static byte[] notThere() {
    return new byte[] {Rows.VERSION, NOT_THERE};
  }

  static Unsynced decode(byte[] key, byte[] value) throws CacheException {
    return key.length > 0 && key[0] == STORED_FILE ? storedFile(key, value) : inode(key, value);
  }

  private static Unsynced inode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(
        Family.UNSYNCED,
        key,
        value,
        (k, v) -> {
          if (k.get() != INODE) {
            throw new IllegalArgumentException("kind " + key[0] + " of file");
          }
          long number = k.getLong();
          if (!isThere(v)) {
            return new Unsynced.OfInode(number, Optional.empty());
          }
          Timestamp modified = new Timestamp(v.getLong(), v.getInt());
          Optional<ContentId> content =
              v.hasRemaining() ? Optional.of(new ContentId(BlockHash.read(v))) : Optional.empty();
          return new Unsynced.OfInode(number, Optional.of(new Unsynced.Before(modified, content)));
        });
  }

  private static Unsynced storedFile(byte[] key, byte[] value) throws CacheException {
    String id = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
    byte[] file =
        Rows.decode(
            Family.UNSYNCED,
            key,
            value,
            (k, v) -> {
              k.position(k.limit());
              return isThere(v) ? Rows.rest(v) : null;
            });
    return new Unsynced.OfStoredFile(
        id,
        file == null
            ? Optional.empty()
            : Optional.of(StoredFileRow.decode(StoredFileRow.key(id), file)));
  }

  private static boolean isThere(ByteBuffer value) {
    byte there = value.get();
    if (there != THERE && there != NOT_THERE) {
      throw new IllegalArgumentException("state " + there);
    }
    return there == THERE;
  }
}

package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/** Rows of "journals": inode number to journal number. */
final class JournalRow {

  private JournalRow() {}

  static byte[] key(long inode) {
    return Keys.number(inode);
  }

  static byte[] encode(JournalEntry journal) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(Rows.VERSION).putLong(journal.number()).array();
  }

  static JournalEntry decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(
        Family.JOURNALS,
        key,
        value,
        (k, v) -> new JournalEntry(k.getLong(), Rows.unsigned(v, "journal number")));
  }
}

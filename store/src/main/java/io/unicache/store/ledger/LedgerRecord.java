package io.unicache.store.ledger;

import io.unicache.store.block.Checksum;
import java.nio.ByteBuffer;

/**
 * The head of a record; FORMAT.md has the bytes.
 *
 * @param length bytes that follow the head
 * @param sequence the database's number of the last change that the record is about
 */
record LedgerRecord(Kind kind, int length, long sequence) {

  /** What a record says. */
  enum Kind {
    /** The rows that follow. */
    ROWS(1),
    /** The database had made all changes up to the sequence durable. */
    DURABLE(2),
    /** The database was closed with this as its last change, and nothing is missing. */
    CLOSED(3),
    /** Last record of a base: it is complete. */
    COMPLETE(4);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    private static Kind of(byte code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      return null;
    }
  }

  /** Bytes of a head. */
  static final int BYTES = 24;

  /** So that a whole record is an array. */
  static final int MAX_LENGTH = Integer.MAX_VALUE - 64;

  private static final byte VERSION = 1;
  private static final int CHECKSUM_AT = BYTES - Integer.BYTES;

  /** Puts the head at the start of a buffer, over the bytes that follow it there already. */
  void seal(ByteBuffer record) {
    record.put(0, kind.code).put(1, VERSION).putShort(2, (short) 0).putInt(4, length);
    record.putLong(8, sequence).putInt(16, 0);
    record.putInt(CHECKSUM_AT, checksum(record, length));
  }

  /** Reads a head; null if that cannot be one. Whether it is sound shows with what follows. */
  static LedgerRecord get(ByteBuffer head) {
    Kind kind = Kind.of(head.get(0));
    int length = head.getInt(4);
    if (kind == null || head.get(1) != VERSION || length < 0 || length > MAX_LENGTH) {
      return null;
    }
    return new LedgerRecord(kind, length, head.getLong(8));
  }

  /** Tells whether a whole record has its checksum. */
  boolean isSound(ByteBuffer record) {
    return record.getInt(CHECKSUM_AT) == checksum(record, length);
  }

  private static int checksum(ByteBuffer record, int length) {
    return Checksum.of(record.slice(0, CHECKSUM_AT), record.slice(BYTES, length));
  }
}

package io.unicache.store.file;

import io.unicache.store.block.Checksum;
import java.nio.ByteBuffer;

/**
 * The head of a record of a journal, and the journal's own head; FORMAT.md has the bytes. What the
 * fields mean depends on the kind.
 *
 * @param count bytes that follow the head
 * @param sequence number of the run of records that it belongs to; a run ends with a mark
 * @param nanos of a mark's time
 * @param first offset, length or seconds
 * @param second length, or 0
 */
record JournalRecord(Kind kind, int count, int sequence, int nanos, long first, long second) {

  /** What a record says. */
  enum Kind {
    /** The head of the journal; {@code first} is the inode, {@code second} the journal's number. */
    HEAD(1),
    /** The content is {@code first} bytes long now: cut, or extended with zeros. */
    RESIZE(2),
    /** The bytes that follow are at {@code first}. */
    DATA(3),
    /** {@code second} zeros are at {@code first}. */
    ZEROS(4),
    /**
     * Everything so far counts; modified at {@code first} seconds, and {@code second} bytes long.
     */
    MARK(5);

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
  static final int BYTES = 40;

  /** Bytes that follow a head, at most. */
  static final int MAX_COUNT = 128 << 10;

  static final int VERSION = 1;

  private static final int CHECKSUM_AT = BYTES - Integer.BYTES;

  /** Puts the head, over the bytes that follow it at {@code at + BYTES} in the buffer already. */
  void put(ByteBuffer into, int at) {
    into.put(at, kind.code).put(at + 1, (byte) VERSION).putShort(at + 2, (short) 0);
    into.putInt(at + 4, count).putInt(at + 8, sequence).putInt(at + 12, nanos);
    into.putLong(at + 16, first).putLong(at + 24, second).putInt(at + 32, 0);
    into.putInt(at + CHECKSUM_AT, checksum(into, at, count));
  }

  /** Reads a head; null if there is none. Whether it is sound shows only with what follows. */
  static JournalRecord get(ByteBuffer from, int at) {
    Kind kind = Kind.of(from.get(at));
    JournalRecord record =
        new JournalRecord(
            kind,
            from.getInt(at + 4),
            from.getInt(at + 8),
            from.getInt(at + 12),
            from.getLong(at + 16),
            from.getLong(at + 24));
    boolean possible =
        kind != null
            && from.get(at + 1) == VERSION
            && record.count >= 0
            && record.count <= MAX_COUNT;
    return possible ? record : null;
  }

  /** Tells whether the record at {@code at}, with what follows, has its checksum. */
  boolean isSound(ByteBuffer from, int at) {
    return from.getInt(at + CHECKSUM_AT) == checksum(from, at, count);
  }

  private static int checksum(ByteBuffer bytes, int at, int count) {
    return Checksum.of(bytes.slice(at, CHECKSUM_AT), bytes.slice(at + BYTES, count));
  }
}

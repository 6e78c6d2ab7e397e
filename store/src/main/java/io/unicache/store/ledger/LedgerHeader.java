package io.unicache.store.ledger;

import io.unicache.store.block.Checksum;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The first 64 bytes of a file; FORMAT.md has them.
 *
 * @param store identity of the store that it belongs to
 */
record LedgerHeader(int number, Role role, UUID store) {

  /** What a file holds. */
  enum Role {
    /** All rows that there were at some time after the changes of the same number had begun. */
    BASE(1, "base"),
    /** What has changed. */
    CHANGES(2, "changes");

    private final byte code;
    private final String suffix;

    Role(int code, String suffix) {
      this.code = (byte) code;
      this.suffix = suffix;
    }

    String suffix() {
      return suffix;
    }
  }

  static final int BYTES = 64;
  static final int VERSION = 1;

  /** "UCLEDGER" in ASCII. */
  private static final long MAGIC = 0x55434C4544474552L;

  private static final int RESERVED = 27;

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putInt(VERSION).putInt(number);
    out.putLong(store.getMostSignificantBits()).putLong(store.getLeastSignificantBits());
    out.put(role.code).put(new byte[RESERVED]);
    return Checksum.seal(out);
  }

  /** Tells whether 64 bytes are this header. */
  boolean isIn(ByteBuffer bytes) {
    return encode().equals(bytes);
  }

  /** Returns the version in 64 bytes, if they are a sound header of any version; else 0. */
  static int versionIn(ByteBuffer bytes) {
    if (bytes.remaining() != BYTES || bytes.getLong(bytes.position()) != MAGIC) {
      return 0;
    }
    try {
      Checksum.verify(bytes);
    } catch (CacheException.Corrupt e) {
      return 0;
    }
    return bytes.getInt(bytes.position() + Long.BYTES);
  }
}

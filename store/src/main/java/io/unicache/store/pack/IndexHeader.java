package io.unicache.store.pack;

import io.unicache.store.block.Checksum;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The first 64 bytes of a pack index; FORMAT.md has the bytes.
 *
 * @param pack number of the pack
 * @param store identity of the store that it belongs to
 * @param role who writes to the pack
 */
record IndexHeader(int pack, UUID store, Role role) {

  /** Who writes to a pack. */
  enum Role {
    /** Any small stream, also after a restart, until the pack is full. */
    SHARED(1),
    /** The one stream that it was made for. */
    OWN(2);

    private final byte code;

    Role(int code) {
      this.code = (byte) code;
    }
  }

  static final int BYTES = 64;
  static final int VERSION = 1;

  /** "UCPACKIX" in ASCII. */
  private static final long MAGIC = 0x55435041434B4958L;

  private static final int RESERVED = 27;

  ByteBuffer encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putInt(VERSION).putInt(pack);
    out.putLong(store.getMostSignificantBits()).putLong(store.getLeastSignificantBits());
    out.put(role.code).put(new byte[RESERVED]);
    return Checksum.seal(out);
  }

  /**
   * Reads 64 bytes.
   *
   * @throws CacheException.Corrupt if they are damaged; the message does not name the file
   * @throws CacheException.Version if another version of UniCache wrote them; likewise
   */
  static IndexHeader decode(ByteBuffer in) throws CacheException {
    Checksum.verify(in);
    ByteBuffer header = in.duplicate();
    if (header.getLong() != MAGIC) {
      throw new CacheException.Corrupt("it does not begin as a pack index does");
    }
    int version = header.getInt();
    if (version != VERSION) {
      throw new CacheException.Version(
          "it has format version " + version + ", this UniCache reads " + VERSION);
    }
    int pack = header.getInt();
    UUID store = new UUID(header.getLong(), header.getLong());
    byte role = header.get();
    for (Role candidate : Role.values()) {
      if (candidate.code == role) {
        return new IndexHeader(pack, store, candidate);
      }
    }
    throw new CacheException.Corrupt("role " + role + " is not known");
  }
}

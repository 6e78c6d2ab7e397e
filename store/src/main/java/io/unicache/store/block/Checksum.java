package io.unicache.store.block;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C, and records of 64 bytes that have it in the last four, over the 60 before. */
public final class Checksum {

  private static final int COVERED = 60;

  private Checksum() {}

  /** Puts the checksum behind the 60 bytes that the buffer holds and makes it ready to be read. */
  public static ByteBuffer seal(ByteBuffer out) {
    if (out.position() != COVERED) {
      throw new IllegalStateException("not 60 bytes but " + out.position());
    }
    return out.putInt(of(out.duplicate().flip())).flip();
  }

  /** Checks the 64 bytes from the buffer's position on, which stays. */
  public static void verify(ByteBuffer in) throws CacheException.Corrupt {
    int stored = in.getInt(in.position() + COVERED);
    int computed = of(in.slice(in.position(), COVERED));
    if (stored != computed) {
      throw new CacheException.Corrupt(
          String.format("its checksum is %08x, its bytes give %08x", stored, computed));
    }
  }

  /**
   * Returns the checksum of all remaining bytes of several buffers, which are read to their ends.
   */
  public static int of(ByteBuffer... parts) {
    CRC32C crc = new CRC32C();
    for (ByteBuffer part : parts) {
      crc.update(part);
    }
    return (int) crc.getValue();
  }
}

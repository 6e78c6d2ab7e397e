package io.unicache.store.pack;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The CRC32C in the last four of 64 bytes, over the 60 before it. */
final class Checksum {

  private static final int COVERED = 60;

  private Checksum() {}

  /** Puts the checksum behind the 60 bytes that the buffer holds and makes it ready to be read. */
  static ByteBuffer seal(ByteBuffer sixtyBytes) {
    if (sixtyBytes.position() != COVERED) {
      throw new IllegalStateException("not 60 bytes but " + sixtyBytes.position());
    }
    return sixtyBytes.putInt(of(sixtyBytes.array())).flip();
  }

  /** Checks the 64 bytes from the buffer's position on, which stays. */
  static void verify(ByteBuffer in) throws CacheException.Corrupt {
    byte[] bytes = new byte[COVERED];
    ByteBuffer rest = in.duplicate().get(bytes);
    int stored = rest.getInt();
    int computed = of(bytes);
    if (stored != computed) {
      throw new CacheException.Corrupt(
          String.format("its checksum is %08x, its bytes give %08x", stored, computed));
    }
  }

  private static int of(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, COVERED);
    return (int) crc.getValue();
  }
}

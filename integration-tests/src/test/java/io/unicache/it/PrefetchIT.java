package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is put into the kernel's cache ahead of readers, and that it is never wrong. */
class PrefetchIT {

  private static final int MIB = 1 << 20;
  private static final int PIECE = 64 << 10;

  /**
   * So far apart that the kernel reads nothing ahead: what is there before it is asked for was put
   * there.
   */
  private static final int STRIDE = MIB + 2 * PIECE;

  @RegisterExtension static final SharedMount MOUNT = new SharedMount("--block-size=64K");

  private static byte[] model(long seed, int size) {
    byte[] bytes = Bytes.random(seed, size);
    byte[] head = {'G', 'G', 'U', 'F', 3, 0, 0, 0};
    System.arraycopy(head, 0, bytes, 0, head.length);
    return bytes;
  }

  /** Returns the bytes of a file that are in the kernel's cache. */
  private static long cached(Path file) {
    return Long.parseLong(
        Program.output("fincore", "--bytes", "--noheadings", "--output", "RES", file).trim());
  }

  /**
   * As one who has mapped it reads; this process would keep a mapping until it collects garbage.
   */
  @Test
  void aModelThatIsReadHereAndThereIsWarmed() throws Exception {
    assumeTrue(MOUNT.store().speaksTheProtocol(), "libfuse 2 puts nothing into the cache");
    byte[] bytes = model(1, 24 * MIB);
    Path file = Files.write(MOUNT.directory().resolve("model.gguf"), bytes);
    Bytes.dropCache(file);
    try (FileChannel in = FileChannel.open(file)) {
      check(in, bytes, 0, 4096);
      check(in, bytes, 20 * MIB, 4096);
      check(in, bytes, 9 * MIB, 4096);
      Waiting.until(
          () -> cached(file) == bytes.length, () -> "only " + cached(file) + " bytes are there");
      check(in, bytes, 0, bytes.length);
    }
  }

  @Test
  void aReaderInStridesFindsTheNextPiecesThere() throws Exception {
    assumeTrue(MOUNT.store().speaksTheProtocol(), "libfuse 2 puts nothing into the cache");
    byte[] bytes = Bytes.random(8, 20 * STRIDE);
    Path file = Files.write(MOUNT.directory().resolve("strided"), bytes);
    Bytes.dropCache(file);
    try (FileChannel in = FileChannel.open(file)) {
      for (int i = 0; i < 5; i++) {
        check(in, bytes, i * STRIDE + PIECE, PIECE);
      }
      Waiting.until(
          () -> cached(file) >= 20 * PIECE, () -> "only " + cached(file) + " bytes are there");
      check(in, bytes, 0, bytes.length);
    }
  }

  @Test
  void forwardReadersGetWhatIsThere() throws Exception {
    byte[] bytes = Bytes.random(2, 40 * MIB + 12_345);
    Path file = Files.write(MOUNT.directory().resolve("forward"), bytes);
    for (int piece : new int[] {4096, 128 << 10, 3 * MIB}) {
      Bytes.dropCache(file);
      try (FileChannel in = FileChannel.open(file)) {
        for (int at = 0; at < bytes.length; at += piece) {
          check(in, bytes, at, Math.min(piece, bytes.length - at));
        }
        Bytes.dropCache(file);
        for (int at = 0; at + 8192 < bytes.length; at += 600_000) { // strides
          check(in, bytes, at, 8192);
        }
      }
    }
  }

  private static void check(FileChannel in, byte[] bytes, int at, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    Bytes.readFully(in, buffer, at);
    assertArrayEquals(Arrays.copyOfRange(bytes, at, at + count), buffer.array(), "at " + at);
  }

  /** A writer may come at any moment of reading ahead: nothing old may be seen from then on. */
  @Test
  void aWriterIsSeenWhateverIsOnItsWay() throws Exception {
    byte[] bytes = Bytes.random(3, 16 * MIB);
    Path file = Files.write(MOUNT.directory().resolve("written"), bytes);
    Random random = new Random(4);
    for (int round = 0; round < 60; round++) {
      Bytes.dropCache(file);
      try (FileChannel in = FileChannel.open(file)) {
        int start = PIECE + random.nextInt(2 * MIB);
        int reads = 4 + random.nextInt(8);
        for (int i = 0; i < reads; i++) {
          check(in, bytes, start + i * STRIDE, PIECE);
        }
        int at = random.nextInt(bytes.length - 100_000);
        byte[] written = Bytes.random(1000 + round, 1 + random.nextInt(100_000));
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
          Bytes.writeFully(out, ByteBuffer.wrap(written), at);
          System.arraycopy(written, 0, bytes, at, written.length);
          check(in, bytes, at, written.length);
        }
        check(in, bytes, 0, bytes.length);
      }
    }
  }

  /** The same for one who cuts the file by its path, and lets it grow again. */
  @Test
  void aCutIsSeenWhateverIsOnItsWay() throws Exception {
    byte[] bytes = Bytes.random(5, 16 * MIB);
    Path file = Files.write(MOUNT.directory().resolve("cut"), bytes);
    Random random = new Random(6);
    for (int round = 0; round < 40; round++) {
      Bytes.dropCache(file);
      try (FileChannel in = FileChannel.open(file)) {
        int reads = 4 + random.nextInt(8);
        for (int i = 0; i < reads; i++) {
          check(in, bytes, PIECE + i * STRIDE, PIECE);
        }
        int size = 12 * PIECE + random.nextInt(bytes.length - 12 * PIECE);
        Program.output("truncate", "-s", size, file);
        assertEquals(size, in.size());
        Program.output("truncate", "-s", bytes.length, file);
        Arrays.fill(bytes, size, bytes.length, (byte) 0);
        assertEquals(bytes.length, in.size());
        check(in, bytes, 0, bytes.length);
      }
      bytes = Bytes.random(7 + round, bytes.length);
      Files.write(file, bytes);
    }
  }
}

package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** Bytes for tests, made of a seed, and files that are checked without being held in memory. */
final class Bytes {

  private static final int CHUNK = 16 << 20;

  private Bytes() {}

  /** Returns bytes that no block has twice. */
  static byte[] random(long seed, int count) {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Drops a file's pages from the kernel's cache, so that the next read reaches the daemon. */
  static void dropCache(Path file) {
    Program.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none").run().expect(0);
  }

  /**
   * Writes a large file that takes little space: the same 16 MiB again and again, each with its
   * number in front.
   */
  static void writeLarge(Path file, long size) throws IOException {
    ByteBuffer chunk = ByteBuffer.wrap(random(size, CHUNK));
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at = 0; at < size; at += CHUNK) {
        chunk.clear();
        chunk.putLong(0, at).limit((int) Math.min(CHUNK, size - at));
        while (chunk.hasRemaining()) {
          out.write(chunk);
        }
      }
    }
  }

  /** Asserts that a file is what {@link #writeLarge} wrote. */
  static void checkLarge(Path file, long size) throws IOException {
    ByteBuffer expected = ByteBuffer.wrap(random(size, CHUNK));
    ByteBuffer found = ByteBuffer.allocate(CHUNK);
    try (FileChannel in = FileChannel.open(file)) {
      assertEquals(size, in.size());
      for (long at = 0; at < size; at += CHUNK) {
        expected.clear();
        expected.putLong(0, at).limit((int) Math.min(CHUNK, size - at));
        found.clear().limit(expected.limit());
        readFully(in, found, at);
        int mismatch = expected.mismatch(found.flip());
        assertEquals(-1, mismatch, "first wrong byte, from offset " + at);
      }
      assertEquals(-1, in.read(ByteBuffer.allocate(1), size), "there is more");
    }
  }

  /** Fills the buffer's room from a position of a file. */
  static void writeFully(FileChannel out, ByteBuffer from, long position) throws IOException {
    for (long at = position; from.hasRemaining(); ) {
      at += out.write(from, at);
    }
  }

  static void readFully(FileChannel in, ByteBuffer into, long position) throws IOException {
    while (into.hasRemaining()) {
      int count = in.read(into, position + into.position());
      if (count < 0) {
        throw new AssertionError("the file ends at " + (position + into.position()));
      }
    }
  }
}

package io.unicache.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.TestParts;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holes: finding them, and making them. */
class SparseFileTest {

  private static final int BLOCK = TestParts.BLOCK_SIZE;

  @TempDir Path directory;
  private TestParts parts;
  private LiveFile file;
  private final byte[] bytes = new byte[8 * BLOCK + 10];

  @BeforeEach
  void open() throws CacheException {
    parts = new TestParts(directory);
    file = parts.files.open(parts.newFile("file"));
    new Random(1).nextBytes(bytes);
  }

  @AfterEach
  void close() throws CacheException {
    file.close();
    parts.checkReferences();
    parts.close();
  }

  private void fill() throws CacheException {
    file.write(0, ByteBuffer.wrap(bytes));
    file.commit();
  }

  private void assertContent(byte[] expected) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate((int) file.size());
    file.read(0, all);
    assertArrayEquals(expected, all.array());
  }

  private byte[] withZeros(int from, int to) {
    byte[] expected = bytes.clone();
    Arrays.fill(expected, from, to, (byte) 0);
    return expected;
  }

  private void assertSeeks(long from, long data, long hole) {
    assertEquals(OptionalLong.of(data), file.nextData(from), "data from " + from);
    assertEquals(OptionalLong.of(hole), file.nextHole(from), "hole from " + from);
  }

  @Test
  void seeksInAnEmptyFile() {
    assertEquals(OptionalLong.empty(), file.nextData(0));
    assertEquals(OptionalLong.empty(), file.nextHole(0));
  }

  @Test
  void seeksBeforeAndAfterACommit() throws CacheException {
    file.write(4 * BLOCK, ByteBuffer.wrap(bytes, 0, 2 * BLOCK));
    file.extend(100 * BLOCK);
    for (int i = 0; i < 2; i++) {
      assertSeeks(0, 4 * BLOCK, 0);
      assertSeeks(4 * BLOCK - 1, 4 * BLOCK, 4 * BLOCK - 1);
      assertSeeks(4 * BLOCK, 4 * BLOCK, 6 * BLOCK);
      assertSeeks(6 * BLOCK - 1, 6 * BLOCK - 1, 6 * BLOCK);
      assertEquals(OptionalLong.empty(), file.nextData(6 * BLOCK));
      assertEquals(OptionalLong.of(6 * BLOCK), file.nextHole(6 * BLOCK));
      assertEquals(OptionalLong.empty(), file.nextHole(100 * BLOCK));
      assertEquals(OptionalLong.empty(), file.nextData(1L << 50));
      file.commit();
    }
    file.close();
    file = parts.files.open(file.number());
    assertSeeks(0, 4 * BLOCK, 0);
    assertSeeks(5 * BLOCK, 5 * BLOCK, 6 * BLOCK);
  }

  @Test
  void whatWasWrittenIntoAHoleIsData() throws CacheException {
    file.extend(10 * BLOCK);
    file.write(3 * BLOCK + 5, ByteBuffer.wrap(bytes, 0, 10));
    assertSeeks(0, 3 * BLOCK + 5, 0);
    assertSeeks(3 * BLOCK + 7, 3 * BLOCK + 7, 3 * BLOCK + 15);
  }

  @Test
  void theEndIsAHole() throws CacheException {
    fill();
    assertSeeks(0, 0, bytes.length);
    assertSeeks(bytes.length - 1, bytes.length - 1, bytes.length);
  }

  @Test
  void punchedBlocksGiveTheirSpaceBack() throws CacheException {
    fill();
    long before = parts.meta.totals().blocks();
    file.zero(BLOCK + 100, 3 * BLOCK, false);
    assertContent(withZeros(BLOCK + 100, 4 * BLOCK + 100));
    assertEquals(bytes.length - 2 * BLOCK, file.dataBytes());
    assertSeeks(2 * BLOCK, 4 * BLOCK, 2 * BLOCK);
    file.commit();
    assertEquals(before - 2, parts.meta.totals().blocks());
    assertContent(withZeros(BLOCK + 100, 4 * BLOCK + 100));
    assertEquals(bytes.length, file.size());
  }

  @Test
  void whatWasWrittenAndNotCommittedIsPunchedToo() throws CacheException {
    fill();
    byte[] changed = new byte[3 * BLOCK];
    Arrays.fill(changed, (byte) 1);
    file.write(BLOCK - 50, ByteBuffer.wrap(changed));
    file.zero(BLOCK, 2 * BLOCK, false);
    byte[] expected = bytes.clone();
    System.arraycopy(changed, 0, expected, BLOCK - 50, changed.length);
    Arrays.fill(expected, BLOCK, 3 * BLOCK, (byte) 0);
    assertContent(expected);
    assertSeeks(BLOCK, 3 * BLOCK, BLOCK);
    file.commit();
    assertContent(expected);
    assertSeeks(BLOCK, 3 * BLOCK, BLOCK);
  }

  @Test
  void aPunchStaysWithinTheFile() throws CacheException {
    fill();
    file.zero(7 * BLOCK, 1L << 40, false);
    assertContent(withZeros(7 * BLOCK, bytes.length));
    long version = file.version();
    file.zero(bytes.length, 100, false);
    assertEquals(version, file.version());
  }

  @Test
  void zeroingMayExtend() throws CacheException {
    fill();
    file.zero(5, 1L << 40, true);
    assertEquals(5 + (1L << 40), file.size());
    file.commit();
    assertTrue(file.dataBytes() <= 2 * BLOCK);
    assertEquals(OptionalLong.of(BLOCK), file.nextHole(0));
    file.truncate(bytes.length);
    assertContent(withZeros(5, bytes.length));
  }

  @Test
  void zerosOverAHoleAreNotWritten() throws CacheException {
    file.extend(10 * BLOCK);
    file.zero(5, 9 * BLOCK, false);
    assertEquals(OptionalLong.empty(), file.nextData(0));
  }

  @Test
  void extendingNeverCuts() throws CacheException {
    fill();
    long version = file.version();
    file.extend(10);
    assertEquals(version, file.version());
    assertFalse(file.isDirty());
    file.extend(bytes.length + 1);
    assertContent(Arrays.copyOf(bytes, bytes.length + 1));
    assertThrows(CacheException.Namespace.class, () -> file.extend(LiveFile.MAX_SIZE + 1));
    assertThrows(CacheException.Namespace.class, () -> file.zero(LiveFile.MAX_SIZE, 1, true));
  }
}

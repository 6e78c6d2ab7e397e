package io.unicache.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.TestParts;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveFileTest {

  private static final int BLOCK = TestParts.BLOCK_SIZE;

  @TempDir Path directory;
  private TestParts parts;

  @BeforeEach
  void open() throws CacheException {
    parts = new TestParts(directory);
  }

  @AfterEach
  void close() throws CacheException {
    parts.close();
  }

  @Test
  void whatWasWrittenIsReadBackBeforeAnyCommit() throws CacheException {
    LiveFile writer = parts.files.open(parts.newFile("a"));
    LiveFile reader = parts.files.open(writer.number());
    byte[] bytes = random(3 * BLOCK + 100, 1);
    writer.write(0, ByteBuffer.wrap(bytes));
    assertArrayEquals(bytes, readAll(reader));
    writer.close();
    assertArrayEquals(bytes, readAll(reader));
    reader.close();
  }

  @Test
  void aClosedFileIsInTheTreeWithItsSize() throws CacheException {
    long inode = parts.newFile("a");
    LiveFile file = parts.files.open(inode);
    file.write(0, ByteBuffer.wrap(random(BLOCK + 1, 2)));
    file.close();
    Inode closed = parts.tree.inode(inode);
    assertEquals(BLOCK + 1, closed.size());
    assertTrue(closed.content().isPresent());
    assertTrue(parts.files.find(inode).isEmpty());
  }

  @Test
  void appendsGoOnInAPartialBlock() throws CacheException {
    long inode = parts.newFile("log");
    byte[] all = random(3 * BLOCK, 3);
    int at = 0;
    for (int n : new int[] {10, BLOCK - 20, 30, BLOCK, 1}) {
      LiveFile file = parts.files.open(inode);
      assertEquals(at, file.append(ByteBuffer.wrap(all, at, n)));
      file.close();
      at += n;
    }
    assertArrayEquals(Arrays.copyOf(all, at), readAll(inode));
    parts.checkReferences();
  }

  @Test
  void aGapIsAHole() throws CacheException {
    long inode = parts.newFile("sparse");
    LiveFile file = parts.files.open(inode);
    file.write(1L << 40, ByteBuffer.wrap(new byte[] {1}));
    assertEquals((1L << 40) + 1, file.size());
    assertTrue(file.dataBytes() <= BLOCK);
    file.close();
    LiveFile again = parts.files.open(inode);
    ByteBuffer bytes = ByteBuffer.allocate(3);
    assertEquals(3, again.read((1L << 40) - 2, bytes));
    assertArrayEquals(new byte[] {0, 0, 1}, bytes.array());
    again.close();
  }

  @Test
  void zerosTakeNoSpace() throws CacheException {
    long inode = parts.newFile("zeros");
    LiveFile file = parts.files.open(inode);
    file.write(0, ByteBuffer.wrap(new byte[5 * BLOCK + 7]));
    file.close();
    assertEquals(0, parts.meta.totals().blocks());
    assertEquals(5 * BLOCK + 7, parts.tree.inode(inode).size());
  }

  @Test
  void changedBlocksAloneAreStoredAnew() throws CacheException {
    long inode = parts.newFile("database");
    LiveFile file = parts.files.open(inode);
    file.write(0, ByteBuffer.wrap(random(8 * BLOCK, 4)));
    file.commit();
    long before = parts.meta.totals().blocks();
    file.write(3 * BLOCK + 5, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    file.commit();
    assertEquals(before, parts.meta.totals().blocks(), "one block went and one came");
    file.close();
    parts.checkReferences();
  }

  @Test
  void anUnlinkedFileLivesUntilItsLastClose() throws CacheException {
    long inode = parts.newFile("gone");
    byte[] bytes = random(2 * BLOCK, 5);
    LiveFile file = parts.files.open(inode);
    file.write(0, ByteBuffer.wrap(bytes));
    file.commit();
    parts.tree.unlink(Inode.ROOT, Name.of("gone"));
    assertArrayEquals(bytes, readAll(file));
    file.write(0, ByteBuffer.wrap(new byte[] {42}));
    assertEquals(42, readAll(file)[0]);
    file.close();
    assertThrows(CacheException.Namespace.class, () -> parts.tree.inode(inode));
    assertEquals(0, parts.meta.totals().blocks());
    parts.checkReferences();
  }

  @Test
  void closingLeavesNoStagingFile() throws CacheException, IOException {
    LiveFile file = parts.files.open(parts.newFile("a"));
    file.write(0, ByteBuffer.wrap(random(4 * BLOCK, 6)));
    file.write(0, ByteBuffer.wrap(random(10, 7)));
    assertEquals(1, stagingFiles());
    file.close();
    assertEquals(0, stagingFiles());
  }

  @Test
  void openingClearsWhatACrashLeftInStaging() throws CacheException, IOException {
    parts.close();
    Files.writeString(directory.resolve("staging/7.overlay"), "left");
    parts = new TestParts(directory);
    assertEquals(0, stagingFiles());
  }

  @Test
  void committingNothingChangesNothing() throws CacheException {
    long inode = parts.newFile("a");
    Inode before = parts.tree.inode(inode);
    LiveFile file = parts.files.open(inode);
    long version = file.version();
    file.commit();
    assertFalse(file.isDirty());
    file.write(0, ByteBuffer.allocate(0));
    assertEquals(version, file.version());
    file.close();
    assertEquals(before, parts.tree.inode(inode));
  }

  @Test
  void theLiveInodeHasLiveSizeAndTimes() throws CacheException {
    long inode = parts.newFile("a");
    LiveFile file = parts.files.open(inode);
    long version = file.version();
    file.write(0, ByteBuffer.wrap(new byte[10]));
    assertNotEquals(version, file.version());
    assertEquals(10, file.inode().size());
    assertEquals(0, parts.tree.inode(inode).size());
    Inode live = file.inode();
    file.close();
    assertEquals(live.modified(), parts.tree.inode(inode).modified());
  }

  @Test
  void sizesThatCannotBeAreRefused() throws CacheException {
    LiveFile file = parts.files.open(parts.newFile("a"));
    assertThrows(CacheException.Namespace.class, () -> file.truncate(-1));
    assertThrows(CacheException.Namespace.class, () -> file.truncate(LiveFile.MAX_SIZE + 1));
    assertThrows(
        CacheException.Namespace.class,
        () -> file.write(LiveFile.MAX_SIZE, ByteBuffer.wrap(new byte[1])));
    file.close();
  }

  @Test
  void appendsOfManyThreadsDoNotMix() throws Exception {
    long inode = parts.newFile("log");
    int writers = 4;
    int lines = 100;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    List<Future<?>> running = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      byte id = (byte) (w + 1);
      running.add(
          pool.submit(
              () -> {
                LiveFile file = parts.files.open(inode);
                for (int i = 0; i < lines; i++) {
                  byte[] line = new byte[100];
                  Arrays.fill(line, id);
                  file.append(ByteBuffer.wrap(line));
                }
                file.close();
                return null;
              }));
    }
    for (Future<?> task : running) {
      task.get(60, TimeUnit.SECONDS);
    }
    pool.shutdown();
    byte[] all = readAll(inode);
    assertEquals(writers * lines * 100, all.length);
    for (int line = 0; line < all.length; line += 100) {
      byte[] expected = new byte[100];
      Arrays.fill(expected, all[line]);
      assertArrayEquals(expected, Arrays.copyOfRange(all, line, line + 100));
    }
    parts.checkReferences();
  }

  /** Random operations on one file, compared with a byte array after each. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesLikeAByteArray(long seed) throws CacheException {
    Random random = new Random(seed);
    long inode = parts.newFile("f");
    byte[] model = new byte[0];
    LiveFile file = parts.files.open(inode);
    for (int step = 0; step < 200; step++) {
      int at = random.nextInt(6 * BLOCK);
      switch (random.nextInt(8)) {
        case 0, 1 -> model = write(file, model, at, random(random.nextInt(2 * BLOCK), step));
        case 2 -> model = write(file, model, at, new byte[random.nextInt(2 * BLOCK)]);
        case 3 -> model = write(file, model, model.length, random(random.nextInt(BLOCK), step));
        case 4 -> {
          file.truncate(at);
          model = Arrays.copyOf(model, at);
        }
        case 5 -> file.commit();
        case 6 -> {
          file.close();
          file = parts.files.open(inode);
        }
        default -> assertPart(file, model, at, random.nextInt(3 * BLOCK));
      }
      assertEquals(model.length, file.size(), "seed " + seed + ", step " + step);
      assertArrayEquals(model, readAll(file), "seed " + seed + ", step " + step);
    }
    file.close();
    assertArrayEquals(model, readAll(inode));
    parts.checkReferences();
  }

  private static byte[] write(LiveFile file, byte[] model, int at, byte[] bytes)
      throws CacheException {
    file.write(at, ByteBuffer.wrap(bytes));
    if (bytes.length == 0) {
      return model;
    }
    byte[] grown = Arrays.copyOf(model, Math.max(model.length, at + bytes.length));
    System.arraycopy(bytes, 0, grown, at, bytes.length);
    return grown;
  }

  private static void assertPart(LiveFile file, byte[] model, int at, int length)
      throws CacheException {
    ByteBuffer into = ByteBuffer.allocateDirect(length);
    int n = file.read(at, into);
    int expected = Math.max(0, Math.min(length, model.length - at));
    assertEquals(expected, n);
    byte[] bytes = new byte[n];
    into.flip().get(bytes);
    assertArrayEquals(
        Arrays.copyOfRange(model, Math.min(at, model.length), Math.min(at, model.length) + n),
        bytes);
  }

  private long stagingFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("staging"))) {
      return files.count();
    }
  }

  private byte[] readAll(long inode) throws CacheException {
    LiveFile file = parts.files.open(inode);
    try {
      return readAll(file);
    } finally {
      file.close();
    }
  }

  private static byte[] readAll(LiveFile file) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate((int) file.size());
    assertEquals(all.capacity(), file.read(0, all));
    return all.array();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

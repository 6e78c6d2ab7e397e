package io.unicache.store.ingest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.store.TestParts;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentWriterTest {

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
  void theSecondCopyOfAnythingStoresNothing() throws CacheException {
    byte[] bytes = random(10 * BLOCK + 5, 1);
    Content first = parts.store(bytes);
    assertEquals(bytes.length, first.newBytes());
    Content second = parts.store(bytes);
    assertEquals(0, second.newBytes());
    assertEquals(first.id(), second.id());
    assertArrayEquals(bytes, parts.read(second.manifest()));
    parts.checkReferences();
  }

  @Test
  void anEmptyStreamIsTheEmptyContent() throws CacheException {
    assertEquals(Content.EMPTY_ID, parts.store(new byte[0]).id());
  }

  @Test
  void howTheBytesArriveDoesNotMatter() throws CacheException {
    byte[] bytes = random(5 * BLOCK + 77, 2);
    Content whole = parts.store(bytes);
    Random random = new Random(3);
    try (ContentWriter writer = parts.ingest.writer(-1)) {
      for (int at = 0; at < bytes.length; ) {
        int n = Math.min(bytes.length - at, 1 + random.nextInt(2 * BLOCK));
        writer.append(ByteBuffer.wrap(bytes, at, n));
        at += n;
      }
      assertEquals(whole.id(), writer.finish().id());
    }
  }

  @Test
  void zerosAreHolesHoweverTheyCome() throws CacheException {
    byte[] bytes = new byte[7 * BLOCK + 9];
    bytes[0] = 1;
    bytes[6 * BLOCK] = 1;
    Content written = parts.store(bytes);
    assertEquals(2 * BLOCK, written.manifest().dataBytes());
    try (ContentWriter writer = parts.ingest.writer(-1)) {
      writer.append(ByteBuffer.wrap(new byte[] {1}));
      writer.appendZeros(6L * BLOCK - 1);
      writer.append(ByteBuffer.wrap(new byte[] {1}));
      writer.appendZeros(BLOCK + 8);
      assertEquals(bytes.length, writer.size());
      assertEquals(written.id(), writer.finish().id());
    }
  }

  @Test
  void withoutACommitNothingStays() throws CacheException {
    try (ContentWriter writer = parts.ingest.writer(-1)) {
      writer.append(ByteBuffer.wrap(random(3 * BLOCK, 4)));
      writer.finish();
    }
    assertEquals(0, parts.meta.totals().blocks());
    List<BlockLocation> freed = new ArrayList<>();
    parts.meta.forEachFreed(freed::add);
    assertEquals(3, freed.size());
  }

  @Test
  void nothingCanBeAppendedBehindTheEnd() throws CacheException {
    try (ContentWriter writer = parts.ingest.writer(-1)) {
      writer.finish();
      assertThrows(
          IllegalStateException.class, () -> writer.append(ByteBuffer.wrap(new byte[] {1})));
    }
  }

  @Test
  void twoWritersOfTheSameNewBlocksShareThem() throws CacheException {
    byte[] bytes = random(4 * BLOCK, 5);
    ContentWriter one = parts.ingest.writer(-1);
    try (ContentWriter two = parts.ingest.writer(-1)) {
      one.append(ByteBuffer.wrap(bytes));
      one.finish();
      two.append(ByteBuffer.wrap(bytes));
      Content content = two.finish();
      assertEquals(0, content.newBytes());
      one.close();
      parts.meta.update(
          transaction -> {
            transaction.retain(content.id(), content.manifest());
            return null;
          });
    }
    assertArrayEquals(bytes, parts.read(parts.store(bytes).manifest()));
    parts.checkReferences();
  }

  @Test
  void manyWritersAtOnceKeepTheCountsRight() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<?>> running = new ArrayList<>();
    for (int w = 0; w < 4; w++) {
      int seed = w;
      running.add(
          pool.submit(
              () -> {
                Random random = new Random(seed);
                for (int i = 0; i < 30; i++) {
                  // few different blocks, so that writers meet
                  byte[] bytes = new byte[3 * BLOCK];
                  for (int b = 0; b < 3; b++) {
                    Arrays.fill(bytes, b * BLOCK, (b + 1) * BLOCK, (byte) (1 + random.nextInt(5)));
                  }
                  Content content = parts.store(bytes);
                  assertArrayEquals(bytes, parts.read(content.manifest()));
                  if (random.nextBoolean()) {
                    parts.meta.update(
                        transaction -> {
                          transaction.release(content.id());
                          return null;
                        });
                  }
                }
                return null;
              }));
    }
    for (Future<?> task : running) {
      task.get(60, TimeUnit.SECONDS);
    }
    pool.shutdown();
    parts.checkReferences();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

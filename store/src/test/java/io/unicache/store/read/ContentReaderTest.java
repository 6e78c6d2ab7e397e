package io.unicache.store.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.TestParts;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Reading into a target: what is mapped, what is copied, what happens when packs go. */
@EnabledOnOs(OS.LINUX)
class ContentReaderTest {

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

  private static byte[] random(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private ContentReader reader(Content content) {
    return new ContentReader(content.manifest(), parts.meta, parts.blocks);
  }

  @Test
  void readsAnyRangeOfBlocksAndHoles() throws CacheException {
    byte[] bytes = random(1, 10 * BLOCK + 77);
    Arrays.fill(bytes, 3 * BLOCK, 6 * BLOCK, (byte) 0);
    ContentReader reader = reader(parts.store(bytes));
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(bytes.length + BLOCK);
      int count = random.nextInt(4 * BLOCK);
      CollectingTarget target = new CollectingTarget();
      int read = reader.read(from, count, target);
      byte[] expected =
          from >= bytes.length
              ? new byte[0]
              : Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + count));
      assertArrayEquals(expected, target.bytes());
      assertEquals(expected.length, read);
      assertEquals(1, target.deliveries);
    }
  }

  @Test
  void verifiesOnceAndCopiesNothing() throws CacheException {
    byte[] bytes = random(3, 4 * BLOCK);
    ContentReader reader = reader(parts.store(bytes));
    CollectingTarget first = new CollectingTarget();
    reader.read(0, bytes.length, first);
    assertEquals(4, first.waits);
    assertEquals(bytes.length, first.mappedBytes);
    CollectingTarget second = new CollectingTarget();
    reader.read(0, bytes.length, second);
    assertEquals(0, second.waits);
    assertEquals(bytes.length, second.mappedBytes);
    assertArrayEquals(bytes, second.bytes());
  }

  @Test
  void aDamagedBlockIsNotDelivered() throws CacheException, IOException {
    byte[] bytes = random(4, 3 * BLOCK);
    Content content = parts.store(bytes);
    BlockLocation second = parts.meta.block(content.manifest().hash(1)).orElseThrow().location();
    damage(second);
    ContentReader reader = reader(content);
    CollectingTarget target = new CollectingTarget();
    assertThrows(CacheException.Corrupt.class, () -> reader.read(0, bytes.length, target));
    assertEquals(0, target.deliveries);
    CollectingTarget others = new CollectingTarget();
    reader.read(2 * BLOCK, BLOCK, others);
    assertArrayEquals(Arrays.copyOfRange(bytes, 2 * BLOCK, 3 * BLOCK), others.bytes());
  }

  private void damage(BlockLocation location) throws IOException {
    Path pack = directory.resolve(String.format("packs/%08d.pack", location.pack()));
    try (FileChannel channel = FileChannel.open(pack, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {0}), location.offset() + 5);
    }
  }

  @Test
  void findsBlocksAnewWhenAPackHasGone() throws CacheException {
    byte[] bytes = random(5, 2 * BLOCK);
    Content content = parts.store(bytes);
    ContentReader reader = reader(content);
    reader.read(0, bytes.length, new CollectingTarget());

    // Both blocks move to a pack of their own, and the old one goes.
    for (int i = 0; i < 2; i++) {
      BlockLocation old = parts.meta.block(content.manifest().hash(i)).orElseThrow().location();
      BlockLocation moved;
      try (var stream = parts.packs.stream(64 << 20)) {
        moved =
            stream.append(
                content.manifest().hash(i), ByteBuffer.wrap(bytes, i * BLOCK, BLOCK).slice());
      }
      parts.meta.pins().replaced(content.manifest().hash(i), old, moved);
      assertTrue(moved.pack() != old.pack());
      parts.packs.free(old);
    }
    CollectingTarget target = new CollectingTarget();
    reader.read(0, bytes.length, target);
    assertArrayEquals(bytes, target.bytes());
    ByteBuffer copy = ByteBuffer.allocate(bytes.length);
    reader.read(0, copy);
    assertArrayEquals(bytes, copy.array());
  }
}

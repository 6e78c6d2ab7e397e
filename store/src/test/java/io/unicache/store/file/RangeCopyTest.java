package io.unicache.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.TestParts;
import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.gc.SpaceReclaimer;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore.Totals;
import io.unicache.store.meta.Name;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RangeCopyTest {

  private static final int BLOCK = TestParts.BLOCK_SIZE;

  @TempDir Path directory;
  private TestParts parts;
  private LiveFile source;
  private LiveFile target;

  @BeforeEach
  void open() throws CacheException {
    parts = new TestParts(directory);
    source = parts.files.open(parts.newFile("source"));
    target = parts.files.open(parts.newFile("target"));
  }

  @AfterEach
  void close() throws CacheException {
    parts.close();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static byte[] content(LiveFile file) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate((int) file.size());
    assertEquals(all.capacity(), file.read(0, all));
    return all.array();
  }

  private byte[] fill(int length) throws CacheException {
    byte[] bytes = random(length);
    source.write(0, ByteBuffer.wrap(bytes));
    source.commit();
    return bytes;
  }

  /** What was found about a block before it was freed must not be believed when it is back. */
  @Test
  void aBlockThatComesBackIsLookedUpAnew() throws CacheException {
    byte[] bytes = random(3 * BLOCK);
    target.write(0, ByteBuffer.wrap(bytes));
    target.commit();
    ByteBuffer read = ByteBuffer.allocate(BLOCK);
    target.read(0, read);
    BlockHash hash = Blake3.hash(bytes, 0, BLOCK);
    BlockLocation before = parts.meta.block(hash).orElseThrow().location();
    target.write(0, ByteBuffer.wrap(random(2 * BLOCK)));
    target.commit();
    new SpaceReclaimer(parts.packs, parts.meta).syncAndReclaim();
    assertTrue(parts.meta.block(hash).isEmpty());

    source.write(0, ByteBuffer.wrap(bytes, 0, BLOCK));
    source.commit();
    assertNotEquals(before, parts.meta.block(hash).orElseThrow().location());
    assertEquals(BLOCK, target.copyFrom(source, 0, 0, BLOCK));
    assertArrayEquals(Arrays.copyOf(bytes, BLOCK), Arrays.copyOf(content(target), BLOCK));
    closeBoth();
  }

  private void closeBoth() throws CacheException {
    source.close();
    target.close();
    parts.checkReferences();
  }

  @Test
  void aWholeCopyHasTheSameContentAndNothingIsStored() throws CacheException {
    byte[] bytes = fill(10 * BLOCK + 5);
    Totals before = parts.meta.totals();
    assertEquals(bytes.length, target.copyFrom(source, 0, 0, Long.MAX_VALUE));
    assertArrayEquals(bytes, content(target));
    target.commit();
    assertEquals(before.blocks(), parts.meta.totals().blocks());
    assertEquals(before.storedBytes(), parts.meta.totals().storedBytes());
    assertEquals(source.inode().content(), target.inode().content());
    assertEquals(bytes.length, target.inode().size());
    closeBoth();
  }

  @Test
  void sharedBlocksAreNotRead() throws CacheException {
    fill(4 * BLOCK);
    parts.packs.close();
    assertEquals(4 * BLOCK, target.copyFrom(source, 0, 0, 4 * BLOCK));
    target.commit();
    assertEquals(source.inode().content(), target.inode().content());
  }

  @Test
  void whatWasJustWrittenIsCopied() throws CacheException {
    byte[] bytes = fill(4 * BLOCK);
    bytes[BLOCK + 7] ^= 1;
    source.write(BLOCK + 7, ByteBuffer.wrap(bytes, BLOCK + 7, 1));
    byte[] more = Arrays.copyOf(bytes, bytes.length + 100);
    more[bytes.length + 99] = 42;
    source.write(bytes.length + 99, ByteBuffer.wrap(new byte[] {42}));
    assertEquals(more.length, target.copyFrom(source, 0, 0, more.length));
    assertArrayEquals(more, content(target));
    assertArrayEquals(more, content(source));
    closeBoth();
  }

  @Test
  void theEndOfTheSourceEndsTheCopy() throws CacheException {
    fill(2 * BLOCK + 10);
    assertEquals(0, target.copyFrom(source, 2 * BLOCK + 10, 0, 5));
    assertEquals(0, target.copyFrom(source, 1L << 40, 0, 5));
    assertEquals(0, target.size());
    assertFalse(target.isDirty());
    assertEquals(3, target.copyFrom(source, 2 * BLOCK + 7, 1, 100));
    assertEquals(4, target.size());
    closeBoth();
  }

  @Test
  void edgesAroundSharedBlocks() throws CacheException {
    byte[] bytes = fill(6 * BLOCK);
    byte[] model = random(5 * BLOCK + 3);
    target.write(0, ByteBuffer.wrap(model));
    int from = 2 * BLOCK - 10;
    int to = BLOCK - 10;
    int count = 3 * BLOCK + 20;
    assertEquals(count, target.copyFrom(source, from, to, count));
    System.arraycopy(bytes, from, model, to, count);
    assertArrayEquals(model, content(target));
    closeBoth();
  }

  @Test
  void blocksOutOfPhaseAreMoved() throws CacheException {
    byte[] bytes = fill(5 * BLOCK + 9);
    assertEquals(5 * BLOCK + 2, target.copyFrom(source, 7, 20, 5 * BLOCK + 9));
    byte[] model = new byte[5 * BLOCK + 22];
    System.arraycopy(bytes, 7, model, 20, 5 * BLOCK + 2);
    assertArrayEquals(model, content(target));
    closeBoth();
  }

  @Test
  void muchThatIsMovedIsCopiedInPartsThatEndAtBlocks() throws CacheException {
    byte[] mebibyte = random(1 << 20);
    for (int i = 0; i < 66; i++) {
      source.append(ByteBuffer.wrap(mebibyte));
    }
    long copied = target.copyFrom(source, 1, 2, source.size());
    assertTrue(copied >= 64 << 20 && copied < source.size() - 1, copied + " bytes");
    assertEquals(0, (2 + copied) % BLOCK);
    assertEquals(
        source.size() - 1 - copied,
        target.copyFrom(source, 1 + copied, 2 + copied, Long.MAX_VALUE));
    byte[] expected = content(source);
    byte[] found = content(target);
    assertTrue(Arrays.equals(expected, 1, expected.length, found, 2, found.length));
    closeBoth();
  }

  @Test
  void holesStayHoles() throws CacheException {
    source.write(1L << 40, ByteBuffer.wrap(random(BLOCK)));
    source.commit();
    assertEquals(source.size(), target.copyFrom(source, 0, 0, Long.MAX_VALUE));
    target.commit();
    assertEquals(source.inode().content(), target.inode().content());
    // Out of phase as well, and over what was there.
    target.write(0, ByteBuffer.wrap(random(3 * BLOCK)));
    assertEquals(1L << 39, target.copyFrom(source, 0, 1, 1L << 39));
    target.commit();
    assertTrue(target.dataBytes() <= 3 * BLOCK, target.dataBytes() + " bytes");
    closeBoth();
  }

  @Test
  void withinOneFile() throws CacheException {
    byte[] bytes = fill(4 * BLOCK + 50);
    byte[] model = Arrays.copyOf(bytes, 12 * BLOCK + 50);
    System.arraycopy(bytes, 0, model, 8 * BLOCK, bytes.length);
    assertEquals(bytes.length, source.copyFrom(source, 0, 8 * BLOCK, bytes.length));
    assertArrayEquals(model, content(source));
    System.arraycopy(model, 8 * BLOCK + 1, model, 3, BLOCK);
    assertEquals(BLOCK, source.copyFrom(source, 8 * BLOCK + 1, 3, BLOCK));
    assertArrayEquals(model, content(source));
    closeBoth();
  }

  @Test
  void overlappingRangesAreRefused() throws CacheException {
    byte[] bytes = fill(4 * BLOCK);
    for (int to : new int[] {0, 1, BLOCK, 2 * BLOCK - 1}) {
      CacheException.Namespace e =
          assertThrows(
              CacheException.Namespace.class, () -> source.copyFrom(source, 0, to, 2 * BLOCK));
      assertEquals(CacheException.Namespace.Reason.INVALID, e.reason());
    }
    assertArrayEquals(bytes, content(source));
    assertEquals(2 * BLOCK, source.copyFrom(source, 0, 2 * BLOCK, 2 * BLOCK));
    closeBoth();
  }

  @Test
  void filesDoNotBecomeTooLarge() throws CacheException {
    fill(2 * BLOCK);
    assertThrows(
        CacheException.Namespace.class, () -> target.copyFrom(source, 0, LiveFile.MAX_SIZE, 1));
    assertEquals(BLOCK, target.copyFrom(source, 0, LiveFile.MAX_SIZE - BLOCK, 2 * BLOCK));
    closeBoth();
  }

  /** The pins of the copy keep the blocks until its commit. */
  @Test
  void theSourceMayGoBeforeTheCopyIsCommitted() throws CacheException {
    byte[] bytes = fill(5 * BLOCK + 1);
    target.copyFrom(source, 0, 0, bytes.length);
    source.truncate(0);
    source.commit();
    parts.tree.unlink(Inode.ROOT, Name.of("source"));
    source.close();
    assertArrayEquals(bytes, content(target));
    target.commit();
    assertArrayEquals(bytes, content(target));
    target.close();
    LiveFile again = parts.files.open(target.number());
    assertArrayEquals(bytes, content(again));
    again.close();
    parts.checkReferences();
  }

  @Test
  void blocksThatOnlyACopyHeldGoWithIt() throws CacheException {
    fill(5 * BLOCK);
    target.copyFrom(source, 0, 0, 5 * BLOCK);
    parts.tree.unlink(Inode.ROOT, Name.of("source"));
    source.close();
    target.truncate(0);
    target.close();
    assertEquals(0, parts.meta.totals().blocks());
    parts.checkReferences();
  }

  @Test
  void copiesInOppositeDirectionsEnd() throws Exception {
    byte[] bytes = fill(8 * BLOCK);
    target.write(0, ByteBuffer.wrap(random(8 * BLOCK + 1), 0, 8 * BLOCK));
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      Callable<Void> there = () -> copyOften(source, target);
      Callable<Void> back = () -> copyOften(target, source);
      for (Future<Void> done : pool.invokeAll(List.of(there, back), 60, TimeUnit.SECONDS)) {
        done.get();
      }
    } finally {
      pool.shutdown();
    }
    assertEquals(bytes.length, source.size());
    closeBoth();
  }

  private static Void copyOften(LiveFile from, LiveFile to) throws CacheException {
    for (int i = 0; i < 200; i++) {
      int at = i % 4 * BLOCK;
      assertEquals(2 * BLOCK, to.copyFrom(from, at, at, 2 * BLOCK));
    }
    return null;
  }
}

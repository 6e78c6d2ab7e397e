package io.unicache.store.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.chunk.FixedChunker;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.BlockStream;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.ingest.StoredBlock;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.read.BlockReader;
import io.unicache.store.read.ContentReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of unknown length: which pack they get, and what a full disk does to them. */
class HoldBackTest {

  private static final int BLOCK = 1 << 20;
  private static final int BLOCKS = (int) (PackSet.OWN_PACK_BYTES / BLOCK);

  @TempDir Path directory;
  private final FaultyFiles files = new FaultyFiles();
  private final Random random = new Random(1);
  private PackSet packs;
  private MetaStore meta;
  private Ingest ingest;
  private BlockReader blocks;

  @BeforeEach
  void open() throws CacheException {
    packs = PackSet.open(directory.resolve("packs"), new UUID(0, 1), files, 1L << 30);
    meta = MetaStore.open(directory.resolve("meta"));
    blocks = new BlockReader(packs, BLOCK);
    ingest = new Ingest(packs, meta.pins(), blocks::isSound, new FixedChunker(BLOCK), 2);
  }

  @AfterEach
  void close() throws CacheException {
    files.inject(FaultyFiles.Fault.NONE);
    ingest.close();
    meta.close();
    packs.close();
  }

  @Test
  void aLongStreamLiesInAPackOfItsOwnAsItIs() throws CacheException {
    int small = sharedPack();
    try (BlockStream stream = ingest.stream(-1)) {
      List<StoredBlock> submitted = submit(stream, BLOCKS + 3);
      stream.drain();
      int own = submitted.get(0).location().pack();
      assertNotEquals(small, own);
      for (int i = 0; i < submitted.size(); i++) {
        assertEquals(own, submitted.get(i).location().pack());
        assertEquals((long) i * BLOCK, submitted.get(i).location().offset());
      }
      assertEquals((long) submitted.size() * BLOCK, stream.newBytes());
    }
  }

  @Test
  void aShortStreamGoesToTheSharedPack() throws CacheException {
    int small = sharedPack();
    try (BlockStream stream = ingest.stream(-1)) {
      List<StoredBlock> submitted = submit(stream, BLOCKS - 1);
      stream.drain();
      for (StoredBlock block : submitted) {
        assertEquals(small, block.location().pack());
      }
    }
    assertEquals(1, packs.count());
  }

  @Test
  void holesCountAndKeepTheirRoom() throws CacheException {
    try (BlockStream stream = ingest.stream(-1)) {
      stream.skip(2L * BLOCK);
      StoredBlock first = submit(stream, 1).get(0);
      stream.skip(PackSet.OWN_PACK_BYTES);
      StoredBlock second = submit(stream, 1).get(0);
      stream.drain();
      assertEquals(2L * BLOCK, first.location().offset());
      assertEquals(3L * BLOCK + PackSet.OWN_PACK_BYTES, second.location().offset());
      assertEquals(first.location().pack(), second.location().pack());
    }
  }

  @Test
  void zerosAloneMakeNoPack() throws CacheException {
    try (BlockStream stream = ingest.stream(-1)) {
      stream.skip(1L << 40);
      stream.drain();
    }
    assertEquals(0, packs.count());
  }

  @Test
  void aDrainInTheMiddleDecidesForTheSharedPack() throws CacheException {
    int small = sharedPack();
    try (BlockStream stream = ingest.stream(-1)) {
      List<StoredBlock> submitted = new ArrayList<>(submit(stream, 5));
      stream.drain();
      submitted.forEach(block -> assertNotNull(block.location()));
      submitted.addAll(submit(stream, BLOCKS));
      stream.drain();
      submitted.forEach(block -> assertEquals(small, block.location().pack()));
    }
  }

  @Test
  void whatIsHeldIsReadFromMemory() throws CacheException {
    try (BlockStream stream = ingest.stream(-1)) {
      byte[] bytes = block();
      StoredBlock held = stream.submit(bytes.clone(), BLOCK);
      ByteBuffer read = ByteBuffer.allocate(100);
      assertTrue(held.copyFromMemory(7, read, 100));
      assertArrayEquals(Arrays.copyOfRange(bytes, 7, 107), read.array());
      assertNull(held.location());
    }
    assertEquals(0, packs.count(), "given up, it was never written");
  }

  @Test
  void blocksThatAreKnownAreNotHeld() throws CacheException {
    byte[] known = block();
    Content content = store(known);
    try (BlockStream stream = ingest.stream(-1)) {
      StoredBlock again = stream.submit(known.clone(), BLOCK);
      StoredBlock fresh = submit(stream, 1).get(0);
      settle(stream);
      assertNotNull(again.location());
      assertNull(fresh.location());
      assertEquals(content.manifest().hash(0), again.hash());
      stream.drain();
      assertEquals(BLOCK, stream.newBytes());
    }
  }

  @Test
  void aFewNewBlocksInALongStreamGetNoPackOfTheirOwn() throws CacheException {
    int small = sharedPack();
    byte[] known = new byte[(int) PackSet.OWN_PACK_BYTES];
    random.nextBytes(known);
    store(known);
    try (ContentWriter writer = ingest.writer(-1)) {
      writer.append(ByteBuffer.wrap(known));
      writer.append(ByteBuffer.wrap(block()));
      writer.append(ByteBuffer.wrap(known));
      Content content = writer.finish();
      assertEquals(BLOCK, content.newBytes());
      assertEquals(small, meta.pins().pin(content.manifest().hash(BLOCKS)).orElseThrow().pack());
      meta.pins().unpin(List.of(content.manifest().hash(BLOCKS)));
    }
  }

  @Test
  void twoStreamsHoldAndAThirdDoesNot() throws CacheException {
    try (BlockStream one = ingest.stream(-1);
        BlockStream two = ingest.stream(-1);
        BlockStream three = ingest.stream(-1)) {
      List<StoredBlock> ones = submit(one, 3);
      List<StoredBlock> twos = submit(two, 3);
      settle(one);
      settle(two);
      List<StoredBlock> threes = submit(three, BLOCKS + 1);
      three.drain();
      assertEquals(1, packs.count());
      ones = concat(ones, submit(one, BLOCKS));
      twos = concat(twos, submit(two, 1));
      two.drain();
      one.drain();
      assertEquals(0, ones.get(0).location().offset());
      assertEquals((BLOCKS + 2L) * BLOCK, ones.get(BLOCKS + 2).location().offset());
      assertEquals(threes.get(0).location().pack(), twos.get(3).location().pack());
    }
  }

  @Test
  void theSameNewBlockTwiceIsStoredOnce() throws CacheException {
    byte[] bytes = block();
    try (BlockStream one = ingest.stream(-1);
        BlockStream two = ingest.stream(-1)) {
      StoredBlock first = one.submit(bytes.clone(), BLOCK);
      StoredBlock again = one.submit(bytes.clone(), BLOCK);
      StoredBlock other = two.submit(bytes.clone(), BLOCK);
      two.drain();
      one.drain();
      assertEquals(first.location(), again.location());
      assertEquals(first.location(), other.location());
      assertEquals(BLOCK, one.newBytes() + two.newBytes());
    }
  }

  @Test
  void aStreamThatIsStillGivesWay() throws Exception {
    try (BlockStream one = ingest.stream(-1);
        BlockStream two = ingest.stream(-1);
        BlockStream three = ingest.stream(-1)) {
      StoredBlock still = submit(one, 1).get(0);
      settle(one);
      submit(two, 1);
      settle(two);
      Thread.sleep(1200);
      submit(two, 1);
      settle(two);
      List<StoredBlock> submitted = submit(three, BLOCKS);
      three.drain();
      assertNotNull(still.location());
      assertEquals(0, submitted.get(0).location().offset());
      assertNotEquals(still.location().pack(), submitted.get(0).location().pack());
    }
  }

  @Test
  void aFullDiskRefusesWhatWasHeldAndTakesItLater() throws CacheException {
    byte[] bytes = new byte[5 * BLOCK];
    random.nextBytes(bytes);
    try (ContentWriter writer = ingest.writer(-1)) {
      writer.append(ByteBuffer.wrap(bytes));
      files.inject(FaultyFiles.Fault.on(FaultyFiles.Op.WRITE, ".pack", FaultyFiles.ENOSPC));
      assertThrows(CacheException.Full.class, writer::finish);
    }
    files.inject(FaultyFiles.Fault.NONE);
    assertArrayEquals(bytes, read(store(bytes)));
  }

  @Test
  void blocksThatWereRefusedWhenTheStreamGotItsPackAreNotLost() throws CacheException {
    try (BlockStream stream = ingest.stream(-1)) {
      List<byte[]> bytes = new ArrayList<>();
      List<StoredBlock> submitted = new ArrayList<>();
      for (int i = 0; i < BLOCKS - 1; i++) {
        bytes.add(block());
        submitted.add(stream.submit(bytes.get(i).clone(), BLOCK));
      }
      files.inject(FaultyFiles.Fault.on(FaultyFiles.Op.WRITE, ".pack", FaultyFiles.ENOSPC));
      bytes.add(block());
      submitted.add(stream.submit(bytes.get(BLOCKS - 1).clone(), BLOCK));
      assertThrows(CacheException.Full.class, stream::drain);
      ByteBuffer inMemory = ByteBuffer.allocate(BLOCK);
      assertTrue(submitted.get(3).copyFromMemory(0, inMemory, BLOCK));
      assertArrayEquals(bytes.get(3), inMemory.array());
      files.inject(FaultyFiles.Fault.NONE);
      stream.drain();
      for (int i = 0; i < BLOCKS; i++) {
        ByteBuffer read = ByteBuffer.allocate(BLOCK);
        StoredBlock block = submitted.get(i);
        assertEquals((long) i * BLOCK, block.location().offset());
        blocks.read(block.hash(), block.location(), 0, read, BLOCK);
        assertArrayEquals(bytes.get(i), read.array());
      }
    }
  }

  @Test
  void aFullDiskInADrainLosesNothing() throws CacheException {
    try (BlockStream stream = ingest.stream(-1)) {
      List<StoredBlock> submitted = new ArrayList<>(submit(stream, 4));
      files.inject(FaultyFiles.Fault.on(FaultyFiles.Op.WRITE, ".index", FaultyFiles.ENOSPC));
      assertThrows(CacheException.Full.class, stream::drain);
      files.inject(FaultyFiles.Fault.NONE);
      submitted.addAll(submit(stream, 2));
      stream.drain();
      for (StoredBlock block : submitted) {
        assertTrue(blocks.isSound(block.hash(), block.location()));
      }
    }
  }

  private List<StoredBlock> submit(BlockStream stream, int count) throws CacheException {
    List<StoredBlock> submitted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      submitted.add(stream.submit(block(), BLOCK));
    }
    return submitted;
  }

  private byte[] block() {
    byte[] bytes = new byte[BLOCK];
    random.nextBytes(bytes);
    return bytes;
  }

  private static <T> List<T> concat(List<T> a, List<T> b) {
    List<T> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  /** Waits until every block is held or stored; unlike a drain it decides nothing. */
  private static void settle(BlockStream stream) throws CacheException {
    stream.unpin();
  }

  /** Returns the number of the pack that small streams share. */
  private int sharedPack() throws CacheException {
    Content content = store(new byte[] {1, 2, 3});
    return meta.block(content.manifest().hash(0)).orElseThrow().location().pack();
  }

  private Content store(byte[] bytes) throws CacheException {
    try (ContentWriter writer = ingest.writer(bytes.length)) {
      writer.append(ByteBuffer.wrap(bytes));
      Content content = writer.finish();
      meta.update(
          transaction -> {
            transaction.retain(content.id(), content.manifest());
            return null;
          });
      return content;
    }
  }

  private byte[] read(Content content) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate((int) content.manifest().size());
    new ContentReader(content.manifest(), meta, blocks).read(0, all);
    return all.array();
  }
}

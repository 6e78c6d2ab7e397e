package io.unicache.store.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.chunk.FixedChunker;
import io.unicache.store.error.CacheException;
import io.unicache.store.gc.Compactor;
import io.unicache.store.gc.LeakFinder;
import io.unicache.store.gc.Pace;
import io.unicache.store.gc.SpaceReclaimer;
import io.unicache.store.gc.Thrift;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.read.BlockReader;
import io.unicache.store.read.CollectingTarget;
import io.unicache.store.read.ContentReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packs of which little is left are emptied, under readers and crashes. */
class CompactionTest {

  private static final int BLOCK = 4096;
  private static final int FILE_BLOCKS = 4;
  private static final long PACK_BYTES = 64 * BLOCK;

  @TempDir Path directory;

  private FaultyFiles files;
  private PackSet packs;
  private MetaStore meta;
  private BlockReader blocks;
  private Ingest ingest;
  private SpaceReclaimer reclaimer;
  private Compactor compactor;

  /** What there is, by seed. */
  private final Map<Long, Content> contents = new HashMap<>();

  @BeforeEach
  void open() throws CacheException {
    open(directory.resolve("store"));
  }

  private void open(Path store) throws CacheException {
    files = new FaultyFiles(1 << 20);
    files.withoutPunching();
    packs = PackSet.open(store.resolve("packs"), new UUID(0, 1), files, PACK_BYTES);
    meta = MetaStore.open(store.resolve("meta"));
    blocks = new BlockReader(packs, BLOCK);
    ingest = new Ingest(packs, meta.pins(), blocks::isSound, new FixedChunker(BLOCK), 1);
    reclaimer = new SpaceReclaimer(packs, meta);
    compactor =
        new Compactor(
            packs, meta, reclaimer::sync, pack -> packs.sparse().empty(pack), blocks::forget);
  }

  @AfterEach
  void close() throws CacheException {
    files.inject(FaultyFiles.Fault.NONE);
    ingest.close();
    meta.close();
    packs.close();
  }

  @Test
  void whatIsLeftMovesAndThePacksGo() throws Exception {
    fill(0, 64);
    removeAllBut(8);
    long before = bytes();
    long needed = 8L * FILE_BLOCKS * BLOCK;
    assertTrue(before >= 8 * needed, "nothing can be punched: " + before);
    long given = compact();
    assertTrue(bytes() < needed * 5 / 4, bytes() + " bytes are left for " + needed);
    assertTrue(Math.abs(before - bytes() - given) <= 2 * BLOCK, "but for the new index: " + given);
    assertEquals(1, packs.count());
    checkAll();
    reopen();
    checkAll();
    assertEquals(List.of(), packs.damaged());
    assertEquals(0, freedRows());
  }

  @Test
  void packNumbersAreNotGivenOutAgain() throws Exception {
    fill(0, 64);
    removeAllBut(4);
    compact();
    NavigableSet<Integer> before = numbers();
    remove(contents.keySet().iterator().next());
    for (long seed : List.copyOf(contents.keySet())) {
      remove(seed);
    }
    reclaimer.syncAndReclaim();
    assertEquals(0, packs.count());
    reopen();
    store(1000);
    assertTrue(numbers().first() > before.last(), before + " came before " + numbers());
  }

  @Test
  void packsThatAreNeededStay() throws Exception {
    fill(0, 64);
    NavigableSet<Integer> before = numbers();
    assertEquals(0, compact());
    assertEquals(before, numbers());
    checkAll();
  }

  @Test
  void inTheBackgroundOnlyWhatPaysIsMoved() throws Exception {
    fill(0, 64);
    removeAllBut(8);
    assertEquals(
        0, compactor.run(Thrift.BACKGROUND, Pace.unlimited()), "so little is not worth it");
    checkAll();
  }

  /** Readers have looked up where blocks are, and keep what they know; addresses as well. */
  @Test
  void readersSeeTheRightBytesAllTheWhile() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 12; round++) {
        fill(round * 1000L, 32);
        removeAllBut(6);
        done.set(false);
        List<Future<Integer>> running = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          boolean mapped = i == 0;
          List<ContentReader> open = openReaders();
          List<byte[]> expected = expected();
          readAll(open, expected, mapped);
          running.add(
              readers.submit(
                  () -> {
                    int times = 0;
                    while (!done.get() || times == 0) {
                      readAll(open, expected, mapped);
                      times++;
                    }
                    return times;
                  }));
        }
        try {
          assertTrue(compact() > 0);
        } finally {
          done.set(true);
        }
        for (Future<Integer> reader : running) {
          reader.get();
        }
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a reader failed", e.getCause());
    } finally {
      done.set(true);
      readers.shutdown();
    }
  }

  @Test
  void aCrashAtAnyStepLosesNothingAndNoSpace() throws Exception {
    fill(0, 24);
    removeAllBut(3);
    Path store = directory.resolve("store");
    List<Path> images = new ArrayList<>();
    files.inject(
        (op, file) -> {
          if (op != FaultyFiles.Op.READ && images.size() < 200) {
            Path image = directory.resolve("image" + images.size());
            images.add(image);
            CrashImage.copy(store, image);
          }
        });
    compact();
    files.inject(FaultyFiles.Fault.NONE);
    assertTrue(images.size() > 20, images.size() + " steps");
    close();
    for (Path image : images) {
      open(image);
      checkAll();
      new LeakFinder(packs, meta).run();
      reclaimer.syncAndReclaim();
      compactor.run(Thrift.ALL, Pace.unlimited());
      reclaimer.syncAndReclaim();
      checkAll();
      assertEquals(3 * FILE_BLOCKS, indexedBlocks(), image + ": blocks that nothing needs");
      assertEquals(List.of(), packs.damaged(), image.toString());
      assertEquals(0, freedRows(), image.toString());
      close();
      CrashImage.delete(image);
    }
    open(store);
  }

  @Test
  void anErrorAtAnyStepLosesNothingAndTheNextRunEndsIt() throws Exception {
    int steps = Integer.MAX_VALUE;
    for (int failing = 0; failing < steps; failing++) {
      fill(failing * 100L, 20);
      removeAllBut(3);
      AtomicInteger count = new AtomicInteger();
      int last = failing;
      files.inject(
          (op, file) -> {
            boolean counts = op != FaultyFiles.Op.READ && op != FaultyFiles.Op.FORCE;
            if (counts && count.getAndIncrement() == last) {
              throw new IOException(last % 2 == 0 ? FaultyFiles.ENOSPC : "it does not work today");
            }
          });
      try {
        compact();
      } catch (CacheException e) {
        assertTrue(count.get() > failing, "not the error that was injected: " + e);
      }
      steps = count.get() > failing ? Integer.MAX_VALUE : 0;
      files.inject(FaultyFiles.Fault.NONE);
      checkAll();
      reclaimer.syncAndReclaim();
      compact();
      checkAll();
      reclaimer.syncAndReclaim();
      reopen();
      checkAll();
      for (long seed : List.copyOf(contents.keySet())) {
        remove(seed);
      }
      new LeakFinder(packs, meta).run();
      reclaimer.syncAndReclaim();
      assertEquals(0, indexedBlocks(), "after an error at step " + failing);
    }
  }

  @Test
  void itEndsWhenItIsToldToAndGoesOnLater() throws Exception {
    fill(0, 64);
    removeAllBut(6);
    Pace pace = Pace.unlimited();
    AtomicInteger writes = new AtomicInteger();
    files.inject(
        (op, file) -> {
          if (op == FaultyFiles.Op.WRITE && writes.incrementAndGet() == 8) {
            pace.close();
          }
        });
    compactor.run(Thrift.ALL, pace);
    files.inject(FaultyFiles.Fault.NONE);
    assertTrue(packs.count() > 1, "it has ended before");
    checkAll();
    reclaimer.syncAndReclaim();
    checkAll();
    compact();
    assertEquals(1, packs.count());
    checkAll();
  }

  @Test
  void aPackWithBlocksThatAreNotCommittedStays() throws Exception {
    byte[] bytes = random(1, FILE_BLOCKS);
    try (ContentWriter writer = ingest.writer(bytes.length)) {
      writer.append(ByteBuffer.wrap(bytes));
      Content content = writer.finish();
      fill(100, 31);
      for (long seed : List.copyOf(contents.keySet())) {
        remove(seed);
      }
      reclaimer.syncAndReclaim();
      compact();
      assertTrue(numbers().contains(1));
      retain(1, content);
    }
    checkAll();
    compact();
    assertFalse(numbers().contains(1));
    checkAll();
  }

  @Test
  void aDamagedBlockStaysWhereItIsAndIsFound() throws Exception {
    fill(0, 32);
    removeAllBut(3);
    long seed = contents.keySet().iterator().next();
    Manifest manifest = contents.get(seed).manifest();
    var at = meta.block(manifest.hash(2)).orElseThrow().location();
    try (FileChannel pack =
        FileChannel.open(packs.lendable().file(at.pack()), StandardOpenOption.WRITE)) {
      pack.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), at.offset());
    }
    compact();
    compact();
    assertEquals(at, meta.block(manifest.hash(2)).orElseThrow().location());
    assertThrows(
        CacheException.Corrupt.class,
        () -> new ContentReader(manifest, meta, blocks).read(0, ByteBuffer.allocate(4 * BLOCK)));
    contents.remove(seed);
    checkAll();
  }

  @Test
  void aPackThatIsNotToBeTouchedIsLeftAlone() throws Exception {
    fill(0, 64);
    removeAllBut(4);
    NavigableSet<Integer> before = numbers();
    Compactor refused =
        new Compactor(packs, meta, reclaimer::sync, pack -> Optional.empty(), blocks::forget);
    assertEquals(0, refused.run(Thrift.ALL, Pace.unlimited()));
    assertEquals(before, numbers());
  }

  private long compact() throws CacheException {
    return compactor.run(Thrift.ALL, Pace.unlimited());
  }

  private void fill(long firstSeed, int count) throws CacheException {
    for (int i = 0; i < count; i++) {
      store(firstSeed + i);
    }
  }

  private void store(long seed) throws CacheException {
    byte[] bytes = random(seed, FILE_BLOCKS);
    try (ContentWriter writer = ingest.writer(bytes.length)) {
      writer.append(ByteBuffer.wrap(bytes));
      retain(seed, writer.finish());
    }
  }

  private void retain(long seed, Content content) throws CacheException {
    meta.update(
        transaction -> {
          transaction.retain(content.id(), content.manifest());
          return null;
        });
    contents.put(seed, content);
  }

  private void remove(long seed) throws CacheException {
    ContentId id = contents.remove(seed).id();
    meta.update(
        transaction -> {
          transaction.release(id);
          return null;
        });
  }

  /** Keeps so many, spread over all packs, and gives back what can be without moving anything. */
  private void removeAllBut(int count) throws CacheException {
    List<Long> seeds = contents.keySet().stream().sorted().toList();
    int step = seeds.size() / count;
    for (int i = 0; i < seeds.size(); i++) {
      if (i % step != 0 || i / step >= count) {
        remove(seeds.get(i));
      }
    }
    reclaimer.syncAndReclaim();
  }

  private void checkAll() throws CacheException {
    readAll(openReaders(), expected(), false);
  }

  private List<ContentReader> openReaders() {
    return seeds().stream()
        .map(seed -> new ContentReader(contents.get(seed).manifest(), meta, blocks))
        .toList();
  }

  private List<byte[]> expected() {
    return seeds().stream().map(seed -> random(seed, FILE_BLOCKS)).toList();
  }

  private List<Long> seeds() {
    return contents.keySet().stream().sorted().toList();
  }

  private static void readAll(List<ContentReader> readers, List<byte[]> expected, boolean mapped)
      throws CacheException {
    for (int i = 0; i < readers.size(); i++) {
      byte[] wanted = expected.get(i);
      if (mapped) {
        CollectingTarget target = new CollectingTarget();
        readers.get(i).read(0, wanted.length, target);
        assertArrayEquals(wanted, target.bytes());
      } else {
        ByteBuffer into = ByteBuffer.allocate(wanted.length);
        readers.get(i).read(0, into);
        assertArrayEquals(wanted, into.array());
      }
    }
  }

  private int indexedBlocks() throws CacheException {
    return Blocks.indexed(packs).size();
  }

  private int freedRows() throws CacheException {
    reclaimer.syncAndReclaim();
    AtomicInteger rows = new AtomicInteger();
    meta.forEachFreed(location -> rows.incrementAndGet() > 0);
    return rows.get();
  }

  private NavigableSet<Integer> numbers() {
    NavigableSet<Integer> numbers = new TreeSet<>();
    packs.sparse().usage().forEach(pack -> numbers.add(pack.pack()));
    return numbers;
  }

  private long bytes() throws CacheException {
    packs.sync();
    return packs.bytesOnDisk();
  }

  private void reopen() throws CacheException {
    close();
    open();
  }

  private static byte[] random(long seed, int blocks) {
    byte[] bytes = new byte[blocks * BLOCK];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

package io.unicache.store.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.unicache.store.chunk.FixedChunker;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.file.LiveFiles;
import io.unicache.store.gc.LeakFinder;
import io.unicache.store.gc.SpaceReclaimer;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.os.FileUse;
import io.unicache.store.os.NativeFiles;
import io.unicache.store.read.BlockReader;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packs that are lent to open files, and taken over when those are written to. */
class PackLendingTest {

  private static final int BLOCK = 1 << 20;
  private static final int SIZE = (int) PackSet.OWN_PACK_BYTES + BLOCK + 1234;
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path directory;
  private FaultyFiles files;
  private PackSet packs;
  private MetaStore meta;
  private Tree tree;
  private Ingest ingest;
  private LiveFiles live;

  @BeforeEach
  void open() throws CacheException {
    open(directory);
  }

  private void open(Path store) throws CacheException {
    files = new FaultyFiles(BLOCK);
    packs = PackSet.open(store.resolve("packs"), new UUID(0, 1), files, 1L << 30);
    meta = MetaStore.open(store.resolve("meta"));
    tree = Tree.open(meta, Clock.systemUTC(), 0, 0);
    BlockReader blocks = new BlockReader(packs, BLOCK);
    ingest = new Ingest(packs, meta.pins(), blocks::isSound, new FixedChunker(BLOCK), 2);
    live =
        LiveFiles.open(
            packs,
            meta,
            tree,
            ingest,
            blocks,
            store.resolve("staging"),
            new SpaceReclaimer(packs, meta)::sync,
            Clock.systemUTC());
    live.recover();
  }

  @AfterEach
  void close() throws CacheException {
    files.inject(FaultyFiles.Fault.NONE);
    live.close();
    ingest.close();
    meta.close();
    packs.close();
  }

  @Test
  void aFileThatLiesInItsPackIsLentOnceItHasBeenLookedAt() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    LiveFile file = live.open(inode);
    try {
      assertEquals(Optional.empty(), file.lend());
      Path path = lend(file);
      assertArrayEquals(bytes, Files.readAllBytes(path));
    } finally {
      file.close();
    }
  }

  @Test
  void holesMayBeInIt() throws Exception {
    byte[] bytes = random(SIZE, 1);
    Arrays.fill(bytes, 0, 2 * BLOCK, (byte) 0);
    Arrays.fill(bytes, 7 * BLOCK, 20 * BLOCK, (byte) 0);
    long inode = write("a", bytes);
    LiveFile file = live.open(inode);
    try {
      assertArrayEquals(bytes, Files.readAllBytes(lend(file)));
    } finally {
      file.close();
    }
  }

  @Test
  void otherFilesAreNotLent() throws Exception {
    byte[] bytes = random(SIZE, 1);
    byte[] shared = random(SIZE, 2);
    System.arraycopy(bytes, 0, shared, 5 * BLOCK, BLOCK);
    long good = write("good", bytes);
    long small = write("small", random(BLOCK, 3));
    long sharing = write("sharing", shared);
    long grown = write("grown", random(SIZE, 4));
    append(grown, random(100, 5));
    LiveFile goodFile = live.open(good);
    for (long inode : new long[] {small, sharing, grown}) {
      LiveFile file = live.open(inode);
      assertEquals(Optional.empty(), file.lend());
      lend(goodFile); // looked at after the other one
      assertEquals(Optional.empty(), file.lend());
      file.close();
      goodFile.close();
      goodFile = live.open(good);
    }
    goodFile.close();
  }

  @Test
  void aDamagedFileIsNotLent() throws Exception {
    long bad = write("bad", random(SIZE, 1));
    long good = write("good", random(SIZE, 2));
    Path pack = packs.lendable().file(packOf(bad));
    try (FileChannel channel = FileChannel.open(pack, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), 17L * BLOCK);
    }
    LiveFile file = live.open(bad);
    LiveFile other = live.open(good);
    assertEquals(Optional.empty(), file.lend());
    lend(other);
    assertEquals(Optional.empty(), file.lend());
    other.close();
    file.close();
  }

  @Test
  void onePackIsLentToOneInode() throws Exception {
    byte[] bytes = random(SIZE, 1);
    LiveFile one = live.open(write("one", bytes));
    LiveFile two = live.open(write("two", bytes));
    lend(one);
    assertEquals(Optional.empty(), two.lend());
    one.close();
    assertTrue(two.lend().isPresent());
    two.close();
  }

  @Test
  void aWriterKeepsAFileFromBeingLent() throws Exception {
    long inode = write("a", random(SIZE, 1));
    LiveFile reader = live.open(inode);
    LiveFile writer = live.open(inode);
    writer.beginWriting();
    assertEquals(Optional.empty(), reader.lend());
    writer.endWriting();
    lend(reader);
    writer.close();
    reader.close();
  }

  @Test
  void whatIsWrittenIsSeenThroughTheLentFileAndByNobodyElse() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    long copy = write("copy", bytes);
    byte[] half = Arrays.copyOf(bytes, 9 * BLOCK);
    long part = write("part", half);
    LiveFile reader = live.open(inode);
    LiveFile other = live.open(copy);
    ByteBuffer some = ByteBuffer.allocate(10);
    other.read(BLOCK, some); // knows the old location from here on
    int pack = packOf(inode);
    try (FileChannel kernel = FileChannel.open(lend(reader), StandardOpenOption.READ)) {
      LiveFile writer = live.open(inode);
      writer.beginWriting();
      assertNotEquals(pack, packOf(copy));
      assertFalse(Files.exists(packs.lendable().file(pack)));
      assertTrue(writer.isTakenOver());
      byte[] changed = random(100, 7);
      writer.write(BLOCK + 5, ByteBuffer.wrap(changed));
      ByteBuffer seen = ByteBuffer.allocate(100);
      kernel.read(seen, BLOCK + 5);
      assertArrayEquals(changed, seen.array());
      assertArrayEquals(bytes, read(other));
      System.arraycopy(changed, 0, bytes, BLOCK + 5, 100);
      assertArrayEquals(bytes, read(reader));
      writer.truncate(SIZE - 100);
      assertEquals(SIZE - 100, kernel.size());
      writer.commit();
      writer.truncate(SIZE + 50);
      writer.endWriting();
      writer.close();
    }
    reader.close();
    other.close();
    byte[] expected = Arrays.copyOf(Arrays.copyOf(bytes, SIZE - 100), SIZE + 50);
    reopen();
    assertArrayEquals(expected, read(inode));
    assertArrayEquals(random(SIZE, 1), read(copy));
    assertArrayEquals(half, read(part));
    try (var left = Files.list(directory.resolve("staging"))) {
      assertEquals(0, left.count());
    }
    assertEquals(List.of(), packs.damaged());
  }

  @Test
  void truncatingTakesOverAsWell() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    LiveFile reader = live.open(inode);
    try (FileChannel kernel = FileChannel.open(lend(reader), StandardOpenOption.READ)) {
      LiveFile other = live.open(inode);
      other.truncate(0);
      other.close();
      assertEquals(0, kernel.size());
      assertEquals(0, reader.size());
    }
    reader.close();
    assertEquals(0, tree.inode(inode).size());
  }

  @Test
  void aMappingIsCommittedThoughNothingIsOpenAnyMore() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    LiveFile file = live.open(inode);
    lend(file);
    file.beginWriting();
    MappedByteBuffer mapping;
    try (FileChannel kernel =
        FileChannel.open(
            file.lend().orElseThrow(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      mapping = kernel.map(FileChannel.MapMode.READ_WRITE, 0, BLOCK);
    }
    mapping.put(3, (byte) ~bytes[3]);
    file.endWriting();
    file.close();
    assertTrue(live.find(inode).isPresent());
    mapping.put(4, (byte) ~bytes[4]);
    live.settle();
    bytes[3] = (byte) ~bytes[3];
    bytes[4] = (byte) ~bytes[4];
    assertArrayEquals(bytes, read(inode));
    assertTrue(live.find(inode).isPresent(), "it is mapped still");
    assertEquals(mapping.get(4), bytes[4]);
  }

  @Test
  void aPackThatIsMappedIsNotPunched() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    write("part", Arrays.copyOf(bytes, BLOCK));
    LiveFile file = live.open(inode);
    Path path = lend(file);
    assumeTrue(NativeFiles.use(path) != FileUse.UNKNOWN);
    SpaceReclaimer reclaimer = new SpaceReclaimer(packs, meta);
    try (FileChannel kernel = FileChannel.open(path, StandardOpenOption.READ)) {
      file.close();
      tree.unlink(Inode.ROOT, Name.of("a"));
      assertEquals(0, reclaimer.syncAndReclaim());
      ByteBuffer seen = ByteBuffer.allocate(SIZE);
      int count = 0;
      while (seen.hasRemaining() && count >= 0) {
        count = kernel.read(seen, seen.position());
      }
      assertArrayEquals(bytes, seen.array());
    }
    assertTrue(reclaimer.syncAndReclaim() >= SIZE - BLOCK);
  }

  @Test
  void aPackIsNotEmptiedWhileItIsLentOrMapped() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    LiveFile file = live.open(inode);
    Path path = lend(file);
    int pack = packOf(inode);
    assertEquals(Optional.empty(), live.empty(pack));
    try (FileChannel kernel = FileChannel.open(path, StandardOpenOption.READ)) {
      file.close();
      assertEquals(Optional.empty(), live.empty(pack));
      assertEquals(SIZE, kernel.size());
    }
    Emptying emptying = live.empty(pack).orElseThrow();
    LiveFile again = live.open(inode);
    assertEquals(Optional.empty(), again.lend(), "it is about to go");
    emptying.stay();
    lend(again);
    again.close();
  }

  @Test
  void withoutRoomForTheBlocksNothingChanges() throws Exception {
    byte[] bytes = random(SIZE, 1);
    long inode = write("a", bytes);
    LiveFile file = live.open(inode);
    Path path = lend(file);
    AtomicInteger writes = new AtomicInteger();
    files.inject(
        (op, name) -> {
          if (op == FaultyFiles.Op.WRITE
              && name.toString().endsWith(".pack")
              && writes.incrementAndGet() > 5) {
            throw new IOException(FaultyFiles.ENOSPC);
          }
        });
    assertThrows(CacheException.Full.class, file::beginWriting);
    assertThrows(CacheException.Full.class, () -> file.write(0, ByteBuffer.wrap(new byte[] {1})));
    files.inject(FaultyFiles.Fault.NONE);
    assertArrayEquals(bytes, Files.readAllBytes(path));
    assertArrayEquals(bytes, read(file));
    new SpaceReclaimer(packs, meta).syncAndReclaim();
    assertEquals(1, packs.count(), "the copies are gone");
    file.beginWriting();
    file.write(0, ByteBuffer.wrap(new byte[] {1}));
    file.endWriting();
    file.close();
    bytes[0] = 1;
    assertArrayEquals(bytes, read(inode));
  }

  @Test
  void aCrashAtAnyStepLosesNothing() throws Exception {
    byte[] before = random(SIZE, 1);
    byte[] after = before.clone();
    after[100] = (byte) ~after[100];
    int operations = operationsOfTakeover(before);
    Random random = new Random(5);
    for (int i = 0; i < 14; i++) {
      // Most of the operations copy blocks, one as good as another; the last ones differ.
      int crashAt = i < 10 ? operations - 1 - i : random.nextInt(operations);
      Path store = directory.resolve("crash" + i);
      close();
      open(store);
      long inode = write("a", before);
      long copy = write("copy", before);
      LiveFile file = live.open(inode);
      lend(file);
      files.inject(FaultyFiles.Fault.crashAt(crashAt));
      boolean written = takeOver(file);
      crash(store);
      assertArrayEquals(written ? after : before, read(inode), "crash at " + crashAt);
      assertArrayEquals(before, read(copy), "crash at " + crashAt);
      new LeakFinder(packs, meta).run();
      new SpaceReclaimer(packs, meta).syncAndReclaim();
      assertArrayEquals(written ? after : before, read(inode), "reclaimed, " + crashAt);
      assertArrayEquals(before, read(copy), "reclaimed, " + crashAt);
      reopen(store);
      assertEquals(List.of(), packs.damaged());
    }
  }

  private int operationsOfTakeover(byte[] bytes) throws Exception {
    LiveFile file = live.open(write("dry", bytes));
    lend(file);
    AtomicInteger count = new AtomicInteger();
    files.inject((op, name) -> count.incrementAndGet());
    file.beginWriting();
    files.inject(FaultyFiles.Fault.NONE);
    file.endWriting();
    file.close();
    return count.get();
  }

  /** Returns whether a change has been committed. */
  private static boolean takeOver(LiveFile file) {
    try {
      file.beginWriting();
      file.write(100, ByteBuffer.wrap(new byte[] {(byte) ~random(SIZE, 1)[100]}));
      file.commit();
      return true;
    } catch (CacheException e) {
      return false;
    }
  }

  /** Leaves everything as it is but for the metadata's lock. */
  private void crash(Path store) throws CacheException {
    live.close();
    meta.close();
    open(store);
  }

  private void reopen() throws CacheException {
    reopen(directory);
  }

  private void reopen(Path store) throws CacheException {
    close();
    open(store);
  }

  private long write(String name, byte[] bytes) throws CacheException {
    long inode =
        tree.createFile(
                Inode.ROOT, Name.of(name), Inode.Type.REGULAR, 0, new Tree.NewFile(0644, 0, 0))
            .number();
    append(inode, bytes);
    return inode;
  }

  private void append(long inode, byte[] bytes) throws CacheException {
    LiveFile file = live.open(inode);
    file.append(ByteBuffer.wrap(bytes));
    file.close();
  }

  private byte[] read(long inode) throws CacheException {
    LiveFile file = live.open(inode);
    try {
      return read(file);
    } finally {
      file.close();
    }
  }

  private static byte[] read(LiveFile file) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate((int) file.size());
    file.read(0, all);
    return all.array();
  }

  private int packOf(long inode) throws CacheException {
    var manifest = meta.manifest(tree.inode(inode).content().orElseThrow()).orElseThrow();
    return meta.block(manifest.manifest().hash(0)).orElseThrow().location().pack();
  }

  /** Lends a file; waits until it has been looked at. */
  private static Path lend(LiveFile file) throws Exception {
    long end = System.nanoTime() + WAIT_NANOS;
    Optional<Path> path = file.lend();
    while (path.isEmpty()) {
      if (System.nanoTime() > end) {
        fail("never lent");
      }
      Thread.sleep(10);
      path = file.lend();
    }
    return path.get();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

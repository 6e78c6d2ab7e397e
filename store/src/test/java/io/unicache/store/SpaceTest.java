package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.os.NativeFiles;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of the disk a store takes, compared with what its files need. */
class SpaceTest {

  private static final System.Logger LOG = System.getLogger(SpaceTest.class.getName());

  private static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;
  private static final int FILES = 300;
  private static final int LARGEST = 24 * BLOCK;
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(120);

  @TempDir Path temporary;

  private final Map<String, byte[]> model = new TreeMap<>();
  private int names;

  /** What all blocks take that were ever written, by the model. */
  private long written;

  private StoreConfig config() {
    return StoreConfig.at(temporary.resolve("store")).withBlockSize(BLOCK);
  }

  @Test
  void spaceComesBackByItselfAfterRandomWork() throws Exception {
    long seed = System.nanoTime();
    tell("seed", Long.toString(seed));
    Random random = new Random(seed);
    try (Store store = Store.open(config())) {
      for (int i = 0; i < FILES; i++) {
        create(store, random);
      }
      store.sync();
      long before = packBytes();
      assumeTrue(canPunch(store), "this file system cannot punch holes");
      for (int i = 0; i < 2 * FILES; i++) {
        change(store, random);
      }
      awaitReclaimed(store);
      long needed = blockBytes(store);
      long kept = packBytes();
      double returned = (double) (written - kept) / (written - needed);
      tell(
          "space",
          String.format(
              Locale.ROOT,
              "written %d, on the disk then %d, needed %d, on the disk %d: %.2f %% of what is not"
                  + " needed came back",
              written,
              before,
              needed,
              kept,
              100 * returned));
      assertTrue(returned >= 0.98, "only " + returned + " came back");
      checkAll(store);
    }
    try (Store store = Store.open(config())) {
      checkAll(store);
      store.gc();
      checkAll(store);
    }
  }

  @Test
  void gcLeavesFewPacksAndSaysWhatItFreed() throws Exception {
    Random random = new Random(7);
    try (Store store = Store.open(config())) {
      for (int i = 0; i < FILES; i++) {
        create(store, random);
      }
      store.sync();
      int kept = 0;
      for (String name : List.copyOf(model.keySet())) {
        if (kept++ % 20 != 0) {
          remove(store, name);
        }
      }
      long before = packBytes();
      long freed = store.gc();
      assertClose(before - packBytes(), freed, 2 * BLOCK);
      assertEquals(1, packs());
      checkAll(store);
      assertEquals(0, store.gc());
    }
    try (Store store = Store.open(config())) {
      checkAll(store);
    }
  }

  @Test
  void whatAStoreTakesIsWhatDuSays() throws Exception {
    try (Store store = Store.open(config())) {
      Random random = new Random(8);
      for (int i = 0; i < 20; i++) {
        create(store, random);
      }
      store.sync();
      long du = du(config().directory());
      assertClose(du, store.bytesOnDisk(), 1 << 20);
      assertTrue(store.stats().bytesOnDisk() <= store.bytesOnDisk());
    }
  }

  private static void assertClose(long expected, long actual, long tolerance) {
    assertTrue(Math.abs(expected - actual) <= tolerance, actual + ", not " + expected);
  }

  private void change(Store store, Random random) throws CacheException {
    List<String> all = new ArrayList<>(model.keySet());
    String name = all.isEmpty() ? null : all.get(random.nextInt(all.size()));
    int kind = random.nextInt(10);
    if (name == null || kind < 2) {
      create(store, random);
    } else if (kind < 6) {
      remove(store, name);
    } else if (kind < 8) {
      truncate(store, name, random);
    } else {
      overwrite(store, name, random);
    }
  }

  private void create(Store store, Random random) throws CacheException {
    int size = 1 + random.nextInt(random.nextBoolean() ? LARGEST : BLOCK / 2);
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    String name = "f" + names++;
    long inode =
        store
            .tree()
            .createFile(
                Inode.ROOT, Name.of(name), Inode.Type.REGULAR, 0, new Tree.NewFile(0644, 0, 0))
            .number();
    write(store, inode, 0, bytes);
    model.put(name, bytes);
    written += allocated(0, size, size);
  }

  private static void write(Store store, long inode, long at, byte[] bytes) throws CacheException {
    LiveFile file = store.files().open(inode);
    try {
      file.write(at, ByteBuffer.wrap(bytes));
    } finally {
      file.close();
    }
  }

  /** Returns what the blocks take that a range of a file touches. */
  private static long allocated(int from, int to, int size) {
    long bytes = 0;
    for (int at = from - from % BLOCK; at < to; at += BLOCK) {
      bytes += BlockLocation.allocated(Math.min(BLOCK, size - at));
    }
    return bytes;
  }

  private void remove(Store store, String name) throws CacheException {
    store.tree().unlink(Inode.ROOT, Name.of(name));
    model.remove(name);
  }

  private void truncate(Store store, String name, Random random) throws CacheException {
    byte[] bytes = model.get(name);
    int size = random.nextInt(bytes.length);
    LiveFile file = store.files().open(store.tree().resolve("/" + name).number());
    try {
      file.truncate(size);
    } finally {
      file.close();
    }
    model.put(name, Arrays.copyOf(bytes, size));
    if (size % BLOCK > 0) {
      written += BlockLocation.allocated(size % BLOCK);
    }
  }

  private void overwrite(Store store, String name, Random random) throws CacheException {
    byte[] bytes = model.get(name);
    if (bytes.length == 0) {
      return;
    }
    int at = random.nextInt(bytes.length);
    byte[] fresh = new byte[1 + random.nextInt(bytes.length - at)];
    random.nextBytes(fresh);
    write(store, store.tree().resolve("/" + name).number(), at, fresh);
    System.arraycopy(fresh, 0, bytes, at, fresh.length);
    written += allocated(at, at + fresh.length, bytes.length);
  }

  private void checkAll(Store store) throws CacheException {
    for (Map.Entry<String, byte[]> file : model.entrySet()) {
      Inode inode = store.tree().resolve("/" + file.getKey());
      ByteBuffer all = ByteBuffer.allocate((int) inode.size());
      if (inode.content().isPresent()) {
        store.reader(inode.content().get()).read(0, all);
      }
      assertArrayEquals(file.getValue(), all.array(), file.getKey());
    }
  }

  /** Waits for the upkeep, which nobody asks for. */
  private static void awaitReclaimed(Store store) throws Exception {
    long end = System.nanoTime() + WAIT_NANOS;
    while (freedRows(store) > 0) {
      if (System.nanoTime() > end) {
        fail(freedRows(store) + " blocks have not been given back");
      }
      Thread.sleep(50);
    }
  }

  private static int freedRows(Store store) throws CacheException {
    int[] rows = {0};
    store
        .meta()
        .forEachFreed(
            location -> {
              rows[0]++;
              return true;
            });
    return rows[0];
  }

  private static long blockBytes(Store store) throws CacheException {
    long[] bytes = {0};
    store
        .meta()
        .forEachBlock(
            block -> {
              bytes[0] += block.location().allocated();
              return true;
            });
    return bytes[0];
  }

  private static boolean canPunch(Store store) throws IOException {
    Path file = Files.createTempFile(store.directory(), "punch", "");
    try {
      Files.write(file, new byte[8192]);
      return NativeFiles.punchHole(file, 0, 4096);
    } finally {
      Files.delete(file);
    }
  }

  private int packs() throws IOException {
    try (var files = Files.list(config().directory().resolve("packs"))) {
      return (int) files.filter(file -> file.toString().endsWith(".pack")).count();
    }
  }

  private long packBytes() throws IOException {
    return du(config().directory().resolve("packs"));
  }

  /** What du says of the files below a directory. */
  private static long du(Path directory) throws IOException {
    long bytes = 0;
    try (var files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += NativeFiles.allocatedBytes(file).orElseThrow();
      }
    }
    return bytes;
  }

  private static void tell(String what, String value) {
    LOG.log(Level.INFO, "{0}: {1}", what, value);
  }
}

package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {

  private static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;

  @TempDir Path temporary;

  private StoreConfig config() {
    return StoreConfig.at(temporary.resolve("store")).withBlockSize(BLOCK);
  }

  @Test
  void everythingIsThereAfterReopening() throws CacheException {
    byte[] bytes = random(5 * BLOCK + 3, 1);
    try (Store store = Store.open(config())) {
      write(store, "a", bytes);
    }
    try (Store store = Store.open(StoreConfig.at(config().directory()))) {
      assertEquals(BLOCK, store.blockSize());
      assertArrayEquals(bytes, read(store, "a"));
      assertEquals(1, store.stats().files());
    }
  }

  @Test
  void onlyOneCanOwnAStore() throws CacheException {
    try (Store store = Store.open(config())) {
      CacheException.Busy busy =
          assertThrows(CacheException.Busy.class, () -> Store.open(config()));
      assertTrue(
          busy.getMessage().contains("process " + ProcessHandle.current().pid()),
          busy.getMessage());
      assertEquals(BLOCK, store.blockSize());
    }
    Store.open(config()).close();
  }

  @Test
  void anotherBlockSizeIsRefused() throws CacheException {
    Store.open(config()).close();
    assertThrows(
        CacheException.InvalidArgument.class, () -> Store.open(config().withBlockSize(2 * BLOCK)));
    assertThrows(
        CacheException.InvalidArgument.class,
        () -> Store.open(StoreConfig.at(temporary.resolve("other")).withBlockSize(100_000)));
    assertFalse(Files.exists(temporary.resolve("other")), "nothing is made for a bad block size");
  }

  @Test
  void aDirectoryWithOtherThingsIsNotMadeAStore() throws IOException {
    Files.createDirectories(config().directory());
    Files.writeString(config().directory().resolve("letter.txt"), "mine");
    assertThrows(CacheException.InvalidArgument.class, () -> Store.open(config()));
  }

  @Test
  void aMissingStoreIsNotMadeForReading() {
    assertThrows(CacheException.Missing.class, () -> Store.open(config().withReadOnly(true)));
  }

  @Test
  void aChangedStoreFileIsRefused() throws IOException {
    Store.open(config()).close();
    Path file = config().directory().resolve("store.json");
    String json = Files.readString(file);
    Files.writeString(file, json.replace("" + BLOCK, "" + 2 * BLOCK));
    assertThrows(
        CacheException.Corrupt.class, () -> Store.open(StoreConfig.at(config().directory())));
    Files.writeString(file, json.replace("\"format\" : 2", "\"format\" : 99"));
    assertThrows(
        CacheException.Version.class, () -> Store.open(StoreConfig.at(config().directory())));
    Files.writeString(file, "{");
    assertThrows(
        CacheException.Corrupt.class, () -> Store.open(StoreConfig.at(config().directory())));
  }

  @Test
  void lostMetadataIsNotTakenForAnEmptyStore() throws IOException {
    byte[] bytes = random(3 * BLOCK, 5);
    try (Store store = Store.open(config())) {
      write(store, "a", bytes);
    }
    Path meta = config().directory().resolve("meta");
    Path away = temporary.resolve("away");
    Files.move(meta, away);
    CacheException.Corrupt gone =
        assertThrows(CacheException.Corrupt.class, () -> Store.open(config()));
    assertTrue(gone.getMessage().contains("check --repair"), gone.getMessage());
    assertFalse(Files.exists(meta), "nothing is made in its place");
    Files.move(away, meta);
    try (Store store = Store.open(config())) {
      assertArrayEquals(bytes, read(store, "a"));
    }
  }

  @Test
  void aCrashKeepsWhatWasClosedAndLosesNoSpace() throws CacheException, IOException {
    byte[] closed = random(3 * BLOCK, 2);
    Path crashed = temporary.resolve("crashed");
    try (Store store = Store.open(config())) {
      write(store, "closed", closed);
      LiveFile open = store.files().open(create(store, "open"));
      open.write(0, ByteBuffer.wrap(random(4 * BLOCK, 3)));
      try (ContentWriter writer = store.writer(-1)) {
        writer.append(ByteBuffer.wrap(random(2 * BLOCK, 4)));
        writer.finish();
        CrashImage.copy(config().directory(), crashed); // as kill -9 would leave it
      }
      open.close();
    }
    try (Store store = Store.open(StoreConfig.at(crashed))) {
      assertArrayEquals(closed, read(store, "closed"));
      assertArrayEquals(new byte[0], read(store, "open"));
      store.gc();
      assertEquals(3, store.meta().totals().blocks());
      assertEquals(3 * BLOCK, livePackBytes(crashed));
    }
  }

  @Test
  void removedSpaceComesBack() throws CacheException, IOException {
    try (Store store = Store.open(config())) {
      write(store, "a", random(20 * BLOCK, 5));
      write(store, "b", random(3 * BLOCK, 6));
      store.sync();
      long before = livePackBytes(config().directory());
      store.tree().unlink(Inode.ROOT, Name.of("a"));
      assertTrue(store.gc() >= 20 * BLOCK);
      assertEquals(before - 20 * BLOCK, livePackBytes(config().directory()));
      assertArrayEquals(random(3 * BLOCK, 6), read(store, "b"));
    }
  }

  @Test
  void uniqueBytesAreThoseOfNoOtherFile() throws CacheException {
    try (Store store = Store.open(config())) {
      byte[] bytes = random(4 * BLOCK, 7);
      long a = write(store, "a", bytes);
      assertEquals(4 * BLOCK, unique(store, a));
      bytes[0]++;
      long b = write(store, "b", bytes);
      assertEquals(BLOCK, unique(store, a));
      write(store, "c", bytes);
      assertEquals(0, unique(store, b));
    }
  }

  @Test
  void aDamagedBlockIsNeverReturned() throws CacheException, IOException {
    byte[] bytes = random(2 * BLOCK, 8);
    try (Store store = Store.open(config())) {
      write(store, "a", bytes);
    }
    damage(config().directory().resolve("packs/00000001.pack"), BLOCK + 7);
    try (Store store = Store.open(StoreConfig.at(config().directory()))) {
      LiveFile file = store.files().open(store.tree().resolve("/a").number());
      ByteBuffer good = ByteBuffer.allocate(BLOCK);
      assertEquals(BLOCK, file.read(0, good));
      ByteBuffer bad = ByteBuffer.allocate(10);
      assertThrows(CacheException.Corrupt.class, () -> file.read(BLOCK + 100, bad));
      assertEquals(0, bad.position());
      file.close();
    }
  }

  @Test
  void storingTheSameBytesAgainHealsADamagedBlock() throws CacheException, IOException {
    byte[] bytes = random(2 * BLOCK, 10);
    try (Store store = Store.open(config())) {
      write(store, "a", bytes);
    }
    damage(config().directory().resolve("packs/00000001.pack"), BLOCK);
    try (Store store = Store.open(config())) {
      write(store, "b", bytes);
      assertArrayEquals(bytes, read(store, "b"));
      assertArrayEquals(bytes, read(store, "a"));
      store.gc();
      assertEquals(2 * BLOCK, livePackBytes(config().directory()));
    }
  }

  @Test
  void aFileWithADamagedEndCanBeWrittenOver() throws CacheException, IOException {
    try (Store store = Store.open(config())) {
      write(store, "a", random(100, 11));
    }
    damage(config().directory().resolve("packs/00000001.pack"), 50);
    try (Store store = Store.open(config())) {
      LiveFile file = store.files().open(store.tree().resolve("/a").number());
      file.truncate(0);
      file.write(0, ByteBuffer.wrap(random(70, 12)));
      file.close();
      assertArrayEquals(random(70, 12), read(store, "a"));
    }
  }

  /** The metadata of b reached the disk, its blocks did not. */
  @Test
  void afterAPowerCutNoBlockIsTakenForAnother() throws CacheException, IOException {
    Path crashed = temporary.resolve("crashed");
    Path pack = Path.of("packs/00000001.pack");
    Path index = Path.of("packs/00000001.index");
    try (Store store = Store.open(config())) {
      write(store, "a", random(BLOCK, 13));
      store.sync();
      long packBytes = Files.size(config().directory().resolve(pack));
      long indexBytes = Files.size(config().directory().resolve(index));
      write(store, "b", random(BLOCK, 14));
      CrashImage.copy(config().directory(), crashed);
      cut(crashed.resolve(pack), packBytes);
      cut(crashed.resolve(index), indexBytes);
    }
    try (Store store = Store.open(StoreConfig.at(crashed))) {
      write(store, "c", random(BLOCK, 15));
      assertThrows(CacheException.Namespace.class, () -> read(store, "b"));
      store.gc();
      assertArrayEquals(random(BLOCK, 13), read(store, "a"));
      assertArrayEquals(random(BLOCK, 15), read(store, "c"));
    }
  }

  @Test
  void anEmptiedFileGivesItsSpaceBackWhileItIsOpen() throws CacheException, IOException {
    try (Store store = Store.open(config())) {
      LiveFile file = store.files().open(create(store, "a"));
      for (int i = 0; i < 3; i++) {
        file.write(0, ByteBuffer.wrap(random(BLOCK, 20 + i)));
        file.commit();
        file.truncate(0);
        file.commit();
        store.gc();
      }
      assertEquals(0, livePackBytes(config().directory()));
      file.close();
    }
  }

  @Test
  void closingCommitsWhatIsOpen() throws CacheException {
    byte[] bytes = random(BLOCK + 1, 9);
    Store store = Store.open(config());
    LiveFile file = store.files().open(create(store, "a"));
    file.write(0, ByteBuffer.wrap(bytes));
    store.close();
    try (Store again = Store.open(config())) {
      assertArrayEquals(bytes, read(again, "a"));
    }
  }

  private static void damage(Path file, long offset) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, offset);
      one.flip();
      one.put(0, (byte) ~one.get(0));
      channel.write(one, offset);
    }
  }

  private static void cut(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static long unique(Store store, long inode) throws CacheException {
    return store.uniqueBytes(store.tree().inode(inode).content().orElseThrow());
  }

  private static long create(Store store, String name) throws CacheException {
    return store
        .tree()
        .createFile(Inode.ROOT, Name.of(name), Inode.Type.REGULAR, 0, new Tree.NewFile(0644, 0, 0))
        .number();
  }

  private static long write(Store store, String name, byte[] bytes) throws CacheException {
    long inode = create(store, name);
    LiveFile file = store.files().open(inode);
    file.write(0, ByteBuffer.wrap(bytes));
    file.close();
    return inode;
  }

  private static byte[] read(Store store, String name) throws CacheException {
    Inode inode = store.tree().resolve("/" + name);
    Optional<byte[]> none = Optional.of(new byte[0]);
    if (inode.content().isEmpty()) {
      return none.get();
    }
    assertFalse(inode.content().get().equals(Content.EMPTY_ID) && inode.size() > 0);
    ByteBuffer all = ByteBuffer.allocate((int) inode.size());
    assertEquals(all.capacity(), store.reader(inode.content().get()).read(0, all));
    return all.array();
  }

  /** Adds up what packs take on the disk, indexes left out. */
  private static long livePackBytes(Path store) throws IOException {
    Process du =
        new ProcessBuilder("sh", "-c", "du -B1 -c packs/*.pack | tail -1 | cut -f1")
            .directory(store.toFile())
            .start();
    return Long.parseLong(
        new String(du.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim());
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

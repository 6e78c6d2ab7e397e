package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Unsynced;
import io.unicache.store.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A power cut right after a commit: the metadata has reached the disk, but nothing that was
 * appended to packs and indexes since the last sync.
 */
class LostBlocksTest {

  private static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;

  @TempDir Path temporary;
  private Store store;
  private long packBytes;
  private long indexBytes;

  @BeforeEach
  void open() throws CacheException {
    store = Store.open(StoreConfig.at(temporary.resolve("store")).withBlockSize(BLOCK));
  }

  @AfterEach
  void close() throws CacheException {
    store.close();
  }

  private void sync() throws CacheException, IOException {
    store.sync();
    packBytes = Files.size(pack(store.directory()));
    indexBytes = Files.size(index(store.directory()));
  }

  private static Path pack(Path directory) {
    return directory.resolve("packs/00000001.pack");
  }

  private static Path index(Path directory) {
    return directory.resolve("packs/00000001.index");
  }

  /** Goes on with the store as the power cut has left it. */
  private void crash(boolean lose) throws CacheException, IOException {
    Path crashed = temporary.resolve("crashed");
    CrashImage.copy(store.directory(), crashed);
    if (lose) {
      cut(pack(crashed), packBytes);
      cut(index(crashed), indexBytes);
    }
    store.close();
    store = Store.open(StoreConfig.at(crashed));
    store.meta().forEachUnsynced(row -> fail(row));
  }

  private static boolean fail(Unsynced row) {
    throw new AssertionError("left: " + row);
  }

  private static void cut(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private long create(String name) throws CacheException {
    return store
        .tree()
        .createFile(Inode.ROOT, Name.of(name), Inode.Type.REGULAR, 0, new Tree.NewFile(0644, 0, 0))
        .number();
  }

  private void write(long inode, byte[] bytes) throws CacheException {
    LiveFile file = store.files().open(inode);
    file.truncate(0);
    file.write(0, ByteBuffer.wrap(bytes));
    file.close();
  }

  private byte[] read(long number) throws CacheException {
    Inode inode = store.tree().inode(number);
    ByteBuffer all = ByteBuffer.allocate((int) inode.size());
    if (inode.content().isPresent()) {
      store.reader(inode.content().get()).read(0, all);
    }
    return all.array();
  }

  private boolean isThere(String name) throws CacheException {
    return store.meta().entry(Inode.ROOT, Name.of(name)).isPresent();
  }

  @Test
  void aFileThatWasWrittenOverHasWhatWasSynced() throws Exception {
    long file = create("a");
    write(file, random(BLOCK + 7, 1));
    sync();
    Inode synced = store.tree().inode(file);
    write(file, random(3 * BLOCK, 2));
    write(file, random(2 * BLOCK, 3));
    crash(true);
    assertArrayEquals(random(BLOCK + 7, 1), read(file));
    assertEquals(synced.modified(), store.tree().inode(file).modified());
    assertEquals(2, store.meta().totals().blocks());
    store.gc();
    assertArrayEquals(random(BLOCK + 7, 1), read(file));
    assertEquals(store.meta().totals(), store.meta().recount());
  }

  @Test
  void whatReachedTheDiskIsKept() throws Exception {
    long file = create("a");
    write(file, random(BLOCK + 7, 1));
    sync();
    write(file, random(3 * BLOCK, 2));
    long other = create("b");
    write(other, random(BLOCK, 3));
    crash(false);
    assertArrayEquals(random(3 * BLOCK, 2), read(file));
    assertArrayEquals(random(BLOCK, 3), read(other));
    assertEquals(4, store.meta().totals().blocks());
  }

  @Test
  void aNewFileIsGoneWithAllItsNames() throws Exception {
    write(create("a"), random(BLOCK, 1));
    sync();
    long file = create("b");
    write(file, random(BLOCK, 2));
    store.tree().link(file, Inode.ROOT, Name.of("c"));
    create("empty");
    crash(true);
    assertFalse(isThere("b"));
    assertFalse(isThere("c"));
    assertTrue(isThere("empty"), "there was nothing to be lost");
    assertEquals(2, store.meta().totals().files());
    assertEquals(1, store.meta().totals().blocks());
  }

  @Test
  void aFileThatWasEmptyIsEmptyAgain() throws Exception {
    write(create("a"), random(BLOCK, 1));
    long file = create("b");
    sync();
    write(file, random(BLOCK, 2));
    crash(true);
    assertArrayEquals(new byte[0], read(file));
  }

  @Test
  void blocksThatAreLostAreStoredAgain() throws Exception {
    write(create("a"), random(BLOCK, 1));
    sync();
    write(create("b"), random(BLOCK, 2));
    crash(true);
    long again = create("b");
    write(again, random(BLOCK, 2));
    assertArrayEquals(random(BLOCK, 2), read(again));
  }

  @Test
  void allFilesOfALostContentAreFound() throws Exception {
    long one = create("a");
    write(one, random(BLOCK, 1));
    sync();
    write(one, random(BLOCK, 2));
    write(create("b"), random(BLOCK, 2));
    write(create("c"), random(BLOCK, 1));
    crash(true);
    assertArrayEquals(random(BLOCK, 1), read(one));
    assertFalse(isThere("b"));
    assertTrue(isThere("c"), "its block was there before");
    assertEquals(1, store.meta().totals().blocks());
  }

  @Test
  void whatAJournalSavedOnTopOfALostContentIsNotPutOnAnother() throws Exception {
    long file = create("a");
    write(file, random(4 * BLOCK, 1));
    sync();
    write(file, random(4 * BLOCK, 2));
    LiveFile open = store.files().open(file);
    open.write(5, ByteBuffer.wrap(random(9, 3)));
    open.save();
    List<Object> journals = new ArrayList<>();
    store.meta().forEachJournal(journals::add);
    assertEquals(1, journals.size());
    crash(true);
    assertArrayEquals(random(4 * BLOCK, 1), read(file));
  }

  @Test
  void whatASyncedJournalHeldIsNotLostWithTheNextContent() throws Exception {
    long file = create("a");
    write(file, random(4 * BLOCK, 1));
    store.sync();
    LiveFile open = store.files().open(file);
    open.write(5, ByteBuffer.wrap(random(9, 3)));
    open.save();
    sync();
    open.close();
    packBytes = Files.size(pack(store.directory())); // The commit has synced them by itself.
    indexBytes = Files.size(index(store.directory()));
    byte[] synced = read(file);
    write(file, random(2 * BLOCK, 4));
    crash(true);
    assertArrayEquals(synced, read(file));
  }

  @Test
  void aStoredFileIsWhatItWas() throws Exception {
    put("kept", random(BLOCK, 1));
    sync();
    put("kept", random(BLOCK, 2));
    put("new", random(BLOCK, 3));
    crash(true);
    assertEquals(1, store.meta().totals().files());
    assertEquals(1, store.meta().totals().blocks());
    ByteBuffer all = ByteBuffer.allocate(BLOCK);
    store.reader(store.meta().storedFile("kept").orElseThrow().content()).read(0, all);
    assertArrayEquals(random(BLOCK, 1), all.array());
  }

  private void put(String id, byte[] bytes) throws CacheException {
    new LocalService(store)
        .store(
            new ByteArrayInputStream(bytes),
            new CacheService.StoreRequest(
                "", bytes.length, Optional.of(id), Optional.empty(), true, 0644));
  }

  @Test
  void rowsGoWithTheSync() throws Exception {
    long file = create("a");
    write(file, random(BLOCK, 1));
    assertTrue(store.meta().isUnsynced(file));
    store.sync();
    assertFalse(store.meta().isUnsynced(file));
    write(file, random(BLOCK, 2));
    assertEquals(2, store.meta().totals().blocks(), "the old one is kept until it is not needed");
    store.sync();
    assertEquals(1, store.meta().totals().blocks());
    write(file, random(BLOCK, 3));
    store.tree().unlink(Inode.ROOT, Name.of("a"));
    assertEquals(0, store.meta().totals().blocks());
    store.meta().forEachUnsynced(row -> fail(row));
  }
}

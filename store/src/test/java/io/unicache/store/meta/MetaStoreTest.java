package io.unicache.store.meta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetaStoreTest {

  private static final int REGULAR = Inode.Type.REGULAR.bits() | 0644;

  @TempDir Path directory;
  private MetaStore meta;

  @BeforeEach
  void open() throws CacheException {
    meta = MetaStore.open(directory.resolve("meta"));
  }

  @AfterEach
  void close() throws CacheException {
    meta.close();
  }

  private void reopen() throws CacheException {
    meta.close();
    open();
  }

  private static Inode file(long number, ContentId content, long size) {
    return Inode.builder(number, REGULAR).content(content, size).build();
  }

  private void put(Inode inode) throws CacheException {
    meta.update(
        tx -> {
          tx.putInode(inode);
          return null;
        });
  }

  private List<BlockLocation> freed() throws CacheException {
    List<BlockLocation> freed = new ArrayList<>();
    meta.forEachFreed(freed::add);
    return freed;
  }

  @Test
  void contentCountsItsBlocksAsOftenAsTheyOccur() throws CacheException {
    Samples.store(meta, 1, 2, 1);
    assertEquals(2, meta.block(Samples.hash(1)).orElseThrow().references());
    assertEquals(1, meta.block(Samples.hash(2)).orElseThrow().references());
    assertEquals(Samples.location(1), meta.block(Samples.hash(1)).orElseThrow().location());
    assertEquals(
        new ManifestEntry(Samples.id(1, 2, 1), Samples.manifest(1, 2, 1), 1),
        meta.manifest(Samples.id(1, 2, 1)).orElseThrow());
    assertEquals(new MetaStore.Totals(0, 0, 2, 2 * Samples.BLOCK_BYTES), meta.totals());
  }

  @Test
  void blocksStayUntilTheLastContentGoes() throws CacheException {
    Samples.store(meta, 1, 2);
    Samples.store(meta, 2, 3);
    Samples.retain(meta, 1, 2);
    assertEquals(2, meta.manifest(Samples.id(1, 2)).orElseThrow().references());
    assertEquals(1, meta.block(Samples.hash(1)).orElseThrow().references());

    Samples.release(meta, 1, 2);
    assertTrue(meta.block(Samples.hash(1)).isPresent());
    Samples.release(meta, 1, 2);
    assertTrue(meta.manifest(Samples.id(1, 2)).isEmpty());
    assertTrue(meta.block(Samples.hash(1)).isEmpty());
    assertEquals(1, meta.block(Samples.hash(2)).orElseThrow().references());
    assertEquals(List.of(Samples.location(1)), freed());

    meta.update(
        tx -> {
          tx.deleteFreed(Samples.location(1));
          return null;
        });
    assertEquals(List.of(), freed());
  }

  @Test
  void replacingContentInOneChangeKeepsSharedBlocksWhateverTheOrder() throws CacheException {
    Samples.store(meta, 1, 2);
    Samples.pin(meta, 3);
    meta.update(
        tx -> {
          tx.release(Samples.id(1, 2));
          tx.retain(Samples.id(2, 3), Samples.manifest(2, 3));
          return null;
        });
    assertEquals(1, meta.block(Samples.hash(2)).orElseThrow().references());
    assertEquals(List.of(Samples.location(1)), freed());
    Samples.unpin(meta, 3);
  }

  @Test
  void retainRefusesBlocksThatAreNowhere() throws CacheException {
    Samples.store(meta, 1);
    meta.pins().pin(Samples.hash(2));
    CacheException.Missing missing =
        assertThrows(CacheException.Missing.class, () -> Samples.retain(meta, 1, 2));
    assertTrue(missing.getMessage().contains(Samples.hash(2).toString()));
    assertEquals(1, meta.block(Samples.hash(1)).orElseThrow().references());
    assertTrue(meta.manifest(Samples.id(1, 2)).isEmpty());
  }

  @Test
  void contentsThatAreNotThereCannotBeCounted() {
    assertThrows(CacheException.Missing.class, () -> Samples.release(meta, 1));
    assertThrows(
        CacheException.Missing.class,
        () ->
            meta.update(
                tx -> {
                  tx.retain(Samples.id(1));
                  return null;
                }));
  }

  @Test
  void failedChangeLeavesNothing() throws CacheException {
    Samples.store(meta, 1);
    MetaStore.Totals before = meta.totals();
    Samples.pin(meta, 2);
    assertThrows(
        CacheException.Full.class,
        () ->
            meta.update(
                tx -> {
                  tx.putInode(file(tx.nextNumber(), null, 0));
                  tx.retain(Samples.id(2), Samples.manifest(2));
                  tx.release(Samples.id(1));
                  tx.putState("watermark", new byte[] {1});
                  throw new CacheException.Full("no space", null);
                }));
    assertEquals(before, meta.totals());
    assertEquals(before, meta.recount());
    assertTrue(meta.block(Samples.hash(1)).isPresent());
    assertTrue(meta.block(Samples.hash(2)).isEmpty());
    assertEquals(Optional.empty(), meta.state("watermark"));
    meta.forEachInode(
        inode -> {
          throw new AssertionError(inode);
        });
    Samples.retain(meta, 2);
    Samples.unpin(meta, 2);
    assertEquals(1, meta.block(Samples.hash(2)).orElseThrow().references());
  }

  @Test
  void transactionReadsItsOwnWrites() throws CacheException {
    Name name = Name.of("a");
    Samples.store(meta, 1);
    meta.update(
        tx -> {
          tx.putInode(file(20, null, 0));
          assertEquals(file(20, null, 0), tx.inode(20).orElseThrow());
          assertTrue(tx.isEmptyDirectory(1));
          DirectoryEntry entry = new DirectoryEntry(name, 20, Inode.Type.REGULAR, 30);
          tx.putEntry(1, entry);
          assertEquals(entry, tx.entry(1, name).orElseThrow());
          assertFalse(tx.isEmptyDirectory(1));
          tx.deleteEntry(1, entry);
          assertTrue(tx.isEmptyDirectory(1));
          tx.putAttribute(20, name, new byte[] {7});
          assertArrayEquals(new byte[] {7}, tx.attribute(20, name).orElseThrow());
          tx.deleteInode(20);
          assertEquals(Optional.empty(), tx.inode(20));
          assertEquals(Optional.empty(), tx.attribute(20, name));
          tx.retain(Samples.id(1));
          tx.release(Samples.id(1));
          return null;
        });
    assertEquals(1, meta.manifest(Samples.id(1)).orElseThrow().references());
    assertEquals(Optional.empty(), meta.attribute(20, name));
  }

  @Test
  void changesDoNotNestAndEndWithUpdate() throws CacheException {
    assertThrows(IllegalStateException.class, () -> meta.update(tx -> meta.update(inner -> null)));
    MetaStore.Transaction over = meta.update(tx -> tx);
    assertThrows(IllegalStateException.class, () -> over.putState("a", new byte[0]));
  }

  @Test
  void entriesAreListedByCookieFromAnyPlace() throws CacheException {
    meta.update(
        tx -> {
          for (int i = 0; i < 5; i++) {
            Name name = Name.of("n" + (9 - i));
            tx.putEntry(7, new DirectoryEntry(name, 100 + i, Inode.Type.FIFO, 1000 + 300 * i));
          }
          tx.putEntry(8, new DirectoryEntry(Name.of("x"), 1, Inode.Type.SOCKET, 3));
          return null;
        });
    assertEquals(List.of(100L, 101L, 102L, 103L, 104L), listed(7, 0));
    assertEquals(List.of(102L, 103L, 104L), listed(7, 1300));
    assertEquals(List.of(102L, 103L, 104L), listed(7, 1301));
    assertEquals(List.of(), listed(7, Long.MAX_VALUE));
    assertEquals(List.of(), listed(6, 0));

    // The same name with another cookie moves.
    meta.update(
        tx -> {
          tx.putEntry(7, new DirectoryEntry(Name.of("n9"), 55, Inode.Type.REGULAR, 5000));
          return null;
        });
    assertEquals(List.of(101L, 102L, 103L, 104L, 55L), listed(7, 0));
    assertEquals(5000, meta.entry(7, Name.of("n9")).orElseThrow().cookie());
  }

  private List<Long> listed(long parent, long cookie) throws CacheException {
    List<Long> inodes = new ArrayList<>();
    meta.forEachEntry(parent, cookie, entry -> inodes.add(entry.inode()));
    return inodes;
  }

  @Test
  void attributesAreSortedAndGoWithTheirInode() throws CacheException {
    Samples.store(meta, 1);
    meta.update(
        tx -> {
          tx.putInode(file(20, Samples.id(1), Samples.BLOCK_BYTES));
          tx.putInode(file(21, null, 0));
          for (String name : List.of("user.b", "user.a")) {
            tx.putAttribute(
                20, Name.of(name), name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            tx.putAttribute(21, Name.of(name), new byte[0]);
          }
          return null;
        });
    assertEquals(List.of("user.a", "user.b"), attributes(20));
    meta.update(
        tx -> {
          tx.deleteInode(20);
          tx.deleteInode(4711);
          tx.deleteAttribute(21, Name.of("user.b"));
          return null;
        });
    assertEquals(List.of(), attributes(20));
    assertEquals(List.of("user.a"), attributes(21));
    assertArrayEquals(new byte[0], meta.attribute(21, Name.of("user.a")).orElseThrow());
    assertTrue(meta.manifest(Samples.id(1)).isEmpty());
    assertEquals(new MetaStore.Totals(1, 0, 0, 0), meta.totals());
  }

  private List<String> attributes(long inode) throws CacheException {
    List<String> names = new ArrayList<>();
    meta.forEachAttribute(inode, name -> names.add(name.toString()));
    return names;
  }

  @Test
  void totalsFollowEveryChangeAndARecountAgrees() throws CacheException {
    StoredFile stored =
        new StoredFile("model", Samples.id(1), 70, "m.bin", "", new Timestamp(5, 6));
    put(file(20, null, 0));
    put(file(21, null, 30));
    put(file(21, null, 50));
    put(Inode.builder(22, Inode.Type.DIRECTORY.bits()).build());
    put(Inode.builder(23, Inode.Type.SYMLINK.bits()).target("elsewhere").build());
    meta.update(
        tx -> {
          tx.putStoredFile(stored);
          tx.putStoredFile(new StoredFile("other", Samples.id(1), 1, "", "", stored.stored()));
          tx.putStoredFile(stored);
          tx.deleteStoredFile("other");
          tx.deleteStoredFile("never there");
          return null;
        });
    Samples.store(meta, 1, 1, 2);
    MetaStore.Totals expected = new MetaStore.Totals(3, 120, 2, 2 * Samples.BLOCK_BYTES);
    assertEquals(expected, meta.totals());
    assertEquals(expected, meta.recount());
    reopen();
    assertEquals(expected, meta.totals());
    assertEquals(Optional.of(stored), meta.storedFile("model"));
    meta.forEachStoredFile(
        file -> {
          assertEquals(stored, file);
          return true;
        });
  }

  @Test
  void recountRepairsTotals() throws CacheException {
    put(file(20, null, 10));
    meta.update(
        tx -> {
          ((RocksTransaction) tx).replaceTotals(new MetaStore.Totals(9, 9, 9, 9));
          return null;
        });
    assertEquals(9, meta.totals().files());
    meta.recount();
    reopen();
    assertEquals(new MetaStore.Totals(1, 10, 0, 0), meta.totals());
  }

  @Test
  void numbersGrowAcrossFailuresAndReopening() throws CacheException {
    long first = meta.update(MetaStore.Transaction::nextNumber);
    assertEquals(16, first);
    long[] lost = new long[1];
    for (int i = 0; i < 3000; i++) {
      assertThrows(
          CacheException.Busy.class,
          () ->
              meta.update(
                  tx -> {
                    lost[0] = tx.nextNumber();
                    throw new CacheException.Busy("no");
                  }));
    }
    long second = meta.update(MetaStore.Transaction::nextNumber);
    assertTrue(second > lost[0], second + " > " + lost[0]);
    reopen();
    long third = meta.update(MetaStore.Transaction::nextNumber);
    assertTrue(third > second, third + " > " + second);
  }

  @Test
  void manifestsAreFoundByAnyPrefix() throws CacheException {
    List<ContentId> all = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      all.add(Samples.store(meta, i));
    }
    all.sort(null);
    for (ContentId id : all) {
      for (int digits : new int[] {0, 1, 2, 3, 6, 7, 63, 64}) {
        String prefix = id.toString().substring(0, digits);
        List<ContentId> found = new ArrayList<>();
        meta.forEachManifest(prefix, entry -> found.add(entry.id()));
        assertEquals(all.stream().filter(i -> i.toString().startsWith(prefix)).toList(), found);
      }
    }
    for (String wrong : List.of("xyz", "ABC", "a".repeat(65))) {
      assertThrows(
          CacheException.InvalidArgument.class, () -> meta.forEachManifest(wrong, entry -> true));
    }
  }

  @Test
  void visitorsCanStop() throws CacheException {
    Samples.store(meta, 1, 2, 3);
    List<BlockHash> seen = new ArrayList<>();
    meta.forEachBlock(
        block -> {
          seen.add(block.hash());
          return seen.size() < 2;
        });
    assertEquals(2, seen.size());
    assertTrue(seen.get(0).compareTo(seen.get(1)) < 0);
  }

  @Test
  void statesAreKeptByName() throws CacheException {
    assertEquals(Optional.empty(), meta.state("watermark"));
    meta.update(
        tx -> {
          tx.putState("watermark", new byte[] {4, 2});
          return null;
        });
    assertArrayEquals(new byte[] {4, 2}, meta.state("watermark").orElseThrow());
    assertThrows(IllegalArgumentException.class, () -> meta.state(""));
    assertThrows(IllegalArgumentException.class, () -> meta.state("\0totals"));
  }

  @Test
  void copyOfAnOpenStoreIsWhatACrashLeaves() throws IOException {
    put(file(20, null, 10));
    Samples.store(meta, 1, 2);
    Samples.pin(meta, 2, 3);
    Samples.release(meta, 1, 2);
    assertTrue(meta.block(Samples.hash(2)).isPresent(), "pinned");
    long number = meta.update(MetaStore.Transaction::nextNumber);

    Path copy = directory.resolve("copy");
    CrashImage.copy(directory.resolve("meta"), copy);
    try (MetaStore crashed = MetaStore.open(copy)) {
      assertEquals(file(20, null, 10), crashed.inode(20).orElseThrow());
      assertTrue(crashed.update(MetaStore.Transaction::nextNumber) > number);
      // The pin is gone, and with it the block that nothing else kept.
      assertTrue(crashed.block(Samples.hash(2)).isEmpty());
      List<BlockLocation> freed = new ArrayList<>();
      crashed.forEachFreed(freed::add);
      assertEquals(List.of(Samples.location(1), Samples.location(2)), freed);
      assertEquals(crashed.totals(), crashed.recount());
    }
  }

  @Test
  void removedContentOfALostBlockStillGoes() throws CacheException {
    Samples.store(meta, 1, 2);
    meta.close();
    try (RocksTables tables = RocksTables.open(directory.resolve("meta"), Optional.empty())) {
      Batch batch = new Batch(tables);
      batch.delete(Family.BLOCKS, BlockRow.key(Samples.hash(1)));
      batch.write();
    }
    open();
    Samples.release(meta, 1, 2);
    assertTrue(meta.manifest(Samples.id(1, 2)).isEmpty());
    assertEquals(List.of(Samples.location(2)), freed());
  }

  @Test
  void damagedRowsAreNamed() throws CacheException {
    Samples.store(meta, 1);
    meta.close();
    byte[] key = BlockRow.key(Samples.hash(1));
    try (RocksTables tables = RocksTables.open(directory.resolve("meta"), Optional.empty())) {
      Batch batch = new Batch(tables);
      batch.put(Family.BLOCKS, key, new byte[] {Rows.VERSION, 1, 2});
      batch.put(Family.INODES, InodeRow.key(3), new byte[] {99});
      batch.write();
    }
    open();
    CacheException.Corrupt corrupt =
        assertThrows(CacheException.Corrupt.class, () -> meta.block(Samples.hash(1)));
    assertTrue(corrupt.getMessage().contains("table blocks"), corrupt.getMessage());
    assertTrue(corrupt.getMessage().contains(Samples.hash(1).toString()), corrupt.getMessage());
    CacheException.Version version =
        assertThrows(CacheException.Version.class, () -> meta.inode(3));
    assertTrue(version.getMessage().contains("version 99"), version.getMessage());
  }

  @Test
  void closedStoreRefusesInsteadOfCrashing() throws CacheException {
    meta.sync();
    meta.close();
    meta.close();
    assertThrows(IllegalStateException.class, () -> meta.inode(1));
    assertThrows(IllegalStateException.class, () -> meta.sync());
    assertThrows(IllegalStateException.class, () -> meta.forEachInode(inode -> true));
    assertThrows(IllegalStateException.class, () -> put(file(20, null, 0)));
  }

  @Test
  void secondOwnerIsRefused() {
    CacheException refused =
        assertThrows(CacheException.Storage.class, () -> MetaStore.open(directory.resolve("meta")));
    assertTrue(refused.getMessage().contains("lock"), refused.getMessage());
  }

  @Test
  void lossOfATableFileIsCorruption() throws IOException {
    Samples.store(meta, 1);
    meta.close();
    reopenAndFlush();
    List<Path> files;
    try (Stream<Path> all = Files.list(directory.resolve("meta"))) {
      files = all.filter(f -> f.toString().endsWith(".sst")).toList();
    }
    assertFalse(files.isEmpty());
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      Arrays.fill(bytes, (byte) 0x55);
      Files.write(file, bytes);
    }
    assertThrows(
        CacheException.Corrupt.class,
        () -> {
          try (MetaStore damaged = MetaStore.open(directory.resolve("meta"))) {
            damaged.forEachBlock(block -> true);
            damaged.forEachManifest("", entry -> true);
          }
        });
  }

  /** What the log holds goes to table files when a store is opened again. */
  private void reopenAndFlush() throws CacheException {
    open();
    meta.close();
  }
}

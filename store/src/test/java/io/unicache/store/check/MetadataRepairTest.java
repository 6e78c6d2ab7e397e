package io.unicache.store.check;

import static io.unicache.store.check.CheckedStore.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig.Purpose;
import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.check.Finding.State;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.MetaStore.DerivedTable;
import io.unicache.store.meta.Name;
import io.unicache.store.pack.PackSet;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage of metadata: each kind is found, mended, and not found again. */
class MetadataRepairTest {

  @TempDir Path temporary;
  private CheckedStore store;
  private final byte[] bytes = CheckedStore.random(3 * BLOCK, 1);
  private long directory;
  private long file;
  private ContentId content;
  private final BlockHash hash = Blake3.hash(bytes, 0, BLOCK);

  @BeforeEach
  void fill() throws CacheException {
    store = new CheckedStore(temporary.resolve("store"));
    try (Store open = store.create()) {
      file = CheckedStore.put(open, "/d/e/f", bytes);
      CheckedStore.put(open, "/d/other", CheckedStore.random(BLOCK, 2));
      open.tree().createSymlink(Inode.ROOT, Name.of("link"), "d/e", new Tree.NewFile(0777, 0, 0));
      directory = open.tree().resolve("/d/e").number();
      content = open.tree().inode(file).content().orElseThrow();
    }
  }

  /** Damages rows; then a check has to find it, a repair to mend it, and all to be as it was. */
  private void mends(Kind kind, MetaStore.Mending damage) throws CacheException {
    store.damageRows(damage);
    CheckSummary found = store.check(false);
    assertFalse(found.isSound());
    assertTrue(
        store.findings.stream().anyMatch(finding -> finding.kind() == kind),
        store.findings.toString());
    CheckSummary repaired = store.repair(false);
    assertTrue(repaired.isSound(), store.findings.toString());
    assertTrue(repaired.repaired() > 0, store.findings.toString());
    assertTrue(store.check(true).isSound(), store.findings.toString());
  }

  private void mendsAndKeepsTheFile(Kind kind, MetaStore.Mending damage) throws CacheException {
    mends(kind, damage);
    try (Store open = store.open(Purpose.USE)) {
      assertArrayEquals(bytes, CheckedStore.read(open, "/d/e/f"));
    }
  }

  private DirectoryEntry entry(long in, String name) throws CacheException {
    try (Store open = store.open(Purpose.CHECK)) {
      return open.meta().entry(in, Name.of(name)).orElseThrow();
    }
  }

  @Test
  void referencesOfABlock() throws CacheException {
    BlockEntry row;
    try (Store open = store.open(Purpose.CHECK)) {
      row = open.meta().block(hash).orElseThrow();
    }
    BlockEntry wrong = new BlockEntry(hash, row.location(), 7);
    mendsAndKeepsTheFile(Kind.REFERENCES, (tx, mender) -> mender.putBlock(wrong));
    try (Store open = store.open(Purpose.CHECK)) {
      assertEquals(row, open.meta().block(hash).orElseThrow());
    }
  }

  @Test
  void referencesOfAContent() throws CacheException {
    mendsAndKeepsTheFile(Kind.REFERENCES, (tx, mender) -> mender.setReferences(content, 5));
    try (Store open = store.open(Purpose.CHECK)) {
      assertEquals(1, open.meta().manifest(content).orElseThrow().references());
    }
  }

  @Test
  void aContentThatNoFileHasIsKept() throws CacheException {
    mends(
        Kind.REFERENCES,
        (tx, mender) ->
            tx.putInode(tx.inode(file).orElseThrow().toBuilder().content(null, 0).build()));
    try (Store open = store.open(Purpose.USE)) {
      assertArrayEquals(bytes, CheckedStore.read(open, "/lost+found/" + content));
    }
  }

  @Test
  void aSizeThatIsNotTheContents() throws CacheException {
    mendsAndKeepsTheFile(
        Kind.CONTENT,
        (tx, mender) ->
            tx.putInode(tx.inode(file).orElseThrow().toBuilder().content(content, 4).build()));
  }

  @Test
  void aNameThatIsNotListed() throws CacheException {
    DirectoryEntry entry = entry(directory, "f");
    mendsAndKeepsTheFile(
        Kind.NAME, (tx, mender) -> mender.deleteListing(directory, entry.cookie()));
  }

  @Test
  void aNameThatIsNotFound() throws CacheException {
    mendsAndKeepsTheFile(Kind.NAME, (tx, mender) -> mender.deleteEntry(directory, Name.of("f")));
  }

  @Test
  void aNameThatIsListedTwice() throws CacheException {
    DirectoryEntry entry = entry(directory, "f");
    DirectoryEntry again = new DirectoryEntry(entry.name(), file, entry.type(), entry.cookie() + 1);
    mendsAndKeepsTheFile(
        Kind.NAME,
        (tx, mender) -> {
          mender.deleteEntry(directory, entry.name());
          tx.putEntry(directory, again); // the old listing stays
        });
  }

  @Test
  void aNameOfAnInodeThatDoesNotExist() throws CacheException {
    DirectoryEntry entry = new DirectoryEntry(Name.of("ghost"), 999, Inode.Type.REGULAR, 17_000);
    mendsAndKeepsTheFile(Kind.NAME, (tx, mender) -> tx.putEntry(directory, entry));
    try (Store open = store.open(Purpose.USE)) {
      assertThrows(CacheException.class, () -> open.tree().resolve("/d/e/ghost"));
    }
  }

  @Test
  void aNameOfAnotherType() throws CacheException {
    DirectoryEntry entry = entry(directory, "f");
    mendsAndKeepsTheFile(
        Kind.NAME,
        (tx, mender) ->
            tx.putEntry(
                directory,
                new DirectoryEntry(entry.name(), file, Inode.Type.FIFO, entry.cookie())));
  }

  @Test
  void linksOfAFileAndOfADirectory() throws CacheException {
    mendsAndKeepsTheFile(
        Kind.INODE,
        (tx, mender) -> {
          tx.putInode(tx.inode(file).orElseThrow().toBuilder().links(3).build());
          tx.putInode(tx.inode(directory).orElseThrow().toBuilder().links(9).build());
          tx.putInode(tx.inode(Inode.ROOT).orElseThrow().toBuilder().links(1).build());
        });
  }

  @Test
  void aParentThatIsAnotherDirectory() throws CacheException {
    mendsAndKeepsTheFile(
        Kind.INODE,
        (tx, mender) ->
            tx.putInode(tx.inode(directory).orElseThrow().toBuilder().parent(1).build()));
  }

  @Test
  void whatHasNoNameIsKept() throws CacheException {
    DirectoryEntry entry = entry(directory, "f");
    mends(Kind.INODE, (tx, mender) -> tx.deleteEntry(directory, entry));
    try (Store open = store.open(Purpose.USE)) {
      assertArrayEquals(bytes, CheckedStore.read(open, "/lost+found/inode-" + file));
      assertEquals(0700, open.tree().resolve("/lost+found").permissions());
    }
  }

  @Test
  void aDirectoryThatIsInItselfIsTakenOut() throws CacheException {
    DirectoryEntry outer = entry(Inode.ROOT, "d");
    long d = outer.inode();
    mends(
        Kind.INODE,
        (tx, mender) -> {
          tx.deleteEntry(Inode.ROOT, outer);
          tx.putEntry(directory, new DirectoryEntry(outer.name(), d, outer.type(), outer.cookie()));
          tx.putInode(tx.inode(d).orElseThrow().toBuilder().parent(directory).build());
          tx.putInode(tx.inode(directory).orElseThrow().toBuilder().links(3).build());
          tx.putInode(tx.inode(Inode.ROOT).orElseThrow().toBuilder().links(2).build());
        });
    try (Store open = store.open(Purpose.USE)) {
      String path = open.tree().pathsOf(file).get(0);
      assertTrue(path.startsWith("/lost+found/inode-"), path);
      assertArrayEquals(bytes, CheckedStore.read(open, path));
    }
  }

  @Test
  void aPlaceToBeGivenBackThatABlockHas() throws CacheException {
    BlockEntry row;
    try (Store open = store.open(Purpose.CHECK)) {
      row = open.meta().block(hash).orElseThrow();
    }
    mendsAndKeepsTheFile(Kind.STATE, (tx, mender) -> tx.putFreed(row.location()));
  }

  @Test
  void numbersThatAreInUseAlready() throws CacheException {
    DirectoryEntry entry = entry(directory, "f");
    long used = 1_000_000;
    mendsAndKeepsTheFile(
        Kind.STATE,
        (tx, mender) ->
            tx.putEntry(directory, new DirectoryEntry(entry.name(), file, entry.type(), used)));
    try (Store open = store.open(Purpose.USE)) {
      assertTrue(CheckedStore.put(open, "/new", bytes) > used);
    }
  }

  @Test
  void totalsFollowWhatWasMended() throws CacheException {
    // What a mender writes the totals do not follow.
    store.damageRows((tx, mender) -> mender.deleteBlock(hash));
    store.check(false);
    assertEquals(Kind.STATE, store.at("the totals").orElseThrow().kind());
    assertTrue(store.repair(false).isSound(), store.findings.toString());
    try (Store open = store.open(Purpose.CHECK)) {
      assertEquals(open.meta().totals(), open.meta().recount());
    }
  }

  @Test
  void aTableWithADamagedFileIsMadeAnew() throws IOException {
    for (DerivedTable table : DerivedTable.values()) {
      if (!damageTable(table.title())) {
        continue; // It is empty.
      }
      assertFalse(store.check(false).isSound());
      assertEquals("table " + table.title(), store.findings.get(0).where());
      assertTrue(store.repair(false).isSound(), store.findings.toString());
      assertTrue(store.check(true).isSound(), store.findings.toString());
      try (Store open = store.open(Purpose.USE)) {
        assertArrayEquals(bytes, CheckedStore.read(open, "/d/e/f"));
      }
    }
  }

  @Test
  void aTableThatOthersDoNotTellIsMadeAnewFromTheLedger() throws IOException {
    assertTrue(damageTable("manifests"));
    assertFalse(store.check(true).isSound());
    assertTrue(store.repair(false).isSound(), store.findings.toString());
    assertTrue(store.check(true).isSound(), store.findings.toString());
    try (Store open = store.open(Purpose.USE)) {
      assertArrayEquals(bytes, CheckedStore.read(open, "/d/e/f"));
    }
  }

  @Test
  void aTableThatCannotBeMadeAnewIsToldAndNothingIsChanged() throws IOException {
    CrashImage.delete(store.directory.resolve("ledger"));
    assertTrue(damageTable("manifests"));
    assertFalse(store.check(true).isSound());
    CheckSummary summary = store.repair(false);
    assertFalse(summary.isSound());
    assertEquals(0, summary.repaired(), store.findings.toString());
    assertEquals(State.LOST, store.at("table manifests").orElseThrow().state());
  }

  /** Flips a bit in the first block of a table's file; false if it has no file. */
  private boolean damageTable(String table) throws IOException {
    Optional<Path> found = store.tableFile(table);
    if (found.isPresent()) {
      CheckedStore.flip(found.get(), 10);
    }
    return found.isPresent();
  }

  @Test
  void aLostStoreFileIsMadeAnew() throws IOException {
    Path json = store.directory.resolve("store.json");
    byte[] before = Files.readAllBytes(json);
    for (int round = 0; round < 3; round++) {
      switch (round) {
        case 0 -> Files.delete(json);
        case 1 -> CheckedStore.flip(json, 40);
        default -> CheckedStore.cut(json, 0);
      }
      CacheException failure =
          assertThrows(CacheException.class, () -> store.open(Purpose.USE).close());
      assertTrue(failure.getMessage().contains("check --repair"), failure.getMessage());
      assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
      assertEquals(1, store.repair(false).repaired());
      assertEquals("store.json", store.findings.get(0).where());
      assertArrayEquals(before, Files.readAllBytes(json));
      assertTrue(store.check(true).isSound(), store.findings.toString());
    }
  }

  @Test
  void aStoreWithoutItsMetadataIsNotTakenForAnEmptyOne() throws IOException {
    Files.delete(store.directory.resolve("meta/CURRENT"));
    assertThrows(CacheException.Corrupt.class, () -> store.open(Purpose.USE).close());
    CrashImage.delete(store.directory.resolve("meta"));
    CacheException failure =
        assertThrows(CacheException.Corrupt.class, () -> store.open(Purpose.USE).close());
    assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
    assertTrue(Files.size(store.pack(1)) >= 4L * BLOCK, "the blocks stay");
  }

  @Test
  void theWholeBlockTableIsMadeAnew() throws CacheException {
    UUID id;
    MetaStore.Totals totals;
    try (Store open = store.open(Purpose.CHECK)) {
      id = open.id();
      totals = open.meta().totals();
    }
    try (PackSet packs = PackSet.open(store.directory.resolve("packs"), id);
        MetaStore meta = MetaStore.open(store.directory.resolve("meta"))) {
      meta.clear(DerivedTable.BLOCKS);
      BlockTableRebuild.Result result = new BlockTableRebuild(packs, meta, true).run();
      assertEquals(new BlockTableRebuild.Result(4, 0, 0), result);
      assertEquals(totals, meta.totals());
    }
    assertTrue(store.check(true).isSound(), store.findings.toString());
  }

  @Test
  void aRebuildLeavesOutBlocksThatAreNotWhatTheIndexSays() throws IOException {
    UUID id;
    try (Store open = store.open(Purpose.CHECK)) {
      id = open.id();
    }
    CheckedStore.flip(store.pack(1), 9);
    try (PackSet packs = PackSet.open(store.directory.resolve("packs"), id);
        MetaStore meta = MetaStore.open(store.directory.resolve("meta"))) {
      meta.clear(DerivedTable.BLOCKS);
      assertEquals(
          new BlockTableRebuild.Result(3, 1, 1), new BlockTableRebuild(packs, meta, true).run());
    }
  }

  @Test
  void slicesFindTheSame() throws CacheException {
    store.damageRows(
        (tx, mender) -> {
          mender.setReferences(content, 5);
          mender.deleteBlock(hash);
          tx.putInode(tx.inode(directory).orElseThrow().toBuilder().links(9).build());
        });
    store.check(false);
    List<Finding> whole = List.copyOf(store.findings);
    UUID id;
    try (Store open = store.open(Purpose.CHECK)) {
      id = open.id();
    }
    for (int rows = 1; rows < 4; rows++) {
      store.findings.clear();
      try (PackSet packs = PackSet.open(store.directory.resolve("packs"), id);
          MetaStore meta = MetaStore.open(store.directory.resolve("meta"))) {
        new StoreCheck(
                new Parts(packs, meta, BLOCK, rows),
                store.directory.resolve("staging"),
                CheckedStore.NO_SOURCE,
                Clock.systemUTC())
            .run(new StoreCheck.Options(false, false, List.of()), store.findings::add);
      }
      assertEquals(whole, store.findings);
    }
  }

  @Test
  void othersAtWorkAreNotTakenForDamage() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (Store open = store.open(Purpose.USE)) {
      Thread writer =
          new Thread(
              () -> {
                for (int i = 0; !done.get(); i++) {
                  try {
                    String path = "/w" + i % 7 + "/f" + i % 3;
                    CheckedStore.put(open, path, CheckedStore.random(2 * BLOCK + i, i % 20));
                    if (i % 5 == 0) {
                      open.tree()
                          .unlink(open.tree().resolve("/w" + i % 7).number(), Name.of("f" + i % 3));
                    }
                    if (i % 11 == 0) {
                      open.gc();
                    }
                  } catch (CacheException e) {
                    throw new AssertionError(e);
                  }
                }
              });
      writer.start();
      try {
        for (int i = 0; i < 20; i++) {
          CheckSummary summary =
              store.run(
                  open, new StoreCheck.Options(true, false, List.of()), CheckedStore.NO_SOURCE);
          assertTrue(summary.isSound(), store.findings.toString());
        }
      } finally {
        done.set(true);
        writer.join();
      }
    }
  }

  @Test
  void aRepairNeedsTheStoreForItself() throws CacheException {
    try (Store open = store.open(Purpose.USE)) {
      assertThrows(
          CacheException.Busy.class,
          () ->
              store.run(
                  open, new StoreCheck.Options(false, true, List.of()), CheckedStore.NO_SOURCE));
    }
  }
}

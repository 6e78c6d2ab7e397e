package io.unicache.store.check;

import static io.unicache.store.check.CheckedStore.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.Store;
import io.unicache.store.StoreConfig.Purpose;
import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ByteRange;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.check.Finding.State;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage of packs and their indexes, and what a repair makes of it. */
class PackRepairTest {

  @TempDir Path temporary;
  private CheckedStore store;
  private final byte[] a = CheckedStore.random(5 * BLOCK + 100, 1);
  private final byte[] b = CheckedStore.random(2 * BLOCK, 2);

  @BeforeEach
  void fill() throws CacheException {
    store = new CheckedStore(temporary.resolve("store"));
    try (Store open = store.create()) {
      CheckedStore.put(open, "/d/a", a);
      CheckedStore.put(open, "/b", b);
      CheckedStore.putId(open, "mine", a, "https://example.org/a");
    }
  }

  private void assertSoundAndWhole() throws CacheException {
    CheckSummary again = store.check(true);
    assertTrue(again.isSound(), store.findings.toString());
    assertEquals(a.length + b.length, again.blockBytes());
    try (Store open = store.open(Purpose.USE)) {
      assertArrayEquals(a, CheckedStore.read(open, "/d/a"));
      assertArrayEquals(b, CheckedStore.read(open, "/b"));
    }
  }

  @Test
  void aSoundStoreIsSound() throws CacheException {
    CheckSummary summary = store.check(true);
    assertEquals(List.of(), store.findings);
    assertTrue(summary.isSound());
    assertEquals(8, summary.blocks());
    assertEquals(a.length + b.length, summary.blockBytes());
    assertEquals(2, summary.contents());
    assertEquals(4, summary.inodes());
    assertEquals(3, summary.names());
    assertEquals(1, summary.storedFiles());
    assertEquals(0, summary.leakedBytes());
  }

  @Test
  void aFlippedBitIsFoundByReadingAndToldByPathAndRange() throws IOException {
    CheckedStore.flip(store.pack(1), BLOCK + 5);
    CheckedStore.flip(store.pack(1), 2 * BLOCK + 5);
    assertTrue(store.check(false).isSound(), "the structure is");
    CheckSummary summary = store.check(true);
    assertEquals(2, summary.found());
    for (String where : List.of("/d/a", "id:mine")) {
      Finding finding = store.at(where).orElseThrow();
      assertEquals(Kind.DATA, finding.kind());
      assertEquals(List.of(new ByteRange(BLOCK, 2L * BLOCK)), finding.ranges());
      assertEquals(State.FOUND, finding.state());
    }
  }

  @Test
  void whatIsBeyondRepairStaysAndTheRestIsReadable() throws IOException {
    CheckedStore.flip(store.pack(1), 3);
    CheckSummary summary = store.repair(true);
    assertEquals(2, summary.lost());
    assertFalse(summary.isSound());
    assertEquals(State.LOST, store.at("/d/a").orElseThrow().state());
    try (Store open = store.open(Purpose.USE)) {
      assertThrows(CacheException.Corrupt.class, () -> CheckedStore.read(open, "/d/a"));
      assertArrayEquals(b, CheckedStore.read(open, "/b"));
    }
  }

  @Test
  void damagedBlocksComeBackFromAFile() throws IOException {
    CheckedStore.flip(store.pack(1), 3);
    CheckedStore.zero(store.pack(1), 5 * BLOCK, 50);
    Path copies = Files.createDirectory(temporary.resolve("copies"));
    Files.write(copies.resolve("other"), b);
    Files.write(copies.resolve("a"), a);
    CheckSummary summary = store.repair(true, copies);
    assertEquals(2, summary.repaired());
    assertTrue(summary.isSound(), store.findings.toString());
    assertSoundAndWhole();
  }

  @Test
  void damagedBlocksComeBackFromTheirSource() throws IOException {
    CheckedStore.flip(store.pack(1), 3);
    CheckedStore.flip(store.pack(1), 4 * BLOCK);
    CheckSummary summary =
        store.repair(
            true,
            (url, offset, length) -> {
              assertEquals("https://example.org/a", url);
              return Arrays.copyOfRange(a, (int) offset, (int) offset + length);
            });
    assertEquals(2, summary.repaired());
    assertSoundAndWhole();
  }

  @Test
  void aSourceThatHasChangedRestoresNothing() throws IOException {
    CheckedStore.flip(store.pack(1), 3);
    CheckSummary summary = store.repair(true, (url, offset, length) -> new byte[length]);
    assertEquals(0, summary.repaired());
    assertEquals(2, summary.lost());
  }

  @Test
  void aPackThatWasCutIsFoundWithoutReading() throws IOException {
    CheckedStore.cut(store.pack(1), BLOCK + 10);
    CheckSummary summary = store.check(false);
    assertEquals(3, summary.found(), store.findings.toString());
    assertEquals(
        List.of(new ByteRange(BLOCK, a.length - BLOCK)), store.at("/d/a").orElseThrow().ranges());
    store.repair(false, write("a", a), write("b", b));
    assertSoundAndWhole();
  }

  @Test
  void aPackThatIsGoneIsForgottenOnceItsBlocksAreElsewhere() throws IOException {
    Files.delete(store.pack(1));
    CheckSummary summary = store.check(false);
    assertEquals(Kind.PACK, store.findings.get(0).kind());
    assertEquals(4, summary.found(), store.findings.toString());
    CheckSummary repaired = store.repair(false, write("a", a));
    assertFalse(repaired.isSound(), "b is lost");
    assertTrue(store.at("/b").isPresent());
    assertTrue(store.at("/d/a").isEmpty(), store.findings.toString());
    assertTrue(store.repair(false, write("b", b)).isSound(), store.findings.toString());
    assertFalse(Files.exists(store.index(1)));
    assertSoundAndWhole();
  }

  @Test
  void anIndexThatIsGoneIsMadeAnew() throws IOException {
    Files.delete(store.index(1));
    repairsIndex();
  }

  @Test
  void anIndexWithADamagedHeaderIsMadeAnew() throws IOException {
    CheckedStore.flip(store.index(1), 20);
    repairsIndex();
  }

  @Test
  void anIndexWithADamagedRecordIsMadeAnew() throws IOException {
    CheckedStore.flip(store.index(1), 64 + 64 + 8);
    repairsIndex();
  }

  @Test
  void anIndexThatWasCutIsMadeAnew() throws IOException {
    CheckedStore.cut(store.index(1), 64 + 3 * 64);
    repairsIndex();
  }

  @Test
  void anIndexWithZerosIsMadeAnew() throws IOException {
    CheckedStore.zero(store.index(1), 64 + 64, 6 * 64);
    repairsIndex();
  }

  private void repairsIndex() throws IOException {
    CheckSummary summary = store.check(false);
    assertEquals(1, summary.found(), store.findings.toString());
    assertEquals("packs/00000001.index", store.findings.get(0).where());
    CheckSummary read = store.check(true);
    assertEquals(a.length + b.length, read.blockBytes(), "also blocks without a record are read");
    CheckSummary repaired = store.repair(false);
    assertEquals(1, repaired.repaired());
    assertTrue(repaired.isSound(), store.findings.toString());
    assertSoundAndWhole();
  }

  @Test
  void aLostRowComesBackFromTheIndexWithItsReferences() throws CacheException {
    try (Store open = store.open(Purpose.USE)) {
      CheckedStore.put(open, "/twice", twice(b));
    }
    var hash = hashOf(b);
    store.damageRows((tx, mender) -> mender.deleteBlock(hash));
    CheckSummary summary = store.check(false);
    assertEquals(
        List.of(new ByteRange(0, BLOCK), new ByteRange(2L * BLOCK, BLOCK)),
        store.at("/twice").orElseThrow().ranges());
    assertTrue(summary.found() >= 2, "both files");
    assertTrue(store.repair(false).isSound(), store.findings.toString());
    assertTrue(store.check(true).isSound(), store.findings.toString());
    try (Store open = store.open(Purpose.USE)) {
      assertEquals(3, open.meta().block(hash).orElseThrow().references());
      assertArrayEquals(b, CheckedStore.read(open, "/b"));
    }
  }

  @Test
  void aBlockWithoutARowIsNotFreedWhileAFileNeedsIt() throws CacheException {
    var hash = hashOf(b);
    store.damageRows((tx, mender) -> mender.deleteBlock(hash));
    try (Store open = store.open(Purpose.USE)) {
      open.gc();
    }
    assertTrue(store.repair(true).isSound(), store.findings.toString());
    assertSoundAndWhole();
  }

  @Test
  void aPackIsNotDeletedWhileItHasBlocksThatItsIndexHasLost() throws IOException {
    CheckedStore.cut(store.index(1), 64 + 3 * 64); // three of the blocks of a
    try (Store open = store.open(Purpose.USE)) {
      open.tree().unlink(open.tree().resolve("/d").number(), Name.of("a"));
      open.meta()
          .update(
              tx -> {
                tx.release(tx.storedFile("mine").orElseThrow().content());
                tx.deleteStoredFile("mine");
                return null;
              });
      open.gc();
      assertArrayEquals(b, CheckedStore.read(open, "/b"));
    }
    assertTrue(store.repair(true).isSound(), store.findings.toString());
    try (Store open = store.open(Purpose.USE)) {
      assertArrayEquals(b, CheckedStore.read(open, "/b"));
    }
  }

  @Test
  void aRowThatNamesAnotherBlocksPlaceIsFound() throws CacheException {
    var hash = hashOf(b);
    var wrong = hashOf(a);
    try (Store open = store.open(Purpose.CHECK)) {
      var place = open.meta().block(wrong).orElseThrow().location();
      open.meta().mend((tx, mender) -> mender.putBlock(new BlockEntry(hash, place, 1)));
    }
    assertFalse(store.check(false).isSound());
    assertTrue(store.at("/b").isPresent(), store.findings.toString());
    assertTrue(store.repair(false).isSound(), store.findings.toString());
    assertSoundAndWhole();
  }

  private static BlockHash hashOf(byte[] file) {
    return Blake3.hash(file, 0, BLOCK);
  }

  private static byte[] twice(byte[] bytes) {
    byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
    System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
    return twice;
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(temporary.resolve(name), bytes);
  }
}

package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.check.CheckListener;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.check.StoreCheck;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store of which the database is lost or damaged is whole again after a repair. */
class MetadataRestoreTest {

  private static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;

  @TempDir Path temporary;

  private final Random random = new Random(42);
  private final Map<String, byte[]> contents = new TreeMap<>();
  private Path directory;

  @BeforeEach
  void fill() throws IOException {
    directory = temporary.resolve("store");
    try (Store store = Store.open(StoreConfig.at(directory).withBlockSize(BLOCK))) {
      for (int i = 0; i < 20; i++) {
        write(store, "f" + i, random.nextInt(5 * BLOCK));
      }
      store.meta().keepLedger();
      for (int i = 10; i < 30; i++) {
        write(store, "f" + i, random.nextInt(5 * BLOCK));
      }
    }
  }

  @AfterEach
  void everythingIsThere() throws IOException {
    try (Store store = Store.open(StoreConfig.at(directory))) {
      for (Map.Entry<String, byte[]> file : contents.entrySet()) {
        assertArrayEquals(file.getValue(), read(store, file.getKey()), file.getKey());
      }
      assertEquals(contents.size(), store.stats().files());
      List<Finding> findings = new ArrayList<>();
      assertTrue(check(store, false, findings).isSound(), () -> findings.toString());
    }
  }

  private void write(Store store, String name, int size) throws CacheException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    contents.put(name, bytes);
    Optional<DirectoryEntry> found = store.meta().entry(Inode.ROOT, Name.of(name));
    long inode = found.isPresent() ? found.get().inode() : create(store, name);
    LiveFile file = store.files().open(inode);
    file.truncate(0);
    file.write(0, ByteBuffer.wrap(bytes));
    file.close();
  }

  private static long create(Store store, String name) throws CacheException {
    return store
        .tree()
        .createFile(Inode.ROOT, Name.of(name), Inode.Type.REGULAR, 0, new Tree.NewFile(0644, 0, 0))
        .number();
  }

  private static byte[] read(Store store, String name) throws CacheException {
    Inode inode = store.tree().resolve("/" + name);
    ByteBuffer all = ByteBuffer.allocate((int) inode.size());
    if (inode.content().isPresent()) {
      assertEquals(all.capacity(), store.reader(inode.content().get()).read(0, all));
    }
    return all.array();
  }

  private static CheckSummary check(Store store, boolean repair, List<Finding> findings)
      throws CacheException {
    CheckListener listener = findings::add;
    return store.check(
        new StoreCheck.Options(true, repair, List.of()),
        (url, offset, length) -> {
          throw new CacheException.Source("nothing was downloaded");
        },
        listener);
  }

  private List<Finding> repair() throws CacheException {
    List<Finding> findings = new ArrayList<>();
    StoreConfig config = StoreConfig.at(directory).withPurpose(StoreConfig.Purpose.REPAIR);
    try (Store store = Store.open(config)) {
      CheckSummary summary = check(store, true, findings);
      assertTrue(summary.isSound(), () -> findings.toString());
      assertTrue(summary.repaired() > 0, () -> findings.toString());
    }
    return findings;
  }

  private void assertRefused() {
    CacheException refused =
        assertThrows(CacheException.class, () -> Store.open(StoreConfig.at(directory)).close());
    assertTrue(refused.getMessage().contains("check"), refused.getMessage());
  }

  private List<Path> meta(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("meta"))) {
      return files.filter(file -> file.toString().endsWith(suffix)).toList();
    }
  }

  @Test
  void theDatabaseIsGone() throws IOException {
    CrashImage.delete(directory.resolve("meta"));
    assertRefused();
    repair();
  }

  @ParameterizedTest
  @ValueSource(strings = {"CURRENT", "MANIFEST"})
  void aFileOfItIsGone(String name) throws IOException {
    for (Path file : meta("")) {
      if (file.getFileName().toString().startsWith(name)) {
        Files.delete(file);
      }
    }
    assertRefused();
    repair();
    assertTrue(Files.exists(directory.resolve("meta.damaged1")));
  }

  @Test
  void everyTableFileIsDamaged() throws IOException {
    List<Path> files = meta(".sst");
    assertFalse(files.isEmpty());
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      for (int i = 0; i < bytes.length; i += 100) {
        bytes[i] ^= 1;
      }
      Files.write(file, bytes);
    }
    repair();
  }

  @Test
  void aTableFileIsGone() throws IOException {
    Files.delete(meta(".sst").get(0));
    repair();
  }

  @Test
  void theLedgerIsDamaged() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("ledger"))) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
      }
    }
    try (Store store = Store.open(StoreConfig.at(directory))) {
      store.meta().keepLedger(); // Opening has seen it, and made a new one.
    }
  }

  @Test
  void theBaseOfTheLedgerIsDamaged() throws IOException {
    Path base;
    try (Stream<Path> files = Files.list(directory.resolve("ledger"))) {
      base = files.filter(file -> file.toString().endsWith(".base")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(base);
    bytes[bytes.length / 2] ^= 1;
    Files.write(base, bytes);
    List<Finding> found = new ArrayList<>();
    try (Store store = Store.open(StoreConfig.at(directory))) {
      assertFalse(check(store, false, found).isSound());
    }
    assertEquals("ledger/", found.get(0).where());
    repair();
  }

  @Test
  void theLedgerIsGone() throws IOException {
    CrashImage.delete(directory.resolve("ledger"));
  }
}

package io.unicache.store.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetaRestoreTest {

  private static final int REGULAR = 0100644;

  private static final UUID STORE = new UUID(1, 2);

  @TempDir Path directory;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private MetaStore meta;

  @BeforeEach
  void open() throws CacheException {
    meta = open(directory.resolve("meta"), directory.resolve("ledger"));
    meta.keepLedger();
  }

  private MetaStore open(Path metadata, Path ledger) throws CacheException {
    return MetaStore.open(
        new MetaStore.Places(metadata, ledger, directory.resolve("reserve")), STORE, true);
  }

  @AfterEach
  void close() throws CacheException {
    meta.close();
  }

  /** Changes rows of every table that is not made anew from others, and some that are. */
  private void change() throws CacheException {
    int[] blocks = {random.nextInt(9), random.nextInt(9)};
    Samples.store(meta, blocks);
    meta.update(
        tx -> {
          long number = tx.nextNumber();
          tx.putInode(file(number, random.nextInt(1000)));
          tx.putEntry(1, entry("n" + random.nextInt(20), number, tx.nextNumber()));
          tx.putAttribute(number, Name.of("user.a"), new byte[random.nextInt(9)]);
          tx.putJournal(new JournalEntry(number, random.nextInt(100)));
          tx.putState("s" + random.nextInt(3), new byte[] {(byte) random.nextInt()});
          return null;
        });
    if (random.nextInt(4) == 0) {
      meta.sync();
    }
    if (random.nextInt(8) == 0) {
      Samples.release(meta, blocks);
    }
    if (random.nextInt(3) == 0) {
      meta.update(
          tx -> {
            String name = "n" + random.nextInt(20);
            Optional<DirectoryEntry> found = tx.entry(1, Name.of(name));
            if (found.isPresent()) {
              tx.deleteEntry(1, found.get());
              tx.deleteInode(found.get().inode());
            }
            return null;
          });
    }
  }

  private static DirectoryEntry entry(String name, long inode, long cookie) throws CacheException {
    return new DirectoryEntry(Name.of(name), inode, Inode.Type.REGULAR, cookie);
  }

  private static Inode file(long number, long seconds) {
    Timestamp time = new Timestamp(seconds, 0);
    return Inode.builder(number, REGULAR).links(1).modified(time).build();
  }

  /** Everything in the tables but blocks and what is counted, a line for each row. */
  private static List<String> rows(Path meta) throws CacheException {
    List<String> rows = new ArrayList<>();
    try (RocksTables tables = RocksTables.open(meta)) {
      for (Family family : Family.values()) {
        if (family == Family.BLOCKS || family == Family.FREED || family == Family.IDLE) {
          continue;
        }
        tables.scan(
            family,
            (key, value) -> {
              String name = HexFormat.of().formatHex(key);
              if (family != Family.STATE || !name.equals("00746f74616c73")) {
                rows.add(family + " " + name + " " + HexFormat.of().formatHex(value));
              }
              return true;
            });
      }
    }
    return rows;
  }

  @Test
  void restoresEveryRowAfterACrash() throws IOException {
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 50; i++) {
        change();
      }
      if (random.nextBoolean()) {
        meta.keepLedger();
      }
      try (CrashImage crash = new CrashImage(directory.resolve("ledger"))) {
        close(); // Its files may be read now.
        Path restored = crash.directory().resolve("restored");
        MetaRestore.Result result = MetaRestore.restore(restored, crash.directory(), STORE);
        assertEquals(List.of(), result.damage());
        assertEquals(rows(directory.resolve("meta")), rows(restored), "seed " + seed);
        open();
      }
    }
  }

  @Test
  void theLossOfTheLogOfTheDatabaseIsNoticed() throws IOException {
    change();
    meta.sync();
    try (CrashImage crash = new CrashImage(directory)) {
      Path damaged = crash.directory().resolve("meta");
      try (Stream<Path> files = Files.list(damaged)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
          Files.delete(file);
        }
      }
      CacheException.Corrupt corrupt =
          assertThrows(
              CacheException.Corrupt.class,
              () -> open(damaged, crash.directory().resolve("ledger")));
      assertTrue(corrupt.getMessage().contains("lacks changes"), corrupt.getMessage());
    }
  }

  @Test
  void goesOnWithARestoredDatabase() throws IOException {
    change();
    meta.sync();
    try (CrashImage crash = new CrashImage(directory)) {
      Path ledger = crash.directory().resolve("ledger");
      Path restored = crash.directory().resolve("restored");
      MetaRestore.restore(restored, ledger, STORE);
      MetaRestore.restartLedger(restored, ledger, STORE);
      List<String> before = rows(restored);
      open(restored, ledger).close();
      Path again = crash.directory().resolve("again");
      MetaRestore.restore(again, ledger, STORE);
      assertEquals(before, rows(again));
    }
  }

  @Test
  void whatIsThereIsNotReplaced() {
    assertThrows(
        CacheException.InvalidArgument.class,
        () -> MetaRestore.restore(directory.resolve("meta"), directory.resolve("ledger"), STORE));
  }
}

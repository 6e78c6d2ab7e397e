package io.unicache.store.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerTest {

  private static final UUID STORE = UUID.fromString("00000000-0000-0001-0000-000000000002");

  @TempDir Path temporary;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  /** What the tables hold, as text: table and key in hex, and the value. */
  private final TreeMap<String, String> rows = new TreeMap<>();

  private long sequence;

  private Path directory() {
    return temporary.resolve("ledger");
  }

  private Ledger open() throws CacheException {
    return Ledger.open(directory(), STORE, sequence);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String name(int table, byte[] key) {
    return table + ":" + HexFormat.of().formatHex(key);
  }

  private void append(Ledger ledger, LedgerRow... changed) {
    sequence += changed.length;
    for (LedgerRow row : changed) {
      apply(rows, row);
    }
    ledger.append(List.of(changed), sequence);
  }

  private static void apply(Map<String, String> rows, LedgerRow row) {
    if (row.value() == null) {
      rows.remove(name(row.table(), row.key()));
    } else {
      rows.put(name(row.table(), row.key()), text(row.value()));
    }
  }

  private static LedgerRow row(int table, String key, String value) {
    return new LedgerRow(table, bytes(key), value == null ? null : bytes(value));
  }

  private LedgerRow randomRow() {
    String value = random.nextInt(4) == 0 ? null : "v".repeat(random.nextInt(300));
    return row(1 + random.nextInt(3), "k" + random.nextInt(40), value);
  }

  private void writeBase(Ledger ledger) throws CacheException {
    try (LedgerBase base = ledger.beginBase()) {
      for (Map.Entry<String, String> row : rows.entrySet()) {
        int colon = row.getKey().indexOf(':');
        base.add(
            new LedgerRow(
                Integer.parseInt(row.getKey().substring(0, colon)),
                HexFormat.of().parseHex(row.getKey().substring(colon + 1)),
                bytes(row.getValue())));
      }
      base.finish();
    }
  }

  private Map<String, String> replayed(List<String> damage) throws CacheException {
    Map<String, String> found = new TreeMap<>();
    damage.addAll(new LedgerReplay(directory(), STORE).replay(row -> apply(found, row)));
    return found;
  }

  private void assertWhole() throws CacheException {
    List<String> damage = new ArrayList<>();
    assertEquals(rows, replayed(damage), "seed " + seed);
    assertEquals(List.of(), damage);
  }

  @Test
  void everyChangeIsReadBack() throws CacheException {
    try (Ledger ledger = open()) {
      assertTrue(ledger.wantsBase());
      writeBase(ledger);
      assertFalse(ledger.wantsBase());
      append(ledger, row(1, "a", "1"), row(2, "a", "2"), row(1, "", ""));
      append(ledger, row(1, "a", null));
      ledger.durable(sequence);
      assertWhole();
    }
    assertWhole();
  }

  @Test
  void goesOnWhereTheDatabaseWasClosed() throws CacheException {
    try (Ledger ledger = open()) {
      writeBase(ledger);
      append(ledger, row(1, "a", "1"));
    }
    try (Ledger ledger = open()) {
      assertFalse(ledger.wantsBase());
      append(ledger, row(1, "b", "2"));
    }
    assertWhole();
  }

  @Test
  void aChangeThatItDoesNotKnowMakesANewBaseDue() throws CacheException {
    try (Ledger ledger = open()) {
      writeBase(ledger);
      append(ledger, row(1, "a", "1"));
    }
    sequence++;
    try (Ledger ledger = open()) {
      assertTrue(ledger.wantsBase());
    }
  }

  @Test
  void aCrashMakesANewBaseDueAndLosesNothing() throws CacheException {
    Ledger crashed = open();
    writeBase(crashed);
    append(crashed, row(1, "a", "1"));
    // Never closed.
    try (Ledger ledger = open()) {
      assertTrue(ledger.wantsBase());
      append(ledger, row(1, "b", "2"));
      assertWhole();
      writeBase(ledger);
      assertWhole();
      assertEquals(2, count(), "what is out of date is deleted");
    }
    crashed.close();
  }

  private long count() {
    try (Stream<Path> files = Files.list(directory())) {
      return files.count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tellsOfADatabaseThatLacksDurableChanges() throws CacheException {
    Ledger crashed = open();
    append(crashed, row(1, "a", "1"));
    long before = sequence;
    crashed.durable(sequence);
    append(crashed, row(1, "b", "1"));
    long last = sequence;
    sequence = before;
    open().close(); // What was not durable may be gone.
    sequence = before - 1;
    CacheException.Corrupt corrupt = assertThrows(CacheException.Corrupt.class, this::open);
    assertTrue(corrupt.getMessage().contains("check --repair"), corrupt.getMessage());
    Ledger.restart(directory(), STORE, sequence).close();
    open().close();
    sequence = last;
    crashed.close();
  }

  @Test
  void theMarkIsCarriedIntoNewChanges() throws CacheException {
    Ledger crashed = open();
    append(crashed, row(1, "a", "1"));
    crashed.durable(sequence);
    writeBase(crashed);
    Ledger again = open();
    writeBase(again);
    sequence--;
    assertThrows(CacheException.Corrupt.class, this::open);
    crashed.close();
    again.close();
  }

  @Test
  void changesWhileABaseIsMadeAreInIt() throws CacheException {
    try (Ledger ledger = open()) {
      writeBase(ledger);
      append(ledger, row(1, "before", "1"));
      try (LedgerBase base = ledger.beginBase()) {
        append(ledger, row(1, "during", "1"));
        base.add(row(1, "before", "1"));
        append(ledger, row(1, "before", null));
        assertWhole();
        base.finish();
      }
      assertWhole();
    }
  }

  @Test
  void anUnfinishedBaseDoesNotCount() throws CacheException {
    try (Ledger ledger = open()) {
      writeBase(ledger);
      append(ledger, row(1, "a", "1"));
      try (LedgerBase base = ledger.beginBase()) {
        base.add(row(1, "nonsense", "1"));
      }
      append(ledger, row(1, "b", "1"));
      assertTrue(ledger.wantsBase());
      assertWhole();
    }
  }

  @Test
  void withoutABaseNothingIsGuessed() throws CacheException {
    try (Ledger ledger = open()) {
      append(ledger, row(1, "a", "1"));
      assertThrows(CacheException.Missing.class, () -> replayed(new ArrayList<>()));
    }
  }

  @Test
  void damageIsTold() throws Exception {
    try (Ledger ledger = open()) {
      writeBase(ledger);
      for (int i = 0; i < 50; i++) {
        append(ledger, randomRow());
      }
    }
    Path changes = directory().resolve("1.changes");
    byte[] sound = Files.readAllBytes(changes);
    for (int round = 0; round < 200; round++) {
      byte[] damaged = sound.clone();
      if (random.nextBoolean()) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      } else {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      }
      Files.write(changes, damaged);
      List<String> damage = new ArrayList<>();
      replayed(damage);
      boolean cutBetweenRecords = damaged.length < sound.length && damage.isEmpty();
      assertTrue(cutBetweenRecords || damage.size() == 1, "seed " + seed + ": " + damage);
      try (Ledger ledger = open()) {
        assertTrue(ledger.wantsBase(), "seed " + seed);
      }
      Files.delete(directory().resolve("2.changes"));
    }
  }

  @Test
  void randomLives() throws CacheException {
    for (int life = 0; life < 40; life++) {
      Ledger ledger = open();
      for (int i = random.nextInt(30); i > 0; i--) {
        switch (random.nextInt(6)) {
          case 0 -> ledger.durable(sequence);
          case 1 -> writeBase(ledger);
          case 2 -> ledger.sync();
          default -> append(ledger, randomRow(), randomRow());
        }
      }
      if (life == 0 || random.nextBoolean()) {
        writeBase(ledger);
      }
      if (random.nextBoolean()) {
        ledger.close();
      }
      assertWhole();
    }
  }

  @Test
  void aLaterVersionIsRefused() throws Exception {
    try (Ledger ledger = open()) {
      writeBase(ledger);
    }
    Path base = directory().resolve("1.base");
    byte[] bytes = Files.readAllBytes(base);
    bytes[11] = 9;
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 60);
    ByteBuffer.wrap(bytes).putInt(60, (int) crc.getValue());
    Files.write(base, bytes);
    assertThrows(CacheException.Version.class, () -> replayed(new ArrayList<>()));
  }
}

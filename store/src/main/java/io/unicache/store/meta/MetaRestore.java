package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.Ledger;
import io.unicache.store.ledger.LedgerReplay;
import io.unicache.store.ledger.LedgerRow;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Makes the metadata anew from its second copy. What the copy does not have is made from what it
 * has (the order of directories, the list of files without a name), or left to others: the block
 * table, which is in the pack indexes, and every count of references. Not thread-safe.
 */
public final class MetaRestore {

  private static final int BATCH_BYTES = 1 << 20;

  private final RocksTables tables;
  private final Map<Family, NavigableMap<byte[], byte[]>> batch = new EnumMap<>(Family.class);
  private int batchBytes;
  private long rows;

  private MetaRestore(RocksTables tables) {
    this.tables = tables;
  }

  /**
   * What was restored.
   *
   * @param rows rows that were read
   * @param damage what of the copy is damaged, a line each
   */
  public record Result(long rows, List<String> damage) {}

  /**
   * Makes a database with no blocks.
   *
   * @param directory where there is none yet
   * @param ledger directory of the second copy
   * @param store identity of the store
   * @throws CacheException.Missing if there is no whole copy
   */
  public static Result restore(Path directory, Path ledger, UUID store) throws CacheException {
    if (RocksTables.exist(directory)) {
      throw new CacheException.InvalidArgument("there is metadata in " + directory + " already");
    }
    LedgerReplay replay = new LedgerReplay(ledger, store);
    try (RocksTables tables = RocksTables.open(directory)) {
      MetaRestore restore = new MetaRestore(tables);
      List<String> damage = replay.replay(restore::put);
      restore.derive();
      tables.sync();
      return new Result(restore.rows, damage);
    }
  }

  /** Begins the ledger of a database that was restored and is in use now: the old one is done. */
  public static void restartLedger(Path directory, Path ledger, UUID store) throws CacheException {
    try (RocksTables tables = RocksTables.open(directory)) {
      MetaLedger restarted =
          new MetaLedger(tables, Ledger.restart(ledger, store, tables.lastSequence()));
      restarted.keep();
      restarted.close();
    }
  }

  private void put(LedgerRow row) throws CacheException {
    Family family = Family.ofLedgerCode(row.table());
    if (family == null) {
      throw new CacheException.Version(
          "the second copy of the metadata has a table "
              + row.table()
              + " that this version does not know; use the newer version that made it");
    }
    rows++;
    put(family, row.key(), row.value());
  }

  private void put(Family family, byte[] key, byte[] value) throws CacheException {
    batch.computeIfAbsent(family, f -> new TreeMap<>(Arrays::compareUnsigned)).put(key, value);
    batchBytes += key.length + (value == null ? 0 : value.length);
    if (batchBytes >= BATCH_BYTES) {
      flush();
    }
  }

  private void flush() throws CacheException {
    tables.write(batch);
    batch.clear();
    batchBytes = 0;
  }

  private void derive() throws CacheException {
    flush();
    tables.scan(
        Family.ENTRIES,
        (key, value) -> {
          DirectoryEntry entry = EntryRow.decode(key, value);
          byte[] listed = EntryRow.listingKey(Keys.firstNumber(key), entry.cookie());
          put(Family.LISTING, listed, EntryRow.encodeListing(entry));
          return true;
        });
    tables.scan(
        Family.INODES,
        (key, value) -> {
          if (InodeRow.decode(key, value).links() == 0) {
            put(Family.ORPHANS, key, PlainRow.nothing());
          }
          return true;
        });
    flush();
  }
}

package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.Ledger;
import io.unicache.store.ledger.LedgerBase;
import io.unicache.store.ledger.LedgerRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Keeps a {@link Ledger} of the tables that cannot be made anew. Safe for use by many threads. */
final class MetaLedger implements RocksTables.Follower {

  private final RocksTables tables;
  private final Ledger ledger;

  /** Held by who makes a base: one at a time. */
  private final Object baseLock = new Object();

  MetaLedger(RocksTables tables, Ledger ledger) {
    this.tables = tables;
    this.ledger = ledger;
  }

  /** Opens the ledger of tables, which nobody changes yet, and has it told of all changes. */
  static MetaLedger open(RocksTables tables, Path directory, UUID store) throws CacheException {
    MetaLedger ledger =
        new MetaLedger(tables, Ledger.open(directory, store, tables.lastSequence()));
    tables.tell(ledger);
    return ledger;
  }

  @Override
  public void written(Map<Family, ? extends Map<byte[], byte[]>> changes, long sequence) {
    List<LedgerRow> rows = new ArrayList<>();
    changes.forEach(
        (family, changed) -> {
          if (family.ledgerCode() != 0) {
            changed.forEach((key, value) -> add(rows, family, key, value));
          }
        });
    ledger.append(rows, sequence);
  }

  private static void add(List<LedgerRow> rows, Family family, byte[] key, byte[] value) {
    // The totals change with nearly every batch and can be counted.
    if (family != Family.STATE || !Arrays.equals(key, StateRow.TOTALS_KEY)) {
      rows.add(new LedgerRow(family.ledgerCode(), key, value));
    }
  }

  @Override
  public void durable(long sequence) {
    ledger.durable(sequence);
  }

  void sync() {
    ledger.sync();
  }

  List<String> damage() throws CacheException {
    return ledger.damage();
  }

  void renew() throws CacheException {
    ledger.renew();
    keep();
  }

  /** Writes all rows down if the ledger asks for it; changes go on meanwhile. */
  void keep() throws CacheException {
    synchronized (baseLock) {
      if (ledger.wantsBase()) {
        writeBase();
      }
    }
  }

  private void writeBase() throws CacheException {
    try (LedgerBase base = ledger.beginBase()) {
      for (Family family : Family.values()) {
        if (family.ledgerCode() != 0) {
          tables.scan(family, (key, value) -> addTo(base, family, key, value));
        }
      }
      base.finish();
    }
  }

  private static boolean addTo(LedgerBase base, Family family, byte[] key, byte[] value)
      throws CacheException {
    base.add(new LedgerRow(family.ledgerCode(), key, value));
    return true;
  }

  void close() throws CacheException {
    ledger.close();
  }
}

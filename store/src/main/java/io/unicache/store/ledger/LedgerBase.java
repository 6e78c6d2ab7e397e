package io.unicache.store.ledger;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.LedgerRecord.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A base in the making; closing it unfinished leaves the older one in place. Not thread-safe. */
public final class LedgerBase implements AutoCloseable {

  private static final int RECORD_BYTES = 64 << 10;

  private final Ledger ledger;
  private final LedgerWriter out;
  private final int number;
  private final List<LedgerRow> pending = new ArrayList<>();
  private int pendingBytes;

  LedgerBase(Ledger ledger, LedgerWriter out, int number) {
    this.ledger = ledger;
    this.out = out;
    this.number = number;
  }

  int number() {
    return number;
  }

  /** Adds a row that is there. */
  public void add(LedgerRow row) throws CacheException {
    pending.add(row);
    pendingBytes += row.bytes();
    if (pendingBytes >= RECORD_BYTES) {
      flush();
    }
  }

  private void flush() throws CacheException {
    if (pending.isEmpty()) {
      return;
    }
    try {
      out.rows(pending, 0);
    } catch (IOException e) {
      throw CacheException.of("writing " + out.path(), e);
    }
    pending.clear();
    pendingBytes = 0;
  }

  /** Says that all rows have been added; the base counts from now on. */
  public void finish() throws CacheException {
    flush();
    try {
      out.mark(Kind.COMPLETE, 0);
      out.force();
    } catch (IOException e) {
      throw CacheException.of("writing " + out.path(), e);
    }
    ledger.adopt(this, out.length());
  }

  @Override
  public void close() throws CacheException {
    try {
      out.close();
    } catch (IOException e) {
      throw CacheException.of("closing " + out.path(), e);
    }
  }
}

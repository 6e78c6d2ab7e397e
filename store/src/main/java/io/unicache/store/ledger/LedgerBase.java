package io.unicache.store.ledger;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.LedgerRecord.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A base in the making; closing it unfinished leaves the older one in place. Not thread-safe. */
public final class LedgerBase implements AutoCloseable {

  private static final int RECORD_BYTES = 64 << 10;

  /** How much is written between two looks at the room that the disk has. */
  private static final long LOOK_BYTES = 1 << 20;

  private final Ledger ledger;
  private final LedgerFiles files;
  private final LedgerWriter out;
  private final int number;
  private final List<LedgerRow> pending = new ArrayList<>();
  private int pendingBytes;
  private long lookedAt;
  private boolean finished;

  LedgerBase(Ledger ledger, LedgerFiles files, LedgerWriter out, int number) {
    this.ledger = ledger;
    this.files = files;
    this.out = out;
    this.number = number;
  }

  int number() {
    return number;
  }

  /**
   * Adds a row that is there.
   *
   * @throws CacheException.Full if the disk has no room for it
   */
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
    if (out.length() - lookedAt >= LOOK_BYTES) {
      lookedAt = out.length();
      files.requireRoom(LOOK_BYTES);
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
    finished = true;
  }

  @Override
  public void close() throws CacheException {
    try {
      out.close();
    } catch (IOException e) {
      throw CacheException.of("closing " + out.path(), e);
    } finally {
      if (!finished) {
        files.deleteUnfinished(number);
      }
    }
  }
}

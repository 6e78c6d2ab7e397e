package io.unicache.store.ledger;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.LedgerHeader.Role;
import io.unicache.store.ledger.LedgerRecord.Kind;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * The second copy of the metadata, kept up to date. Its files are numbered: {@code 7.changes} has
 * every change from some moment on, and {@code 7.base} all rows as they were at some later moment.
 * Rows are given as they became, so that replaying changes over a base that knows them already does
 * no harm. A base is made anew when the changes outgrow it, or when the copy has missed something.
 *
 * <p>It is never in the way: a change that cannot be appended is missing here and nowhere else,
 * until the next base. Safe for use by many threads.
 */
public final class Ledger implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Ledger.class.getName());

  /** Changes of fewer bytes are not worth a new base. */
  private static final long MIN_CHANGES_BYTES = 16L << 20;

  private final LedgerFiles files;
  private int number;
  private LedgerWriter changes;
  private long baseBytes;
  private boolean baseMissing;
  private boolean forced = true;

  /** The change that a mark said to be durable last. */
  private long marked;

  private long lastSequence;

  private Ledger(LedgerFiles files, long sequence) throws CacheException {
    this.files = files;
    this.lastSequence = sequence;
    try {
      Files.createDirectories(files.directory());
    } catch (IOException e) {
      throw CacheException.of("making " + files.directory(), e);
    }
    number = files.newest();
  }

  /**
   * Opens the ledger of a database that is open.
   *
   * @param sequence number of the database's last change
   * @throws CacheException.Corrupt if the database lacks changes that it once had made durable
   */
  public static Ledger open(Path directory, UUID store, long sequence) throws CacheException {
    Ledger ledger = new Ledger(new LedgerFiles(directory, store), sequence);
    if (ledger.number == 0 || !ledger.goOn()) {
      ledger.begin();
    }
    return ledger;
  }

  /** As {@link #open}, for a database that was made anew: what is there is only to be replaced. */
  public static Ledger restart(Path directory, UUID store, long sequence) throws CacheException {
    Ledger ledger = new Ledger(new LedgerFiles(directory, store), sequence);
    ledger.begin();
    return ledger;
  }

  /** Goes on with the newest changes, if they end where the database does. */
  private boolean goOn() throws CacheException {
    Path path = files.path(number, Role.CHANGES);
    if (!Files.exists(path)) {
      return false;
    }
    LedgerReader.Summary found = files.read(number, Role.CHANGES, row -> {});
    marked = found.durable();
    if (marked > lastSequence) {
      throw new CacheException.Corrupt(
          "the metadata of "
              + files.directory().getParent()
              + " lacks changes that were durable (it ends at "
              + lastSequence
              + ", "
              + path.getFileName()
              + " says "
              + marked
              + "); `unicache check --repair` restores them from the ledger");
    }
    Path base = files.path(number, Role.BASE);
    if (!found.isSound()
        || found.last() != Kind.CLOSED
        || found.sequence() != lastSequence
        || !Files.exists(base)) {
      return false;
    }
    try {
      changes = LedgerWriter.goOn(path);
      baseBytes = Files.size(base);
      return true;
    } catch (IOException e) {
      throw CacheException.of("opening " + path, e);
    }
  }

  /** Begins new changes, of which the base is still to come. */
  private void begin() throws CacheException {
    LedgerWriter old = changes;
    changes = files.create(number + 1, Role.CHANGES);
    number++;
    baseMissing = true;
    closeQuietly(old);
    forced = false;
    try {
      changes.mark(Kind.DURABLE, marked);
    } catch (IOException e) {
      giveUp(e);
    }
  }

  /**
   * Appends a change that the database has made.
   *
   * @param sequence its number in the database, greater than those before
   */
  public synchronized void append(Collection<LedgerRow> rows, long sequence) {
    lastSequence = sequence;
    if (changes == null || rows.isEmpty()) {
      return;
    }
    try {
      changes.rows(rows, sequence);
      forced = false;
    } catch (IOException | ArithmeticException e) {
      giveUp(e);
    }
  }

  /** Notes that the database has made all changes up to a sequence durable. */
  public synchronized void durable(long sequence) {
    if (changes == null || sequence <= marked) {
      return;
    }
    try {
      changes.mark(Kind.DURABLE, sequence);
      marked = sequence;
      forced = false;
    } catch (IOException e) {
      giveUp(e);
    }
  }

  /** From now on changes are missing here; the next base has them. */
  private void giveUp(Exception cause) {
    LOG.log(
        Level.WARNING,
        "the second copy of the metadata is out of date until it can be written again: "
            + cause.getMessage());
    closeQuietly(changes);
    changes = null;
    baseMissing = true;
  }

  /** Makes everything durable that was appended. Others may append meanwhile. */
  public void sync() {
    LedgerWriter target;
    synchronized (this) {
      if (forced || changes == null) {
        return;
      }
      target = changes;
      forced = true;
    }
    try {
      target.force();
    } catch (IOException e) {
      synchronized (this) {
        if (target == changes) {
          giveUp(e);
        }
      }
    }
  }

  /** Tells whether {@link #beginBase} is worth its while. */
  public synchronized boolean wantsBase() {
    return baseMissing || changes.length() > Math.max(MIN_CHANGES_BYTES, baseBytes);
  }

  /** Asks for a base: what there is does not count any more. */
  public synchronized void renew() throws CacheException {
    begin();
  }

  /**
   * Reads everything back and returns what is damaged, a line each. Changes may go on meanwhile. A
   * base that is still to be made is no damage.
   */
  public List<String> damage() throws CacheException {
    while (true) {
      int reading;
      long length;
      synchronized (this) {
        if (baseMissing) {
          return List.of();
        }
        reading = number;
        length = changes.length();
      }
      List<String> damage = new LedgerReplay(files).damage(reading, length);
      synchronized (this) {
        if (reading == number) {
          return damage;
        }
      }
    }
  }

  /**
   * Begins a base. Every change from now on is appended to the new changes, so the rows may be read
   * while others change them.
   *
   * @throws CacheException.Full if the disk has no room for it now
   */
  public synchronized LedgerBase beginBase() throws CacheException {
    files.requireRoom(baseBytes);
    // The changes since this was opened will do, if they are complete.
    if (changes == null || !baseMissing) {
      begin();
    }
    return new LedgerBase(this, files, files.create(number, Role.BASE), number);
  }

  /** The base is complete and durable under its temporary name. */
  void adopt(LedgerBase base, long bytes) throws CacheException {
    synchronized (this) {
      if (base.number() != number || changes == null) {
        throw new CacheException.Busy("changes were lost while the base was made");
      }
    }
    sync();
    files.publishBase(base.number());
    synchronized (this) {
      baseMissing = changes == null;
      baseBytes = bytes;
    }
    files.deleteBefore(base.number());
    Directories.sync(files.directory());
  }

  /** Notes that the database is about to be closed in the state that it has. */
  @Override
  public synchronized void close() throws CacheException {
    if (changes == null) {
      return;
    }
    LedgerWriter last = changes;
    changes = null;
    try (last) {
      last.mark(Kind.CLOSED, lastSequence);
      last.force();
    } catch (IOException e) {
      throw CacheException.of("writing " + last.path(), e);
    }
  }

  private static void closeQuietly(LedgerWriter writer) {
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "closing " + writer.path(), e);
      }
    }
  }
}

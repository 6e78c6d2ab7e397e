package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The journals of all open files. The metadata says which journal belongs to a file; a commit takes
 * that back in the same batch. So a journal's file is of use until such a batch is durable, and
 * deleted then. Safe for use by many threads.
 */
final class Journals {

  private static final String SUFFIX = ".journal";

  private final Path staging;
  private final MetaStore meta;
  private final AtomicLong last = new AtomicLong();

  /** Journals with something that is not durable; each is its own value. */
  private final Map<Journal, Journal> unforced = new ConcurrentHashMap<>();

  /** Held while the names of journals are made durable. */
  private final Object names = new Object();

  private volatile boolean namesUnsynced;

  /** Deletes the file of a journal that nothing needs. */
  private interface Leftover {
    void delete() throws CacheException;
  }

  /** What can be deleted once the metadata is durable; guarded by itself. */
  private final List<Leftover> retired = new ArrayList<>();

  Journals(Path staging, MetaStore meta) {
    this.staging = staging;
    this.meta = meta;
  }

  /** Keeps a number from being given out again. */
  void reserve(long number) {
    last.accumulateAndGet(number, Math::max);
  }

  Path file(long number) {
    return staging.resolve(number + SUFFIX);
  }

  /**
   * Makes a journal, which belongs to no file yet.
   *
   * @param size length of the file's committed content, in bytes
   */
  Journal create(long inode, long size) throws CacheException {
    long number = last.incrementAndGet();
    Journal journal = new Journal(file(number), new JournalEntry(inode, number), size);
    namesUnsynced = true;
    return journal;
  }

  /** Takes over the journal of an earlier process; see {@link Journal#adopt}. */
  Journal adopt(JournalEntry entry) throws CacheException {
    return Journal.adopt(file(entry.number()), entry);
  }

  /** Says that a journal's file has grown. */
  void appended(Journal journal) {
    unforced.put(journal, journal);
  }

  /** Makes a journal the one of its file. */
  void publish(Journal journal) throws CacheException {
    meta.update(
        tx -> {
          tx.putJournal(journal.entry());
          return null;
        });
  }

  /** A journal belongs to no file any more, or not once the metadata is durable. */
  void retire(Journal journal) {
    journal.retire();
    unforced.remove(journal);
    synchronized (retired) {
      retired.add(journal::delete);
    }
  }

  /** As {@link #retire(Journal)}, for a journal of an earlier process. */
  void retire(Path file) {
    synchronized (retired) {
      retired.add(() -> delete(file));
    }
  }

  private static void delete(Path file) throws CacheException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw CacheException.of("removing " + file, e);
    }
  }

  /** Makes all that was appended to journals durable; the first failure is thrown at the end. */
  private void force() throws CacheException {
    syncNames();
    CacheException first = null;
    for (Journal journal : unforced.keySet()) {
      try {
        journal.force(); // waits for another thread that is at it
        // Not if it was appended to in between.
        unforced.computeIfPresent(journal, (j, same) -> j.isForced() ? null : same);
      } catch (CacheException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Makes one journal durable. */
  void force(Journal journal) throws CacheException {
    syncNames();
    journal.force();
  }

  private void syncNames() throws CacheException {
    synchronized (names) { // Whoever comes second must not return before it is done.
      if (namesUnsynced) {
        namesUnsynced = false;
        try {
          Directories.sync(staging);
        } catch (CacheException e) {
          namesUnsynced = true;
          throw e;
        }
      }
    }
  }

  /**
   * Makes what is in journals durable, then the metadata that names them, even if one of them
   * fails; then deletes what is not needed any more.
   */
  void sync(MetadataSync metadata) throws CacheException {
    List<Leftover> leftovers;
    synchronized (retired) {
      leftovers = List.copyOf(retired);
    }
    CacheException failure = null;
    try {
      force();
    } catch (CacheException e) {
      failure = e;
    }
    metadata.sync();
    for (Leftover leftover : leftovers) {
      leftover.delete();
      synchronized (retired) {
        retired.remove(leftover);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private final Set<Journal> unforced = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean namesUnsynced = new AtomicBoolean();

  /** Files of journals that nothing needs once the metadata is durable; guarded by itself. */
  private final List<Path> retired = new ArrayList<>();

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
    namesUnsynced.set(true);
    return new Journal(file(number), new JournalEntry(inode, number), size);
  }

  /** Says that a journal's file has grown. */
  void appended(Journal journal) {
    unforced.add(journal);
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
  void retire(Journal journal) throws CacheException {
    retire(journal.path());
    unforced.remove(journal);
    journal.close();
  }

  void retire(Path file) {
    synchronized (retired) {
      retired.add(file);
    }
  }

  /** Makes all that was appended to journals durable. */
  void force() throws CacheException {
    if (namesUnsynced.getAndSet(false)) {
      try {
        Directories.sync(staging);
      } catch (CacheException e) {
        namesUnsynced.set(true);
        throw e;
      }
    }
    for (Journal journal : unforced) {
      force(journal);
    }
  }

  private void force(Journal journal) throws CacheException {
    journal.force(); // waits for another thread that is at it
    synchronized (journal) {
      if (journal.isForced()) { // not if it was appended to in between
        unforced.remove(journal);
      }
    }
  }

  /** Returns the files that can be deleted when the metadata, as it is now, is durable. */
  List<Path> retired() {
    synchronized (retired) {
      return List.copyOf(retired);
    }
  }

  void delete(List<Path> files) throws CacheException {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw CacheException.of("removing " + file, e);
      }
      synchronized (retired) {
        retired.remove(file);
      }
    }
  }
}

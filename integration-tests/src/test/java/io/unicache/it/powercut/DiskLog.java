package io.unicache.it.powercut;

import java.util.ArrayList;
import java.util.List;

/**
 * What was done to a file system, in order. A position is a number of entries: a crash at position
 * k has seen the first k. Safe for use by many threads.
 */
final class DiskLog {

  /** One step. */
  sealed interface Entry {}

  /** Bytes were written to a file. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Write(long inode, long offset, byte[] data) implements Entry {}

  /** A file got another length. */
  record Resize(long inode, long size) implements Entry {}

  /** A range of a file became a hole. */
  record Punch(long inode, long from, long to) implements Entry {}

  /**
   * A name in a directory.
   *
   * @param inode what it leads to; 0 if it is gone
   */
  record Name(long directory, String name, long inode) {}

  /** Names changed in one step. */
  record Names(List<Name> names) implements Entry {}

  /** fsync or fdatasync of a file came back. */
  record Sync(long inode) implements Entry {}

  /** fsync of a directory came back. */
  record SyncNames(long directory) implements Entry {}

  private final List<Entry> entries = new ArrayList<>();

  synchronized void add(Entry entry) {
    entries.add(entry);
  }

  /** Returns the present position. */
  synchronized int position() {
    return entries.size();
  }

  /** Returns the first entries. */
  synchronized List<Entry> upTo(int position) {
    return List.copyOf(entries.subList(0, position));
  }
}

package io.unicache.store.file;

import java.util.function.LongUnaryOperator;

/** What of a draft is not in the committed content, and what not in a journal. Not thread-safe. */
final class DraftChanges {

  /** Bytes that are written to a journal at once, at most. */
  private static final long MAX_SAVED = 64 << 20;

  /** Bytes that a journal holds that are not out of date, at most. */
  private static final long MAX_UNCOMMITTED = 256 << 20;

  /** A commit may store so many times what has changed before a journal is the better choice. */
  private static final int WORTH = 4;

  private final Changes uncommitted;
  private final Changes unsaved;
  private long committedSize;

  /** Whether blocks have been stored, or shared, that are not in the committed content. */
  private boolean newBlocks;

  /**
   * @param committedSize bytes
   */
  DraftChanges(long committedSize) {
    this.committedSize = committedSize;
    this.uncommitted = new Changes(committedSize);
    this.unsaved = new Changes(committedSize);
  }

  /** Notes new bytes, or zeros, in a range. */
  void write(long from, long to) {
    uncommitted.write(from, to);
    unsaved.write(from, to);
  }

  /** Notes a new length. */
  void resize(long size) {
    uncommitted.resize(size);
    unsaved.resize(size);
  }

  /** Notes that there are blocks that only a commit keeps. */
  void addBlocks() {
    newBlocks = true;
  }

  /** Everything is in a journal now; the draft is {@code size} bytes long. */
  void saved(long size) {
    unsaved.reset(size);
  }

  /** Everything is in the committed content now. */
  void committed(long size) {
    committedSize = size;
    uncommitted.reset(size);
    unsaved.reset(size);
    newBlocks = false;
  }

  /** Returns what is not in the committed content. */
  Changes uncommitted() {
    return uncommitted;
  }

  /** Returns what is neither there nor in a journal. */
  Changes unsaved() {
    return unsaved;
  }

  /** Returns the length of the committed content. */
  long committedSize() {
    return committedSize;
  }

  /** Tells whether there is so much that it had better be committed than written again. */
  boolean areMany() {
    return uncommitted.bytes(MAX_UNCOMMITTED) > MAX_UNCOMMITTED;
  }

  /**
   * Tells whether a commit is as good as a journal, which pays where blocks are much larger than
   * what of them has changed.
   *
   * @param small bytes that are always cheap to store
   * @param cost bytes that a commit stores, counted no further than its argument
   */
  boolean commitCheaply(long small, LongUnaryOperator cost) {
    if (newBlocks) {
      return true; // most of it is in packs already
    }
    long changed = unsaved.bytes(MAX_SAVED);
    long bearable = Math.max(small, changed * WORTH);
    return changed > MAX_SAVED || cost.applyAsLong(bearable) <= bearable;
  }
}

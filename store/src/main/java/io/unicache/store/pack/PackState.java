package io.unicache.store.pack;

/** What is known of one pack's content, as opening found it and appends and frees change it. */
final class PackState {
  final LiveBlocks live = new LiveBlocks();

  /** What all blocks took that were ever written here, padding included. */
  long indexedBytes;

  /** Where the next block goes. */
  long tail;

  /** Where the next index record goes. */
  long indexEnd = IndexHeader.BYTES;

  /** Whether records of the index are unreadable, so that {@link #live} is not all. */
  boolean damaged;

  /** Whether the index can take records: pack and index are there and the header is good. */
  boolean indexUsable = true;

  /** Whether something is there that is not what it should be, not only something missing. */
  boolean altered;

  /**
   * Whether the pack had bytes behind the last indexed block when it was opened: what a crash has
   * left, or blocks whose records are lost. See {@link PackSet#unindexed}.
   */
  boolean unindexed;

  /**
   * Tells whether no block is left: neither a known one nor one whose record is damaged or lost.
   */
  boolean isEmpty() {
    return live.count() == 0 && !damaged && indexUsable && !unindexed;
  }
}

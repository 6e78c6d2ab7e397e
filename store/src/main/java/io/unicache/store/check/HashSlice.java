package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import java.util.Arrays;

/**
 * Consecutive rows of a table whose keys are hashes, with a count for each: at most {@link #ROWS}
 * of them, about 80 bytes each. Not thread-safe.
 */
final class HashSlice {

  /** Rows of a slice. */
  static final int ROWS = 1 << 19;

  private final int maxRows;
  private final BlockHash from;
  private BlockHash next;
  private BlockHash[] hashes = new BlockHash[1024];
  private long[] values = new long[1024];
  private long[] references = new long[1024];
  private long[] counts = new long[1024];
  private int size;

  /**
   * Starts an empty slice.
   *
   * @param from the first hash that is its business; null for the very first
   */
  HashSlice(BlockHash from, int maxRows) {
    this.from = from;
    this.maxRows = maxRows;
  }

  /**
   * Adds the next row of the table.
   *
   * @return false if the slice is full: the row begins the next one
   */
  boolean add(BlockHash hash, long value, long rowReferences) {
    if (size == maxRows) {
      next = hash;
      return false;
    }
    if (size == hashes.length) {
      int length = Math.min(maxRows, size * 2);
      hashes = Arrays.copyOf(hashes, length);
      values = Arrays.copyOf(values, length);
      references = Arrays.copyOf(references, length);
      counts = Arrays.copyOf(counts, length);
    }
    hashes[size] = hash;
    values[size] = value;
    references[size] = rowReferences;
    size++;
    return true;
  }

  /** Returns the first hash of the next slice, or null if this is the last. */
  BlockHash next() {
    return next;
  }

  /** Tells whether a hash is the business of this slice, there or not. */
  boolean covers(BlockHash hash) {
    return (from == null || hash.compareTo(from) >= 0)
        && (next == null || hash.compareTo(next) < 0);
  }

  /** Returns the index of a row, negative if there is none. */
  int indexOf(BlockHash hash) {
    return Arrays.binarySearch(hashes, 0, size, hash);
  }

  int size() {
    return size;
  }

  BlockHash hash(int index) {
    return hashes[index];
  }

  long value(int index) {
    return values[index];
  }

  /** Returns the references that the row says. */
  long references(int index) {
    return references[index];
  }

  void count(int index) {
    counts[index]++;
  }

  /** Returns the references that were counted. */
  long counted(int index) {
    return counts[index];
  }
}

package io.unicache.store.meta;

import io.unicache.store.error.CacheException;

/**
 * Hands out numbers that never come back. The table holds a limit that no number has reached yet; a
 * crash skips what was left below it. Handed out to the changing thread only.
 */
final class Numbers {

  /** The root is inode 1, and cookies up to 2 stand for "." and "..". */
  private static final long FIRST = 16;

  /** How many numbers one write of the limit is good for. */
  private static final long RANGE = 1024;

  private volatile long next;
  private long committedLimit;
  private long limit;

  Numbers(RocksTables tables) throws CacheException {
    byte[] value = tables.get(Family.STATE, StateRow.NUMBERS_KEY);
    next = value == null ? FIRST : StateRow.decodeNumber(value);
    committedLimit = next;
    limit = next;
  }

  /** Returns the next number; the batch raises the limit if need be. */
  long next(Batch batch) {
    if (next >= limit) {
      limit = next + RANGE;
      batch.put(Family.STATE, StateRow.NUMBERS_KEY, StateRow.encodeNumber(limit));
    }
    long number = next;
    next = number + 1;
    return number;
  }

  /** Makes every later number greater than one that was found in use. */
  void raiseAbove(long used, Batch batch) {
    if (used >= next) {
      next = used + 1;
      limit = next;
      next(batch);
    }
  }

  /** Returns a number that none which was handed out is greater than. For any thread. */
  long last() {
    return next - 1;
  }

  /** The batch has been written. */
  void committed() {
    committedLimit = limit;
  }

  /** The batch has been given up: what it said of the limit is void, its numbers stay used. */
  void rolledBack() {
    limit = committedLimit;
  }
}

package io.unicache.store.ingest;

import java.util.ArrayList;
import java.util.List;

/**
 * What a stream of unknown length has not appended yet, because it is not known which pack it gets:
 * new blocks, whose bytes stay in memory, and gaps, in the order of submission. Belongs to the
 * thread that advances the stream, but for {@link #stillNanos} and {@link #giveWay}.
 */
final class HoldBack {

  /** A new block, or (with a null block) a gap. */
  record Held(StoredBlock block, long gap) {}

  private final HoldTokens tokens;
  private final Runnable onGiveWay;
  private final List<Held> held = new ArrayList<>();

  /** Gaps at the end that are not in the list yet: there may be any number of them. */
  private long gap;

  /** Bytes that would be in the own pack. */
  private long length;

  private boolean hasToken;
  private volatile long lastUse = System.nanoTime();

  /**
   * @param onGiveWay has the stream append what it holds; called by another stream's thread
   */
  HoldBack(HoldTokens tokens, Runnable onGiveWay) {
    this.tokens = tokens;
    this.onGiveWay = onGiveWay;
  }

  /** Holds a block; returns false if that is not possible now, and never will be. */
  boolean add(StoredBlock block) {
    lastUse = System.nanoTime();
    if (!hasToken && !tokens.acquire(this)) {
      return false;
    }
    hasToken = true;
    if (gap > 0) {
      held.add(new Held(null, gap));
      gap = 0;
    }
    held.add(new Held(block, 0));
    length += block.length();
    return true;
  }

  /** Counts zeros, for which an own pack leaves room. */
  void addGap(long bytes) {
    gap += bytes;
    length += bytes;
  }

  /** A block came that the store has already: it does not make the stream longer. */
  void pass() {
    lastUse = System.nanoTime();
  }

  /** Tells whether the stream is worth a pack of its own: so long, and not only of zeros. */
  boolean reaches(long bytes) {
    return length >= bytes && !held.isEmpty();
  }

  /** Ends the holding; returns what was held. */
  List<Held> end() {
    if (gap > 0) {
      held.add(new Held(null, gap));
      gap = 0;
    }
    return held;
  }

  /** What was held is in its pack, or not wanted any more. */
  void release() {
    if (hasToken) {
      tokens.release(this);
    }
  }

  /** Returns for how long nothing has come. */
  long stillNanos() {
    return System.nanoTime() - lastUse;
  }

  /** Has what is held appended, as another stream needs the room. */
  void giveWay() {
    onGiveWay.run();
  }
}

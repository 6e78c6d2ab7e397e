package io.unicache.store.ingest;

import java.util.concurrent.TimeUnit;

/**
 * Bounds how many streams hold blocks back at once. A stream that has been still for a while gives
 * way to one that is not. Safe for use by many threads.
 */
final class HoldTokens {

  private static final long STILL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final HoldBack[] holders;

  HoldTokens(int count) {
    holders = new HoldBack[count];
  }

  /** Returns whether the stream may hold; called without any lock, as another one may be ended. */
  boolean acquire(HoldBack hold) {
    HoldBack still = null;
    synchronized (holders) {
      int slot = -1;
      for (int i = 0; i < holders.length; i++) {
        if (holders[i] == null) {
          slot = i;
          break;
        }
        if (holders[i].stillNanos() > STILL_NANOS) {
          slot = i;
        }
      }
      if (slot < 0) {
        return false;
      }
      still = holders[slot];
      holders[slot] = hold;
    }
    if (still != null) {
      still.giveWay();
    }
    return true;
  }

  /** Takes a token back, unless it has passed to another stream. */
  void release(HoldBack hold) {
    synchronized (holders) {
      for (int i = 0; i < holders.length; i++) {
        if (holders[i] == hold) {
          holders[i] = null;
        }
      }
    }
  }
}

package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import java.util.function.BooleanSupplier;
import okhttp3.Call;

/**
 * The end of one fetch from outside. The fetching thread asks it between reads; while that thread
 * is blocked in the network, a watching thread does, and cancels the call, which closes its socket
 * and so wakes the reader. No thread is ever interrupted. Safe for use by many threads.
 */
final class Cancellation {

  private final BooleanSupplier asked;
  private volatile String reason;
  private volatile Call call;

  Cancellation(BooleanSupplier asked) {
    this.asked = asked;
  }

  /** Makes {@code next} the call that is cancelled from now on; at once if that is due already. */
  void guard(Call next) {
    // stop() writes the reason, then reads the call; this does it the other way round. So one of
    // the two sees the other, and the call is cancelled.
    call = next;
    if (reason != null) {
      next.cancel();
    }
  }

  /** Asks the caller's supplier, and tells whether the fetch is to end. */
  boolean requested() {
    if (reason == null && asked.getAsBoolean()) {
      stop("was cancelled");
    }
    return reason != null;
  }

  /**
   * Ends the fetch.
   *
   * @param why as in "the download of URL ..."; the first one counts
   */
  void stop(String why) {
    if (reason == null) {
      reason = why;
    }
    Call current = call;
    if (current != null) {
      current.cancel();
    }
  }

  /** Throws if the fetch is to end. */
  void check(SourceUrl url) throws CacheException.Source {
    if (requested()) {
      throw new CacheException.Source("the download of " + url + " " + reason);
    }
  }
}

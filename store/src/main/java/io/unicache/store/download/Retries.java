package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Decides how often and after what time a fetch starts again. Used by one thread. */
final class Retries {

  /** An attempt that failed in a way that may pass. */
  static final class TryAgain extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient CacheException.Source failure;
    private final transient Optional<Duration> wait;

    /**
     * @param failure what to throw if this was the last attempt
     * @param wait how long the server asks to wait, if it does
     */
    TryAgain(CacheException.Source failure, Optional<Duration> wait) {
      super(failure);
      this.failure = failure;
      this.wait = wait;
    }
  }

  private final DownloadLimits limits;
  private final RandomGenerator random;
  private int retries;

  Retries(DownloadLimits limits, RandomGenerator random) {
    this.limits = limits;
    this.random = random;
  }

  /**
   * Returns how long to wait before the next attempt.
   *
   * @throws CacheException.Source if there is to be none
   */
  Duration next(TryAgain failed) throws CacheException.Source {
    if (retries == limits.maxRetries()) {
      throw new CacheException.Source(
          failed.failure.getMessage() + "; gave up after " + (retries + 1) + " attempts",
          failed.failure.getCause());
    }
    if (failed.wait.isPresent() && failed.wait.get().compareTo(limits.maxRetryAfter()) > 0) {
      throw new CacheException.Source(
          failed.failure.getMessage()
              + "; it asks to be left alone for "
              + failed.wait.get().toSeconds()
              + " s: try again then");
    }
    retries++;
    return failed.wait.orElseGet(this::backoff);
  }

  /**
   * Twice as long each time, less up to a half by chance, so that many clients do not march in
   * step.
   */
  private Duration backoff() {
    long full = limits.firstBackoff().toNanos() << (retries - 1);
    return Duration.ofNanos(full - (long) (random.nextDouble() * 0.5 * full));
  }
}

package io.unicache.store.download;

import java.time.Duration;

/**
 * How long a download waits and how often it tries.
 *
 * @param connectTimeout for a TCP connection to one address
 * @param stallTimeout for the next byte, of the head as of the body
 * @param maxRetries after the first attempt
 * @param firstBackoff before the first retry; it doubles from one to the next
 * @param maxRetryAfter the longest that a server may ask for in Retry-After
 * @param maxRedirects from the first URL to the last
 */
record DownloadLimits(
    Duration connectTimeout,
    Duration stallTimeout,
    int maxRetries,
    Duration firstBackoff,
    Duration maxRetryAfter,
    int maxRedirects) {

  static final DownloadLimits DEFAULT =
      new DownloadLimits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(20),
          3,
          Duration.ofMillis(500),
          Duration.ofSeconds(30),
          10);

  DownloadLimits withStallTimeout(Duration value) {
    return new DownloadLimits(
        connectTimeout, value, maxRetries, firstBackoff, maxRetryAfter, maxRedirects);
  }
}

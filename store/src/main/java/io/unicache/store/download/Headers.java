package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import okhttp3.Response;

/** Reads the response headers that need more than a look. */
final class Headers {

  /** Far above every limit, so that no sum of times overflows. */
  private static final long MAX_SECONDS = Integer.MAX_VALUE;

  private Headers() {}

  /**
   * Returns the number of bytes that the body is to have, or -1 if that is not known.
   *
   * @throws CacheException.Source if the header is not a number, or there are two that differ
   */
  static long contentLength(Response response, SourceUrl url) throws CacheException.Source {
    List<String> values = response.headers("Content-Length").stream().distinct().toList();
    boolean chunked = response.header("Transfer-Encoding") != null;
    if (values.isEmpty() || chunked) {
      return -1; // RFC 9112, 6.3: Transfer-Encoding overrides Content-Length
    }
    String value = values.get(0);
    if (values.size() > 1 || !value.matches("[0-9]{1,18}")) {
      throw new CacheException.Source(
          "cannot download "
              + url
              + ": the server gives a Content-Length of '"
              + Failures.oneLine(String.join(", ", values))
              + "', which is not one number of bytes");
    }
    return Long.parseLong(value);
  }

  /**
   * Parses Retry-After: seconds, or a date.
   *
   * @return how long to wait, not negative; empty if the value is neither
   */
  static Optional<Duration> retryAfter(String value, Instant now) {
    if (value.matches("[0-9]+")) {
      long seconds = value.length() > 9 ? MAX_SECONDS : Long.parseLong(value);
      return Optional.of(Duration.ofSeconds(seconds));
    }
    try {
      Instant then = DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from);
      Duration wait = Duration.between(now, then);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException malformed) {
      return Optional.empty();
    }
  }
}

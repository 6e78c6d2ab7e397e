package io.unicache.store.download;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {

  private static final Instant NOW = Instant.parse("2025-06-01T12:00:00Z");

  private static Optional<Duration> retryAfter(String value) {
    return Headers.retryAfter(value, NOW);
  }

  @Test
  void readsSeconds() {
    assertEquals(Optional.of(Duration.ZERO), retryAfter("0"));
    assertEquals(Optional.of(Duration.ofSeconds(121)), retryAfter("121"));
    Duration longest = Duration.ofSeconds(Integer.MAX_VALUE);
    assertEquals(Optional.of(longest), retryAfter("99999999999999999999999"));
  }

  @Test
  void readsDates() {
    assertEquals(Optional.of(Duration.ofSeconds(20)), retryAfter("Sun, 01 Jun 2025 12:00:20 GMT"));
    assertEquals(Optional.of(Duration.ZERO), retryAfter("Sun, 01 Jun 2025 11:00:00 GMT"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1.5", "Sun, 41 Jun 2025 12:00:20 GMT"})
  void ignoresTheRest(String value) {
    assertEquals(Optional.empty(), retryAfter(value));
  }
}

package io.unicache.store.meta;

import java.time.Clock;
import java.time.Instant;

/**
 * A point in time as file systems keep it.
 *
 * @param seconds since 1970-01-01T00:00:00Z; negative before
 * @param nanos 0 to 999,999,999
 */
public record Timestamp(long seconds, int nanos) implements Comparable<Timestamp> {

  public static final Timestamp EPOCH = new Timestamp(0, 0);

  public Timestamp {
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IllegalArgumentException("nanoseconds " + nanos);
    }
  }

  /** Returns the clock's time. */
  public static Timestamp now(Clock clock) {
    return of(clock.instant());
  }

  public static Timestamp of(Instant instant) {
    return new Timestamp(instant.getEpochSecond(), instant.getNano());
  }

  @Override
  public int compareTo(Timestamp other) {
    int bySeconds = Long.compare(seconds, other.seconds);
    return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
  }
}

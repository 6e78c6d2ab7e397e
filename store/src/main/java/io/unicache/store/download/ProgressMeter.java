package io.unicache.store.download;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Passes on progress at most four times a second. Used by one thread. */
final class ProgressMeter {

  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private final ProgressListener listener;
  private final OptionalLong totalBytes;
  private final LongSupplier nanoClock;
  private long lastNanos;

  /** Reports the start: no bytes yet. */
  ProgressMeter(ProgressListener listener, OptionalLong totalBytes, LongSupplier nanoClock) {
    this.listener = listener;
    this.totalBytes = totalBytes;
    this.nanoClock = nanoClock;
    report(0);
  }

  /** Reports, unless the last report is too fresh. */
  void received(long bytes) {
    if (nanoClock.getAsLong() - lastNanos >= INTERVAL_NANOS) {
      report(bytes);
    }
  }

  /** Reports the end. */
  void complete(long bytes) {
    report(bytes);
  }

  private void report(long bytes) {
    lastNanos = nanoClock.getAsLong();
    listener.progress(bytes, totalBytes);
  }
}

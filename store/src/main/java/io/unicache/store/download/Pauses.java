package io.unicache.store.download;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits between attempts; tests put their own in. */
@FunctionalInterface
interface Pauses {

  /** How often a pause looks whether it is to end early. */
  long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Really waits. */
  Pauses REAL =
      (length, stop) -> {
        long end = System.nanoTime() + length.toNanos();
        for (long left = length.toNanos(); left > 0 && !stop.getAsBoolean(); ) {
          TimeUnit.NANOSECONDS.sleep(Math.min(left, SLICE_NANOS));
          left = end - System.nanoTime();
        }
      };

  /** Returns after {@code length}, or soon after {@code stop} says so. */
  void pause(Duration length, BooleanSupplier stop) throws InterruptedException;
}

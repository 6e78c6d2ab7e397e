package io.unicache.it;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Waits for what comes about by itself. */
final class Waiting {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private Waiting() {}

  /** Waits until a condition holds; fails with the message if it does not in two minutes. */
  static void until(Callable<Boolean> condition, Supplier<String> message) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(message.get());
      }
      Thread.sleep(PAUSE.toMillis());
    }
  }
}

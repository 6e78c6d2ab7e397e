package io.unicache.cli;

import io.unicache.store.CacheService;
import java.io.PrintStream;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** A download's progress as one line of a terminal, which it overwrites; nothing elsewhere. */
final class ProgressLine implements CacheService.Progress, AutoCloseable {

  private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final PrintStream terminal;
  private final BooleanSupplier cancelled;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private long shownNanos;
  private int width;

  /**
   * @param terminal null if there is none
   */
  ProgressLine(PrintStream terminal, BooleanSupplier cancelled, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.cancelled = cancelled;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.shownNanos = startNanos - INTERVAL_NANOS;
  }

  @Override
  public synchronized void report(long receivedBytes, OptionalLong totalBytes) {
    long now = nanoTime.getAsLong();
    if (terminal != null && now - shownNanos >= INTERVAL_NANOS) {
      shownNanos = now;
      show(text(receivedBytes, totalBytes, now - startNanos));
    }
  }

  @Override
  public boolean cancelled() {
    return cancelled.getAsBoolean();
  }

  static String text(long received, OptionalLong total, long elapsedNanos) {
    StringBuilder text = new StringBuilder(Sizes.human(received));
    if (total.isPresent() && total.getAsLong() > 0) {
      double percent = Math.min(100, 100.0 * received / total.getAsLong());
      text.append(
          String.format(Locale.ROOT, " of %s, %.0f %%", Sizes.human(total.getAsLong()), percent));
    }
    if (elapsedNanos > 0) {
      double perSecond = received * 1e9 / elapsedNanos;
      text.append(", ").append(Sizes.human((long) perSecond)).append("/s");
    }
    return text.toString();
  }

  /** Clears the line. */
  @Override
  public synchronized void close() {
    if (width > 0) {
      terminal.print("\r" + " ".repeat(width) + "\r");
      terminal.flush();
    }
  }

  private void show(String text) {
    int previous = width;
    width = text.length();
    terminal.print("\r" + text + " ".repeat(Math.max(0, previous - width)));
    terminal.flush();
  }
}

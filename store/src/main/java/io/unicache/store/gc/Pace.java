package io.unicache.store.gc;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds background work to a rate, so that the disk is free for those who wait for it, and tells it
 * to end. Safe for use by many threads; work that waits here is never interrupted, as it has files
 * open.
 */
public final class Pace implements AutoCloseable {

  private final long bytesPerSecond;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Guarded by the lock.
  private int hurrying;
  private boolean closed;

  /**
   * @param bytesPerSecond what may be moved in the long run
   */
  public Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Returns a pace for work that somebody waits for. */
  public static Pace unlimited() {
    return new Pace(Long.MAX_VALUE);
  }

  /** Tells whether the work is to go on. */
  boolean goesOn() {
    lock.lock();
    try {
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for as long as it should have taken to move so many bytes, unless somebody hurries. */
  void after(long bytes) {
    lock.lock();
    try {
      double seconds = (double) bytes / bytesPerSecond;
      long left = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
      while (left > 0 && !closed && hurrying == 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** From here on nothing waits, until {@link #calm} has been called as often. */
  public void hurry() {
    change(1, false);
  }

  public void calm() {
    change(-1, false);
  }

  /** Ends the work after the piece that it is at. */
  @Override
  public void close() {
    change(0, true);
  }

  private void change(int more, boolean close) {
    lock.lock();
    try {
      hurrying += more;
      closed |= close;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}

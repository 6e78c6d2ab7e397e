package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs a store's upkeep every few seconds until it is closed. Never interrupted: it does file I/O.
 */
final class SyncThread implements AutoCloseable {

  /** Upkeep that may fail; a failure is logged and the next round tries again. */
  @FunctionalInterface
  interface Upkeep {
    void run() throws CacheException;
  }

  private static final Logger LOG = System.getLogger(SyncThread.class.getName());
  private static final long CLOSE_SECONDS = 120;

  private final Upkeep everyRound;
  private final Upkeep first;
  private final long periodMillis;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private final Thread thread;
  private boolean closed;

  /**
   * @param first runs at the start, until it has succeeded once
   */
  SyncThread(String name, Upkeep everyRound, Upkeep first, long periodMillis) {
    this.everyRound = everyRound;
    this.first = first;
    this.periodMillis = periodMillis;
    this.thread = new Thread(this::loop, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void loop() {
    boolean firstDone = attempt(first);
    while (!awaitClose()) {
      firstDone = firstDone || attempt(first);
      attempt(everyRound);
    }
  }

  private boolean awaitClose() {
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(periodMillis);
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
      return closed;
    } catch (InterruptedException e) {
      return true;
    } finally {
      lock.unlock();
    }
  }

  private static boolean attempt(Upkeep upkeep) {
    try {
      upkeep.run();
      return true;
    } catch (CacheException | RuntimeException | Error e) {
      // Even an Error: without this thread nothing becomes durable any more.
      LOG.log(Level.ERROR, "the store's upkeep failed and will be tried again", e);
      return false;
    }
  }

  /** Ends the thread after the round that it is in. */
  @Override
  public void close() throws CacheException {
    lock.lock();
    try {
      closed = true;
      closing.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new CacheException.Busy("the store's upkeep has not ended in " + CLOSE_SECONDS + " s");
    }
  }
}

package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.error.CacheException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Closes a service once: when the command is done, or when the JVM is told to end while it works.
 * Then the end waits, bounded, until the command has tidied up.
 */
final class Interruption implements AutoCloseable {

  private static final long TIDY_UP_SECONDS = 10;

  private final CacheService service;
  private final AtomicBoolean serviceClosed = new AtomicBoolean();
  private final CountDownLatch tidy = new CountDownLatch(1);
  private final Thread hook = new Thread(this::interrupted, "unicache-interrupted");
  private volatile boolean happened;

  Interruption(CacheService service) {
    this.service = service;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Tells whether the program has been told to end. */
  boolean happened() {
    return happened;
  }

  @Override
  public void close() throws CacheException {
    try {
      closeService();
    } finally {
      tidy.countDown();
      if (!happened) {
        removeHook();
      }
    }
  }

  private void closeService() throws CacheException {
    if (serviceClosed.compareAndSet(false, true)) {
      service.close();
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      happened = true; // The end began this moment; there is nothing left to do for the hook.
    }
  }

  private void interrupted() {
    happened = true;
    try {
      closeService();
      tidy.await(TIDY_UP_SECONDS, TimeUnit.SECONDS);
    } catch (CacheException e) {
      System.getLogger(Interruption.class.getName()).log(Level.WARNING, "closing the store", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

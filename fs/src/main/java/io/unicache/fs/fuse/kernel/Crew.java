package io.unicache.fs.fuse.kernel;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.IntConsumer;

/**
 * Keeps count of the threads that serve a mount, so that there is always one that waits for the
 * next request: before a request that may take long, another thread is started if none waits, up to
 * a limit. When several wait, one that comes back ends. Safe for use by many threads.
 */
final class Crew {

  private static final Logger LOG = System.getLogger(Crew.class.getName());

  private final int kept;
  private final int most;
  private final IntConsumer starter;

  // Guarded by this.
  private int threads;
  private int waiting;
  private int started;

  /**
   * @param kept threads that are there from the start, and stay
   * @param most threads at once; with so many held up, requests have to wait
   * @param starter starts a thread, given its number, that runs a {@link RequestLoop}
   */
  Crew(int kept, int most, IntConsumer starter) {
    this.kept = kept;
    this.most = most;
    this.starter = starter;
  }

  /** Starts the threads that stay. */
  void start() {
    for (int i = 0; i < kept; i++) {
      startOne();
    }
  }

  /** The calling thread wants the next request; false if it is one too many, and ends. */
  synchronized boolean awaitsRequest() {
    if (waiting >= 2 * kept) { // not just one too many: they would come and go all the time
      return false;
    }
    waiting++;
    return true;
  }

  /** The calling thread has a request, or the device's answer that there will be none. */
  synchronized void hasRequest() {
    waiting--;
  }

  /** The calling thread may be held up from here on. */
  void mayWait() {
    synchronized (this) {
      if (waiting > 0 || threads >= most) {
        return;
      }
    }
    try {
      startOne();
    } catch (OutOfMemoryError e) {
      ends();
      LOG.log(Level.WARNING, "no further thread for requests", e);
    }
  }

  private void startOne() {
    int number;
    synchronized (this) {
      threads++;
      number = ++started;
    }
    starter.accept(number);
  }

  /** The calling thread ends; returns whether it was the last one. */
  synchronized boolean ends() {
    threads--;
    return threads == 0;
  }
}

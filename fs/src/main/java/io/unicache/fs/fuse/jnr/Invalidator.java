package io.unicache.fs.fuse.jnr;

import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongConsumer;

/**
 * Tells the kernel which nodes' pages to drop, from a thread of its own: within a request the
 * kernel may hold a lock that the answer to the notice needs. Safe for use by many threads.
 */
final class Invalidator {

  /** Not a node; ends the thread. */
  private static final long END = 0;

  private final LongConsumer notice;
  private final Set<Long> waiting = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<Long> queue = new LinkedBlockingQueue<>();
  private final Thread thread;

  /**
   * @param name the thread's
   * @param notice sends the notice for a node
   */
  Invalidator(String name, LongConsumer notice) {
    this.notice = notice;
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Has the pages of a node dropped soon; a node that waits already is not queued again. */
  void invalidate(long node) {
    if (node != END && waiting.add(node)) {
      queue.add(node);
    }
  }

  /** Ends the thread, and waits until it sends no notice any more. */
  void stop() throws InterruptedException {
    queue.add(END);
    thread.join();
  }

  private void run() {
    try {
      for (long node = queue.take(); node != END; node = queue.take()) {
        // First out of the set: what changes from here on needs a notice of its own.
        waiting.remove(node);
        notice.accept(node);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

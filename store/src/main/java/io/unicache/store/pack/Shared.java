package io.unicache.store.pack;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A resource with several holders, closed when the last of them lets go. It starts with one:
 * whoever made it.
 */
final class Shared<T extends Closeable> {

  private final T resource;
  private final AtomicInteger holders = new AtomicInteger(1);

  Shared(T resource) {
    this.resource = resource;
  }

  T get() {
    return resource;
  }

  /** Becomes a holder; false if the last one has let go already. */
  boolean tryHold() {
    return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) > 0;
  }

  /** Lets go. Every holder does so exactly once. */
  void release() throws IOException {
    int left = holders.decrementAndGet();
    if (left < 0) {
      throw new IllegalStateException("released more often than held");
    }
    if (left == 0) {
      resource.close();
    }
  }
}

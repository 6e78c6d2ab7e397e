package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Closes parts in the reverse order of their opening: all of them, whatever fails; the first
 * failure is thrown at the end. Not thread-safe.
 */
final class CloseStack {

  /** A part; may throw a {@link CacheException}. */
  @FunctionalInterface
  interface Part extends AutoCloseable {
    @Override
    void close() throws CacheException;
  }

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  void add(Part part) {
    parts.push(part);
  }

  /** Closes everything. */
  void close() throws CacheException {
    Exception first = closeAll();
    if (first instanceof CacheException e) {
      throw e;
    }
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first != null) {
      throw new CacheException.Storage("closing the store: " + first, new IOException(first));
    }
  }

  /** Closes everything because of a failure, which is the one that counts. */
  void closeAfter(Throwable failure) {
    Exception first = closeAll();
    if (first != null) {
      failure.addSuppressed(first);
    }
  }

  private Exception closeAll() {
    Exception first = null;
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return first;
  }
}

package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Notices that the disk does not write any more. After that nobody knows what is on it: the system
 * reports a page that it could not write once, and may drop it. So nothing is to be changed any
 * more until the store has been opened anew. Safe for use by many threads.
 */
final class DiskHealth {

  private static final Logger LOG = System.getLogger(DiskHealth.class.getName());

  /** A full disk, or a lack of descriptors, passes; this does not. */
  private static final String SIGN = "Input/output error";

  private final AtomicReference<String> failure = new AtomicReference<>();

  /** Writes something to the disk, or makes it durable. */
  @FunctionalInterface
  interface Writing {
    void run() throws CacheException;
  }

  /** Does something and looks at how it fails. */
  void watch(Writing writing) throws CacheException {
    try {
      writing.run();
    } catch (CacheException e) {
      failed(e);
      throw e;
    }
  }

  /** Looks at a failure to write. */
  void failed(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains(SIGN) && failure.compareAndSet(null, message)) {
      LOG.log(
          Level.ERROR,
          "the disk fails, so nothing is changed any more: "
              + message
              + "; look at the disk, then unmount and mount again");
    }
  }

  /** Throws Storage if the disk has failed. */
  void requireSound() throws CacheException {
    String why = failure.get();
    if (why != null) {
      throw new CacheException.Storage("the disk has failed before: " + why, null);
    }
  }

  /** Returns what the disk failed at, if it did. */
  Optional<String> failure() {
    return Optional.ofNullable(failure.get());
  }
}

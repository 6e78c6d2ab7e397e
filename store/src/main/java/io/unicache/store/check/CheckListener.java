package io.unicache.store.check;

import io.unicache.store.error.CacheException;

/** Told what a check finds and how far it is; by one thread at a time. */
@FunctionalInterface
public interface CheckListener {

  void found(Finding finding) throws CacheException;

  /** Told now and then how many bytes of blocks have been read, and how many there are. */
  default void progress(long doneBytes, long totalBytes) {}

  /** Asked often; once true, the check ends early. */
  default boolean cancelled() {
    return false;
  }
}

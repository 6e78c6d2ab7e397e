package io.unicache.store.check;

import io.unicache.store.error.CacheException;

/** Fetches part of a file from where it was downloaded. */
@FunctionalInterface
public interface RangeFetcher {

  /**
   * Returns exactly {@code length} bytes.
   *
   * @throws CacheException.Source if the source does not have them
   */
  byte[] fetch(String url, long offset, int length) throws CacheException;
}

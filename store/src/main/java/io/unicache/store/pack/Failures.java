package io.unicache.store.pack;

import io.unicache.store.error.CacheException;

/** Does several things though some of them fail, and throws the first failure in the end. */
final class Failures {

  /** Something that may fail. */
  @FunctionalInterface
  interface Action {
    void run() throws CacheException;
  }

  private CacheException first;

  /** Returns whether it went well. */
  boolean collect(Action action) {
    try {
      action.run();
      return true;
    } catch (CacheException e) {
      if (first == null) {
        first = e;
      } else if (first != e) {
        first.addSuppressed(e);
      }
      return false;
    }
  }

  void throwFirst() throws CacheException {
    if (first != null) {
      throw first;
    }
  }
}

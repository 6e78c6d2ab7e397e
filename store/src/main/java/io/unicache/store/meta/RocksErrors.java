package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Turns RocksDB's errors into the store's. */
final class RocksErrors {

  private RocksErrors() {}

  static boolean isNoSpace(RocksDBException e) {
    return e.getStatus() != null && e.getStatus().getSubCode() == Status.SubCode.NoSpace;
  }

  /**
   * Translates an error.
   *
   * @param doing what was being done, as in "reading a row of blocks"
   */
  static CacheException of(String doing, RocksDBException cause) {
    String why = String.valueOf(cause.getMessage()).replaceAll("\\s+", " ");
    String message = "metadata: " + doing + ": " + why;
    Status status = cause.getStatus();
    if (status == null) {
      return new CacheException.Storage(message, cause);
    }
    if (isNoSpace(cause)) {
      return new CacheException.Full(message + "; free some space and try again", cause);
    }
    if (status.getCode() == Status.Code.Corruption) {
      return new CacheException.Corrupt(message + "; run a check of the store", cause);
    }
    if (why.contains("No such file or directory")) {
      return new CacheException.Corrupt(
          message + "; if it was not moved away, run a check of the store", cause);
    }
    return new CacheException.Storage(message, cause);
  }
}

package io.unicache.fs.control;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The contents of a store as {@code by-id} shows them: each has a number of 60 bits, the first of
 * its ID. Should two share a number, only the first in the order of IDs is shown. Thread-safe.
 */
interface ContentCatalog {

  /** Hex digits of an ID that make its number. */
  int NUMBER_DIGITS = 15;

  /** Finds a content by its full ID or a custom ID. */
  Optional<ContentId> find(String id) throws CacheException;

  Optional<ContentId> byNumber(long number) throws CacheException;

  Optional<Manifest> manifest(ContentId id) throws CacheException;

  /** Returns the custom IDs, sorted. */
  List<String> customIds() throws CacheException;

  /**
   * Returns up to {@code limit} contents with numbers above {@code number} (-1: all), ascending.
   */
  List<ContentId> behind(long number, int limit) throws CacheException;

  /** Opens a content; throws Missing if it is not there. */
  ContentSource open(ContentId id) throws CacheException;

  /** A content that stays until it is closed. */
  interface ContentSource extends AutoCloseable {

    /** Reads into the buffer's room; fewer bytes than that only at the end. */
    int read(long offset, ByteBuffer into) throws CacheException;

    @Override
    void close() throws CacheException;
  }

  static long number(ContentId id) {
    return Long.parseLong(id.toString().substring(0, NUMBER_DIGITS), 16);
  }
}

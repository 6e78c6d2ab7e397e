package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.Timestamp;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The content of an open file that is being changed. Guarded by its live file's lock: many readers
 * or one writer.
 */
interface MutableContent extends AutoCloseable {

  long size();

  /** Returns the bytes that are not in holes. */
  long dataBytes();

  /**
   * Reads into the buffer's remaining room.
   *
   * @return bytes read; fewer than there is room for only at the end
   */
  int read(long position, ByteBuffer into) throws CacheException;

  /** Writes the buffer's remaining bytes. */
  void write(long position, ByteBuffer from) throws CacheException;

  /** Sets the length: cuts, or extends with zeros. */
  void truncate(long size) throws CacheException;

  /** Makes zeros of a range that ends within the content; holes where that can be. */
  void zero(long from, long to) throws CacheException;

  /** Returns the first offset from {@code offset} on that is not in a hole; the size if none is. */
  long nextData(long offset);

  /** Returns the first offset from {@code offset} on that is in a hole; the size if none is. */
  long nextHole(long offset);

  /**
   * Returns when the content was last changed by a way around this object since the last commit.
   */
  default Optional<Timestamp> changedAround() throws CacheException {
    return Optional.empty();
  }

  /** Tells whether it may have been changed by such a way although no time says so. */
  default boolean mayHaveChanged() {
    return false;
  }

  /** Tells whether a commit costs little more than what has changed. */
  default boolean commitsCheaply() {
    return true;
  }

  /**
   * Makes blocks of everything and returns the content; the blocks stay pinned until {@link
   * #committed}. It can be changed further.
   */
  Content finish() throws CacheException;

  /** The last content that {@link #finish} returned has been committed. */
  void committed() throws CacheException;

  @Override
  void close() throws CacheException;
}

package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import java.nio.ByteBuffer;

/**
 * The content of a regular file that is open: what is committed, and on top of it what has been
 * written since. One instance stands for an inode however often it is open, so that every reader sees
 * every write at once. Safe for use by many threads.
 */
public interface LiveFile {

  /**
   * Returns the inode as it is now: the committed attributes with the live size, and the live
   * modification and change time while there is something to commit.
   */
  Inode inode() throws CacheException;

  /** Returns the length in bytes. */
  long size();

  /** Returns the bytes that are not in holes. */
  long dataBytes();

  /** Returns a number that changes with every change of the content or size. */
  long version();

  /**
   * Reads into the buffer's remaining room.
   *
   * @return bytes read; fewer than there is room for only at the end of the file
   * @throws CacheException.Corrupt if a block does not have its hash; nothing of it is returned
   */
  int read(long offset, ByteBuffer into) throws CacheException;

  /** Writes the buffer's remaining bytes; the file grows as needed, a gap reads as zeros. */
  void write(long offset, ByteBuffer from) throws CacheException;

  /**
   * Writes the buffer's remaining bytes at the end, atomically towards other appends.
   *
   * @return the offset at which they were written
   */
  long append(ByteBuffer from) throws CacheException;

  /** Sets the length: cuts, or extends with zeros. */
  void truncate(long size) throws CacheException;

  /**
   * Commits what has been written since the last commit: afterwards it survives a crash of the
   * process. Does nothing if nothing was.
   */
  void commit() throws CacheException;

  /**
   * Gives back one opening. The last one commits what is left and lets an inode without a name go.
   */
  void close() throws CacheException;
}

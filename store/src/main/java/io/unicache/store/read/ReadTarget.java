package io.unicache.store.read;

import java.nio.ByteBuffer;

/**
 * Where a read goes: receives bytes in the order of the file, partly as copies, partly as the
 * addresses of memory that has them. Used by one thread at a time; may be used again after {@link
 * #deliver}.
 */
public interface ReadTarget {

  /**
   * Returns a buffer with exactly {@code count} bytes of room, all of which the caller fills before
   * its next call.
   */
  ByteBuffer room(int count);

  /** The next {@code count} bytes are at a native address, until {@link #deliver} returns. */
  void mapped(long address, int count);

  /** Says that the reader may now have to wait for a disk or a lock. */
  void mayWait();

  /** Hands over what has come, and ends the read. */
  void deliver();
}

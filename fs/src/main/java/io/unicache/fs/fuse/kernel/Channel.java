package io.unicache.fs.fuse.kernel;

/** The way to the kernel; tests put another in its place. Safe for use by many threads. */
interface Channel {

  /**
   * Waits for a request.
   *
   * @return its length in bytes, or a negative errno; {@code -ENODEV} when the mount is gone
   */
  int receive(NativeBuffer into);

  /** Tells whether there is a request that nobody has received. */
  boolean hasRequest();

  /**
   * Sends a reply or a notice.
   *
   * @return 0, or a negative errno; {@code -ENOENT} if nobody waits for the reply any more, or the
   *     kernel does not know what the notice is about
   */
  int send(NativeBuffer from, int offset, int length);

  /** As {@link #send}, of a message in pieces; {@code -EFAULT} if a piece's memory has no bytes. */
  int send(IoVector message);
}

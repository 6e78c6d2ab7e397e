package io.unicache.store.file;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of all files that are being written: what their last bytes take, and how many blocks
 * are put together at once. It does not grow with the number of files: when it is used up, last
 * bytes go to files in {@code staging/}. Safe for use by many threads.
 */
final class DraftMemory {

  /** Of the heap, the part that last bytes may take. */
  private static final int PART = 4;

  /** Bytes of blocks that are put together at once. */
  private static final long ASSEMBLY_BYTES =
      Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);

  private final long most;
  private final AtomicLong taken = new AtomicLong();
  private final Semaphore assembly;

  DraftMemory(int blockSize) {
    this.most = Runtime.getRuntime().maxMemory() / PART;
    this.assembly = new Semaphore((int) Math.max(2, ASSEMBLY_BYTES / blockSize));
  }

  /** Takes memory for last bytes; false if there is no more. */
  boolean take(long bytes) {
    long now = taken.addAndGet(bytes);
    if (now > most) {
      taken.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void give(long bytes) {
    taken.addAndGet(-bytes);
  }

  /** Returns what is not taken. */
  long free() {
    return most - taken.get();
  }

  /**
   * Waits until another block may be put together; until {@link #assembled}, which always comes.
   */
  void beginAssembly() {
    assembly.acquireUninterruptibly();
  }

  void assembled() {
    assembly.release();
  }
}

package io.unicache.store.ingest;

import io.unicache.store.error.CacheException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Buffers for blocks, and the bound on how many blocks are on their way at once: the memory that
 * ingest takes does not grow with the number or size of files. Safe for use by many threads.
 */
final class BlockBuffers {

  /** A disk that takes no block for so long counts as failed. */
  private static final long WAIT_SECONDS = 120;

  /** Bytes that streams may have that are not a whole block yet. */
  private static final long STREAMS_BYTES = Runtime.getRuntime().maxMemory() / 8;

  private static final int LEAST_STREAMS = 2;

  private final int size;
  private final Semaphore permits;
  private final Semaphore streams;
  private final BlockingQueue<byte[]> free;

  /**
   * @param size bytes of a buffer: the longest block
   * @param inFlight most blocks that have been submitted and are not stored yet
   */
  BlockBuffers(int size, int inFlight) {
    this.size = size;
    this.permits = new Semaphore(inFlight);
    this.streams = new Semaphore((int) Math.max(LEAST_STREAMS, STREAMS_BYTES / size));
    this.free = new ArrayBlockingQueue<>(inFlight);
  }

  /** Returns a buffer of full size, with whatever bytes are in it. */
  byte[] take() {
    byte[] buffer = free.poll();
    return buffer != null ? buffer : new byte[size];
  }

  /** Takes a buffer back for use by another block; one of another size is left to the collector. */
  void give(byte[] buffer) {
    if (buffer.length == size) {
      free.offer(buffer);
    }
  }

  /** Waits until another block may be submitted. */
  void enter() throws CacheException {
    acquire(permits, "the disk has not taken a block for " + WAIT_SECONDS + " s; is it failing?");
  }

  /** Waits until another stream may keep a buffer that is not full. */
  void enterStream() throws CacheException {
    acquire(streams, "too many files are stored at once; try again when some are done");
  }

  void leaveStream() {
    streams.release();
  }

  private static void acquire(Semaphore semaphore, String refusal) throws CacheException {
    boolean interrupted = false;
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
      while (true) {
        try {
          if (semaphore.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            return;
          }
          throw new CacheException.Busy(refusal);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** A block that had been submitted is stored, or has failed. */
  void leave() {
    permits.release();
  }
}

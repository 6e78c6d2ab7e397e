package io.unicache.store.ingest;

import io.unicache.store.chunk.Chunker;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockPins;
import io.unicache.store.pack.PackSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The way of bytes into a store: hash, look up, append what is new. Hashing runs side by side on a
 * small pool; each stream's blocks are appended in its own order. Safe for use by many threads.
 */
public final class Ingest implements AutoCloseable {

  private static final long HEAP = Runtime.getRuntime().maxMemory();

  /** Bytes that are on their way at once, at most, and as many in buffers that are kept. */
  private static final long IN_FLIGHT_BYTES = Math.min(64L << 20, HEAP / 16);

  /** So that one block is hashed while another is written. */
  private static final int LEAST_IN_FLIGHT = 2;

  /** Streams that hold blocks back at once, each less than a pack of its own needs and a block. */
  private static final int HOLDING_STREAMS = HEAP < 512L << 20 ? 1 : 2;

  private final PackSet packs;
  private final BlockPins pins;
  private final BlockCheck check;
  private final Chunker chunker;
  private final ExecutorService workers;
  private final BlockBuffers buffers;
  private final HoldTokens holdTokens = new HoldTokens(HOLDING_STREAMS);

  /**
   * @param check asked before a block that is stored is taken for one that comes
   * @param threads hashing threads, at least 1
   */
  public Ingest(PackSet packs, BlockPins pins, BlockCheck check, Chunker chunker, int threads) {
    this.packs = packs;
    this.pins = pins;
    this.check = check;
    this.chunker = chunker;
    this.buffers =
        new BlockBuffers(
            chunker.maxLength(),
            (int) Math.max(LEAST_IN_FLIGHT, IN_FLIGHT_BYTES / chunker.maxLength()));
    AtomicInteger number = new AtomicInteger();
    this.workers =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "ingest-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts a stream that is cut into blocks.
   *
   * @param expectedBytes its length, or -1 if it is not known
   */
  public ContentWriter writer(long expectedBytes) {
    return new ChunkingWriter(stream(expectedBytes), chunker, buffers);
  }

  /**
   * Starts a stream of blocks that the caller has cut.
   *
   * @param expectedBytes its length, or -1 if it is not known
   */
  public BlockStream stream(long expectedBytes) {
    return new BlockStream(packs, pins, check, workers, buffers, holdTokens, expectedBytes);
  }

  /** Returns how streams are cut. */
  public Chunker chunker() {
    return chunker;
  }

  /** Returns a buffer for the longest block; {@link BlockStream#submit} takes it back. */
  public byte[] takeBuffer() {
    return buffers.take();
  }

  /** Waits for the blocks that are on their way, and ends the threads. */
  @Override
  public void close() throws CacheException {
    // Never shutdownNow: an interrupt would close the packs' channels under their other users.
    workers.shutdown();
    try {
      if (!workers.awaitTermination(60, TimeUnit.SECONDS)) {
        throw new CacheException.Busy("blocks are still on their way to the disk after 60 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheException.Busy("interrupted while blocks were on their way to the disk");
    }
  }
}

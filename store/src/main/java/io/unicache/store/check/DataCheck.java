package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaSnapshot;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Reads every block, in the order in which they lie in the packs, and compares it with its hash.
 * Two threads read and hash, each with one buffer. Used once, by one thread.
 */
final class DataCheck {

  private static final int THREADS = 2;

  /** Blocks that have been given to the threads and are not read yet, at most. */
  private static final int WAITING = 4 * THREADS;

  private record Unsound(BlockEntry row, String problem) {}

  private final Parts parts;
  private final Report report;
  private final DamagedBlocks damaged;
  private final long totalBytes;
  private final AtomicLong doneBytes = new AtomicLong();
  private final Semaphore room = new Semaphore(WAITING);
  private final Queue<Unsound> unsound = new ConcurrentLinkedQueue<>();
  private final BlockingQueue<byte[]> buffers = new ArrayBlockingQueue<>(THREADS);

  DataCheck(Parts parts, Report report, DamagedBlocks damaged) {
    this.parts = parts;
    this.report = report;
    this.damaged = damaged;
    this.totalBytes = parts.meta().totals().storedBytes();
  }

  /**
   * @param unrecorded tells of a row whether its block is in no index
   */
  void run(Predicate<BlockLocation> unrecorded) throws CacheException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS, DataCheck::thread);
    try {
      for (int pack : parts.packs().numbers()) {
        parts
            .packs()
            .inspectIndex(
                pack,
                block -> {
                  Optional<BlockEntry> row = parts.meta().block(block.hash());
                  if (row.isPresent() && row.get().location().equals(block.location())) {
                    submit(row.get(), threads);
                  }
                },
                (number, damage) -> {});
      }
      try (MetaSnapshot snapshot = parts.meta().snapshot()) {
        snapshot.blocks(
            null,
            row -> {
              if (unrecorded.test(row.location())) {
                submit(row, threads);
              }
              return !report.cancelled();
            });
      }
    } finally {
      threads.shutdown();
      await(threads);
    }
    drain();
    report.blockBytes = doneBytes.get();
    report.listener().progress(doneBytes.get(), totalBytes);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "unicache-check");
    thread.setDaemon(true);
    return thread;
  }

  private void submit(BlockEntry row, ExecutorService threads) throws CacheException {
    if (report.cancelled() || damaged.contains(row.hash())) {
      return;
    }
    room.acquireUninterruptibly();
    threads.execute(
        () -> {
          try {
            check(row);
          } finally {
            room.release();
          }
        });
    drain();
    report.listener().progress(doneBytes.get(), totalBytes);
  }

  private void check(BlockEntry row) {
    BlockLocation at = row.location();
    byte[] buffer = buffers.poll();
    if (buffer == null || buffer.length < at.length()) {
      buffer = new byte[Math.max(parts.blockSize(), at.length())];
    }
    try {
      parts.packs().read(at, 0, ByteBuffer.wrap(buffer, 0, at.length()));
      BlockHash found = Blake3.hash(buffer, 0, at.length());
      if (!found.equals(row.hash())) {
        unsound.add(new Unsound(row, "its bytes at " + at + " hash to " + found));
      }
    } catch (CacheException e) {
      unsound.add(new Unsound(row, e.getMessage()));
    } finally {
      buffers.offer(buffer);
    }
    doneBytes.addAndGet(at.length());
  }

  private void drain() throws CacheException {
    for (Unsound one = unsound.poll(); one != null; one = unsound.poll()) {
      damaged.addRead(one.row(), one.problem());
    }
  }

  /** Not interrupted while it waits: the threads use files that an interrupt would close. */
  private static void await(ExecutorService threads) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          if (threads.awaitTermination(1, TimeUnit.SECONDS)) {
            return;
          }
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
}

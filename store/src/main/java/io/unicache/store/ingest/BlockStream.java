package io.unicache.store.ingest;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockPins;
import io.unicache.store.pack.PackSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stores blocks of one stream: they are hashed side by side and appended in the order of
 * submission, so that a file of new blocks lies in its pack as it is. Every block that was
 * submitted is pinned until {@link #unpin} or {@link #close}. Submitting is for one thread at a
 * time.
 *
 * <p>A stream of unknown length holds its first new blocks back, in memory, until it is long enough
 * for a pack of its own, or drained; see {@link HoldBack}.
 */
public final class BlockStream implements AutoCloseable {

  /** Blocks up to this length are hashed by the caller: handing them over costs more. */
  private static final int INLINE_BYTES = 128 << 10;

  private static final long DRAIN_SECONDS = 300;

  private final PackSet packs;
  private final BlockPins pins;
  private final BlockCheck check;
  private final Executor workers;
  private final BlockBuffers buffers;
  private final long expectedBytes;

  /** Blocks and gaps in the order of submission; guarded by itself, as are the fields below. */
  private final ArrayDeque<Step> steps = new ArrayDeque<>();

  private final List<BlockHash> pinned = new ArrayList<>();
  private CacheException failure;
  private int unfinished;
  private long newBytes;

  /**
   * How many calls of {@link #advance} are wanted; the one that makes it 1 does the work for all.
   */
  private final AtomicInteger advancing = new AtomicInteger();

  /** Opened at the first append; used by the thread that advances. */
  private PackSet.PackStream pack;

  /** Null once it is decided which pack the stream gets; used by the thread that advances. */
  private HoldBack hold;

  /** Guarded by {@link #steps}. */
  private boolean closed;

  /**
   * A block, a gap of zeros, or (with neither) the wish that nothing be held back any more.
   *
   * @param permit whether the block holds one of the permits of {@link BlockBuffers}
   */
  private record Step(StoredBlock block, long gap, boolean permit) {
    static final Step APPEND_HELD = new Step(null, 0, false);
  }

  /**
   * What a full disk refused, in order; its bytes are still in memory. Guarded by {@link #steps}.
   */
  private final List<Step> refused = new ArrayList<>();

  BlockStream(
      PackSet packs,
      BlockPins pins,
      BlockCheck check,
      Executor workers,
      BlockBuffers buffers,
      HoldTokens tokens,
      long expectedBytes) {
    this.packs = packs;
    this.pins = pins;
    this.check = check;
    this.workers = workers;
    this.buffers = buffers;
    this.expectedBytes = expectedBytes;
    this.hold = expectedBytes < 0 ? new HoldBack(tokens, this::appendHeld) : null;
  }

  /**
   * Takes a block; waits while too many are on their way.
   *
   * @param bytes belongs to the stream from here on
   * @param length bytes of the block, from the start of the array
   */
  public StoredBlock submit(byte[] bytes, int length) throws CacheException {
    retryIfFull();
    throwFailure();
    buffers.enter();
    StoredBlock block = new StoredBlock(bytes, length);
    synchronized (steps) {
      steps.add(new Step(block, 0, true));
      unfinished++;
    }
    if (length <= INLINE_BYTES) {
      process(block);
    } else {
      workers.execute(() -> process(block));
    }
    return block;
  }

  /** Leaves a gap for zeros that are not stored, where the stream has a pack of its own. */
  public void skip(long bytes) {
    if (bytes > 0) {
      synchronized (steps) {
        steps.add(new Step(null, bytes, false));
        unfinished++;
      }
      advance();
    }
  }

  /** Takes over pins that the caller has put on blocks: they go as those of submitted blocks do. */
  public void adopt(Collection<BlockHash> hashes) {
    synchronized (steps) {
      pinned.addAll(hashes);
    }
  }

  /**
   * Waits until every block that was submitted has its location. What is held back then goes to the
   * shared pack.
   */
  public void drain() throws CacheException {
    appendHeld();
    awaitIdle();
    retryIfFull();
    throwFailure();
  }

  /** Returns the bytes of blocks that the store did not have; final after {@link #drain}. */
  public long newBytes() {
    synchronized (steps) {
      return newBytes;
    }
  }

  /**
   * Unpins what was submitted so far: the caller has committed it, or does not want it any more.
   */
  public void unpin() throws CacheException {
    awaitIdle();
    List<BlockHash> hashes;
    synchronized (steps) {
      hashes = List.copyOf(pinned);
      pinned.clear();
    }
    pins.unpin(hashes);
  }

  /** By any thread: another stream may need the room. */
  private void appendHeld() {
    synchronized (steps) {
      if (closed) {
        return;
      }
      steps.add(Step.APPEND_HELD);
      unfinished++;
    }
    advance();
  }

  @Override
  public void close() throws CacheException {
    // Not if a block may still be on its way: its pack must not be given up under it.
    awaitIdle();
    synchronized (steps) {
      closed = true;
    }
    awaitIdle();
    try {
      unpin();
    } finally {
      if (hold != null) {
        hold.release();
        hold = null;
      }
      if (pack != null) {
        pack.close();
        pack = null;
      }
    }
  }

  private void process(StoredBlock block) {
    try {
      block.hashed(Blake3.hash(block.bytes(), 0, block.length()));
    } catch (RuntimeException | Error e) {
      fail(new CacheException.Storage("hashing a block failed: " + e, new IOException(e)));
    } finally {
      advance();
    }
  }

  /** Appends what is ready at the head of the queue. Called by any thread, run by one at a time. */
  private void advance() {
    if (advancing.getAndIncrement() > 0) {
      return;
    }
    int seen = 1;
    do {
      for (Step step = next(); step != null; step = next()) {
        finish(step);
      }
      seen = advancing.addAndGet(-seen);
    } while (seen > 0);
  }

  /** Takes the head off the queue if it can be appended: it is hashed, or the stream has failed. */
  private Step next() {
    synchronized (steps) {
      Step head = steps.peek();
      if (head == null
          || (head.block() != null && head.block().hash() == null && failure == null)) {
        return null;
      }
      return steps.poll();
    }
  }

  private void finish(Step step) {
    try {
      if (hasFailed()) {
        refuse(step);
        return;
      }
      if (step.block() != null) {
        store(step.block());
      } else if (step.gap() > 0) {
        skipNow(step.gap());
      } else {
        settle(0);
      }
    } catch (CacheException e) {
      fail(e);
      refuse(step);
    } catch (RuntimeException | Error e) {
      // Whoever waits for this stream must hear of it; the thread may belong to another stream.
      fail(new CacheException.Storage("storing a block failed: " + e, new IOException(e)));
    } finally {
      if (step.permit()) {
        buffers.leave();
      }
      synchronized (steps) {
        unfinished--;
        steps.notifyAll();
      }
    }
  }

  private void store(StoredBlock block) throws CacheException {
    BlockHash hash = block.hash();
    BlockLocation location = pins.pin(hash).orElse(null);
    synchronized (steps) {
      pinned.add(hash);
    }
    // Whoever hands bytes over that are known must be able to rely on the copy that is there.
    boolean damaged = location != null && !check.isSound(hash, location);
    boolean needed = location == null || damaged;
    if (needed && holdBack(block)) {
      return;
    }
    if (needed) {
      ByteBuffer bytes = ByteBuffer.wrap(block.bytes(), 0, block.length());
      BlockLocation fresh = pack().append(hash, bytes);
      location = damaged ? pins.replaced(hash, location, fresh) : pins.located(hash, fresh);
      synchronized (steps) {
        newBytes += block.length();
      }
    }
    buffers.give(block.stored(location));
    if (!needed && hold != null) {
      hold.pass();
    }
  }

  private void skipNow(long gap) throws CacheException {
    if (hold != null) {
      hold.addGap(gap);
      settleIfLong();
    } else {
      pack().skip(gap);
    }
  }

  /** Keeps a new block in memory while it is open which pack it goes to; false if it is not. */
  private boolean holdBack(StoredBlock block) {
    if (hold == null) {
      return false;
    }
    if (!hold.add(block)) {
      settle(0);
      return false;
    }
    settleIfLong();
    return true;
  }

  private void settleIfLong() {
    if (hold.reaches(PackSet.OWN_PACK_BYTES)) {
      settle(PackSet.OWN_PACK_BYTES);
    }
  }

  /**
   * Decides which pack the stream gets, and appends what was held back. A full disk may refuse a
   * part: that goes the way of all that is refused.
   *
   * @param length how long the stream is taken to be
   */
  private void settle(long length) {
    if (hold == null) {
      return;
    }
    HoldBack ended = hold;
    hold = null;
    pack = packs.stream(length);
    try {
      for (HoldBack.Held held : ended.end()) {
        appendAgain(new Step(held.block(), held.gap(), false));
      }
    } finally {
      ended.release();
    }
  }

  private void appendAgain(Step step) {
    try {
      if (hasFailed()) {
        refuse(step);
      } else if (step.block() != null) {
        store(step.block());
      } else {
        skipNow(step.gap());
      }
    } catch (CacheException e) {
      fail(e);
      refuse(step);
    }
  }

  /** Keeps what could not be stored, in order, for the case that there will be room. */
  private void refuse(Step step) {
    synchronized (steps) {
      refused.add(step);
    }
  }

  /** Stores again what a full disk has refused: there may be room by now. */
  private void retryIfFull() throws CacheException {
    synchronized (steps) {
      if (!(failure instanceof CacheException.Full)) {
        return;
      }
    }
    awaitIdle();
    synchronized (steps) {
      failure = null;
      for (Step step : refused) {
        steps.add(new Step(step.block(), step.gap(), false));
        unfinished++;
      }
      refused.clear();
    }
    advance();
    awaitIdle();
  }

  private PackSet.PackStream pack() {
    if (pack == null) {
      pack = packs.stream(expectedBytes);
    }
    return pack;
  }

  private boolean hasFailed() {
    synchronized (steps) {
      return failure != null;
    }
  }

  private void fail(CacheException e) {
    synchronized (steps) {
      if (failure == null) {
        failure = e;
      }
    }
  }

  private void throwFailure() throws CacheException {
    synchronized (steps) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  private void awaitIdle() throws CacheException {
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
    synchronized (steps) {
      while (unfinished > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new CacheException.Busy(
              unfinished + " blocks have not reached their pack in " + DRAIN_SECONDS + " s");
        }
        try {
          steps.wait(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

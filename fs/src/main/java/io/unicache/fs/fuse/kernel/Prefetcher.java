package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.Notice;
import io.unicache.fs.fuse.kernel.Protocol.NotifyInvalInodeOut;
import io.unicache.fs.fuse.kernel.Protocol.NotifyStoreOut;
import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.ModelFormat;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Puts what readers will want next into the kernel's cache before they ask, from threads of its own
 * and within bounds: ahead of those who read in even strides ({@link ReadPattern}), and all of a
 * model that is read here and there, as a program does that has mapped it. Not for those who read
 * forward: the kernel reads ahead for them by itself, and an answer to that costs a copy less than
 * a piece that is put there. Safe for use by many threads.
 *
 * <p>What is put there must be what the file has. So nothing is put while an inode is open for
 * writing or changes its size, and such a change waits for the piece that is on its way. While it
 * is put there no lock of the file system is held, as the kernel may wait for the answer to a read
 * meanwhile.
 */
final class Prefetcher {

  private static final Logger LOG = System.getLogger(Prefetcher.class.getName());

  private static final int PIECE = 1 << 20;
  private static final int THREADS = 2;
  private static final int MAX_QUEUED = 64;

  /** How long a change waits for a piece; the kernel takes one within a millisecond. */
  private static final long SETTLE_MILLIS = 5_000;

  private static final long END_MILLIS = 10_000;

  /** Reads of a model that do not go on from another, until it is taken for mapped. */
  private static final int JUMPS = 2;

  /** Reads that do not go forward, until what is queued for the reader is dropped. */
  private static final int RANDOM = 4;

  /** Part of the memory that is free which a model may take. */
  private static final int WARM_SHARE = 4;

  private static final int BODY = 4096;
  private static final int MESSAGE = BODY - OutHeader.SIZE - NotifyStoreOut.SIZE;

  /** An inode that is open. Guarded by itself. */
  private static final class Inode {
    final long number;
    final ReadPattern pattern = new ReadPattern();
    int openings;
    int writers;
    boolean pushing;

    /** Whether a change did not wait for what was on its way, as it took too long. */
    boolean notAwaited;

    /** Reads that did not go on from another, since one followed a pattern. */
    int jumps;

    /** Work for an older pattern is dropped. */
    int epoch;

    /** Whether it has been looked at whether it is a model. */
    boolean looked;

    boolean isModel;

    Inode(long number) {
      this.number = number;
    }
  }

  /** Pieces to be put into the cache. */
  private record Work(
      Inode inode, long handle, int epoch, long offset, int size, long step, int count) {}

  private final FileSystemOps ops;
  private final Channel channel;
  private final LongSupplier freeMemory;
  private final boolean enabled;
  private final LongTable<Inode> inodes = new LongTable<>();
  private final ThreadPoolExecutor executor;

  /** One for each thread. */
  private final ThreadLocal<NativeBuffer> buffers =
      ThreadLocal.withInitial(() -> NativeBuffer.uncleared(BODY + PIECE));

  /**
   * @param thread start of the threads' names
   * @param freeMemory tells the bytes of memory that are free
   * @param enabled whether anything is done
   */
  Prefetcher(
      FileSystemOps ops, Channel channel, String thread, LongSupplier freeMemory, boolean enabled) {
    this.enabled = enabled;
    this.ops = ops;
    this.channel = channel;
    this.freeMemory = freeMemory;
    executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(MAX_QUEUED),
            task -> {
              Thread made = new Thread(task, thread);
              made.setDaemon(true);
              return made;
            },
            // It would only have been faster: the reader asks by itself.
            new ThreadPoolExecutor.DiscardPolicy());
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * An inode is opened; to be called before its content can change by that and before the kernel is
   * told. With {@code changes}, nothing of the inode is put into the cache until {@link #closed},
   * and what is on its way is waited for.
   */
  void opened(long number, boolean changes) {
    Inode inode;
    synchronized (inodes) {
      inode = inodes.get(number);
      if (inode == null) {
        inode = new Inode(number);
        inodes.put(number, inode);
      }
      inode.openings++;
    }
    if (changes) {
      synchronized (inode) {
        inode.writers++;
        inode.epoch++;
        settle(inode);
      }
    }
  }

  /** An opening was closed. */
  void closed(long number, boolean changes) {
    synchronized (inodes) {
      Inode inode = inodes.get(number);
      if (changes) {
        synchronized (inode) {
          inode.writers--;
        }
      }
      inode.openings--;
      if (inode.openings == 0) {
        inodes.remove(number);
      }
    }
  }

  /** Waits until what was read of an inode before now has been put into the cache. */
  void settle(long number) {
    Inode inode = inodes.get(number);
    if (inode != null) {
      synchronized (inode) {
        inode.epoch++;
        settle(inode);
      }
    }
  }

  /** Called with the inode's lock held. */
  private static void settle(Inode inode) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SETTLE_MILLIS);
    boolean interrupted = false;
    while (inode.pushing) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        LOG.log(Level.ERROR, "the kernel does not take what is put into its cache");
        inode.notAwaited = true;
        break;
      }
      try {
        inode.wait(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes a read in that has been served. Allocates nothing but for an advice. */
  void read(long number, long handle, long offset, int size) {
    Inode inode = enabled ? inodes.get(number) : null;
    if (inode == null || size == 0) {
      return;
    }
    Work work = null;
    boolean warm = false;
    synchronized (inode) {
      if (inode.writers > 0) {
        return;
      }
      ReadPattern pattern = inode.pattern;
      if (pattern.read(offset, size)) {
        work =
            new Work(
                inode,
                handle,
                inode.epoch,
                pattern.offset(),
                pattern.size(),
                pattern.step(),
                pattern.count());
      }
      if (pattern.isForward()) {
        inode.jumps = 0;
      } else if (pattern.jumped()) {
        inode.jumps++;
        if (inode.jumps == RANDOM && !inode.isModel) {
          inode.epoch++;
        }
        warm = inode.jumps >= JUMPS && !inode.looked;
        inode.looked |= warm;
      }
    }
    if (warm) {
      executor.execute(() -> warm(inode, handle));
    } else if (work != null) {
      Work advised = work;
      executor.execute(() -> run(advised));
    }
  }

  /** Puts all of a file into the cache, if it is a model and memory is free. */
  private void warm(Inode inode, long handle) {
    try {
      ByteBuffer head = ByteBuffer.allocate(ModelFormat.HEAD_BYTES);
      ops.read(handle, 0, head);
      long size = ops.getattr(inode.number).size();
      if (ModelFormat.of(head.flip(), size).isEmpty()) {
        return;
      }
      long limit = Math.min(size, freeMemory.getAsLong() / WARM_SHARE);
      int epoch;
      synchronized (inode) {
        inode.isModel = true;
        epoch = inode.epoch;
      }
      int pieces = (int) Math.min(Integer.MAX_VALUE, (limit + PIECE - 1) / PIECE);
      run(new Work(inode, handle, epoch, 0, PIECE, PIECE, pieces));
    } catch (FileSystemException e) {
      LOG.log(Level.DEBUG, "inode " + inode.number + " is not warmed", e);
    }
  }

  private void run(Work work) {
    for (int i = 0; i < work.count(); i++) {
      if (!put(work, work.offset() + i * work.step())) {
        return;
      }
    }
  }

  /** Puts one piece into the cache; returns false if the work is to end. */
  private boolean put(Work work, long offset) {
    Inode inode = work.inode();
    synchronized (inodes) {
      if (inodes.get(inode.number) != inode) {
        return false; // Nobody has it open any more.
      }
      inode.openings++; // So that who opens it now finds what is on its way.
    }
    try {
      return begin(work) && sendAndEnd(work, offset);
    } finally {
      closed(inode.number, false);
    }
  }

  private static boolean begin(Work work) {
    Inode inode = work.inode();
    synchronized (inode) {
      // Two threads for one inode would need to be waited for one by one.
      if (inode.writers > 0 || inode.epoch != work.epoch() || inode.pushing) {
        return false;
      }
      inode.pushing = true;
      return true;
    }
  }

  private boolean sendAndEnd(Work work, long offset) {
    Inode inode = work.inode();
    boolean more = false;
    try {
      more = send(inode.number, work.handle(), offset, work.size());
    } catch (FileSystemException e) {
      // The handle was closed, or a block is damaged: who reads it will be told.
      LOG.log(Level.DEBUG, "inode " + inode.number + " is not read ahead", e);
    } finally {
      boolean late;
      synchronized (inode) {
        inode.pushing = false;
        late = inode.notAwaited;
        inode.notAwaited = false;
        inode.notifyAll();
      }
      if (late) {
        sendForget(inode.number, offset, work.size());
      }
    }
    return more;
  }

  /** What has been put there may be older than a change: takes it out again. */
  private void sendForget(long number, long offset, int size) {
    NativeBuffer buffer = buffers.get();
    ByteBuffer bytes = buffer.bytes();
    int length = OutHeader.SIZE + NotifyInvalInodeOut.SIZE;
    putHeader(bytes, 0, length, Notice.INVAL_INODE);
    bytes.putLong(OutHeader.SIZE + NotifyInvalInodeOut.INO, number);
    bytes.putLong(OutHeader.SIZE + NotifyInvalInodeOut.OFF, offset);
    bytes.putLong(OutHeader.SIZE + NotifyInvalInodeOut.LEN, size);
    channel.send(buffer, 0, length);
  }

  private static void putHeader(ByteBuffer bytes, int at, int length, int notice) {
    bytes.putInt(at + OutHeader.LEN, length);
    bytes.putInt(at + OutHeader.ERROR, notice);
    bytes.putLong(at + OutHeader.UNIQUE, 0);
  }

  private boolean send(long number, long handle, long offset, int size) throws FileSystemException {
    NativeBuffer buffer = buffers.get();
    ByteBuffer bytes = buffer.bytes();
    int count = ops.read(handle, offset, bytes.clear().position(BODY).limit(BODY + size).slice());
    if (count == 0) {
      return false;
    }
    bytes.clear();
    int length = OutHeader.SIZE + NotifyStoreOut.SIZE + count;
    putHeader(bytes, MESSAGE, length, Notice.STORE);
    int at = MESSAGE + OutHeader.SIZE;
    bytes.putLong(at + NotifyStoreOut.NODEID, number);
    bytes.putLong(at + NotifyStoreOut.OFFSET, offset);
    bytes.putInt(at + NotifyStoreOut.SIZE_FIELD, count);
    bytes.putInt(at + NotifyStoreOut.PADDING, 0);
    return channel.send(buffer, MESSAGE, length) == 0 && count == size;
  }

  /** Waits until what was advised so far has been done or dropped; for tests. */
  void awaitIdle() throws InterruptedException {
    while (executor.getActiveCount() > 0 || !executor.getQueue().isEmpty()) {
      Thread.sleep(1);
    }
  }

  /** Ends the threads. */
  void stop() throws InterruptedException {
    executor.getQueue().clear();
    executor.shutdown();
    if (!executor.awaitTermination(END_MILLIS, TimeUnit.MILLISECONDS)) {
      LOG.log(Level.ERROR, "reading ahead does not end");
    }
  }
}

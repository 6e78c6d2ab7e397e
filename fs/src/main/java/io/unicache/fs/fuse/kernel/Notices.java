package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.Notice;
import io.unicache.fs.fuse.kernel.Protocol.NotifyInvalEntryOut;
import io.unicache.fs.fuse.kernel.Protocol.NotifyInvalInodeOut;
import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import io.unicache.fs.ops.FileSystemOps.Invalidations;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Tells the kernel what has changed behind its back, from a thread of its own: the kernel may have
 * to wait for requests to be answered before it can forget. Thread-safe.
 *
 * <p>Who announces a change waits until the kernel has been told, but not for long: it may have a
 * lock that a request needs which the kernel waits for.
 *
 * <p>A notice about a name is sent twice: at once, and again a little later. A reply to a lookup
 * may be on its way just then, sent before the change, and the kernel finds nothing to forget
 * before it has taken the reply in.
 */
final class Notices implements Invalidations {

  private static final Logger LOG = System.getLogger(Notices.class.getName());

  private static final long WAIT_MILLIS = 500;
  private static final long ECHO_MILLIS = 1000;
  private static final long END_MILLIS = 10_000;
  private static final int MAX_NAME = 1024;

  /** In the place of an offset. */
  private static final long ATTRIBUTES_ONLY = -1;

  private static final int BUFFER_SIZE = OutHeader.SIZE + NotifyInvalEntryOut.SIZE + MAX_NAME + 1;

  private final Channel channel;
  private final LongConsumer beforeInode;
  private final AtomicLong count = new AtomicLong();
  private final ScheduledThreadPoolExecutor executor;

  // Belong to the executor's thread.
  private final NativeBuffer buffer = new NativeBuffer(BUFFER_SIZE);
  private final ByteBuffer bytes = buffer.bytes();

  /**
   * @param thread name of the thread
   * @param beforeInode takes the number of an inode that has changed, before the kernel forgets it
   */
  Notices(Channel channel, String thread, LongConsumer beforeInode) {
    this.channel = channel;
    this.beforeInode = beforeInode;
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, thread);
              made.setDaemon(true);
              return made;
            });
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setRemoveOnCancelPolicy(true);
  }

  /** Returns how many changes have been announced. */
  long count() {
    return count.get();
  }

  @Override
  public void inode(long inode) {
    beforeInode.accept(inode);
    announce(() -> sendInode(inode, 0), false);
  }

  /** The kernel must ask again for an inode's attributes. Does not wait. */
  void attributes(long inode) {
    count.incrementAndGet();
    try {
      executor.execute(() -> sendInode(inode, ATTRIBUTES_ONLY));
    } catch (RejectedExecutionException e) {
      LOG.log(Level.DEBUG, "a notice after the session's end is left out", e);
    }
  }

  @Override
  public void entry(long parent, byte[] name) {
    byte[] copy = name.clone();
    announce(() -> sendEntry(parent, copy), true);
  }

  private void announce(Runnable notice, boolean twice) {
    count.incrementAndGet();
    CountDownLatch sent = new CountDownLatch(1);
    try {
      executor.execute(
          () -> {
            notice.run();
            sent.countDown();
          });
      if (twice) {
        ScheduledFuture<?> unused = executor.schedule(notice, ECHO_MILLIS, TimeUnit.MILLISECONDS);
      }
      if (!sent.await(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.log(Level.DEBUG, "the kernel takes its time with a notice");
      }
    } catch (RejectedExecutionException e) {
      LOG.log(Level.DEBUG, "a notice after the session's end is left out", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * @param offset first byte of the content to forget
   */
  private void sendInode(long inode, long offset) {
    int at = OutHeader.SIZE;
    bytes.putLong(at + NotifyInvalInodeOut.INO, inode);
    bytes.putLong(at + NotifyInvalInodeOut.OFF, offset);
    bytes.putLong(at + NotifyInvalInodeOut.LEN, 0); // To the end.
    send(Notice.INVAL_INODE, NotifyInvalInodeOut.SIZE);
  }

  private void sendEntry(long parent, byte[] name) {
    if (name.length > MAX_NAME) {
      return; // The kernel knows no such name.
    }
    int at = OutHeader.SIZE;
    bytes.putLong(at + NotifyInvalEntryOut.PARENT, parent);
    bytes.putInt(at + NotifyInvalEntryOut.NAMELEN, name.length);
    bytes.putInt(at + NotifyInvalEntryOut.FLAGS, 0);
    bytes.put(at + NotifyInvalEntryOut.SIZE, name);
    bytes.put(at + NotifyInvalEntryOut.SIZE + name.length, (byte) 0);
    send(Notice.INVAL_ENTRY, NotifyInvalEntryOut.SIZE + name.length + 1);
  }

  private void send(int code, int bodySize) {
    int length = OutHeader.SIZE + bodySize;
    bytes.putInt(OutHeader.LEN, length);
    bytes.putInt(OutHeader.ERROR, code);
    bytes.putLong(OutHeader.UNIQUE, 0);
    int result = channel.send(buffer, 0, length);
    // ENOENT: the kernel does not know the inode or name, so it has nothing to forget.
    if (result < 0 && result != -Libc.ENOENT && result != -Libc.ENODEV) {
      LOG.log(Level.WARNING, "the kernel does not take notice {0}: errno {1}", code, -result);
    }
  }

  /** Ends the thread, and waits until it sends nothing any more. */
  void stop() throws InterruptedException {
    executor.shutdown();
    if (!executor.awaitTermination(END_MILLIS, TimeUnit.MILLISECONDS)) {
      LOG.log(Level.ERROR, "a notice to the kernel does not end");
    }
  }
}

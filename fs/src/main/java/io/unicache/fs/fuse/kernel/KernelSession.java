package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.fuse.mount.MountedSession;
import io.unicache.fs.ops.FileSystemOps;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A mount and the threads that serve it. The last thread to end closes the descriptor; only then
 * has the session ended, and no request is in the file system.
 */
final class KernelSession extends MountedSession {

  private static final Logger LOG = System.getLogger(KernelSession.class.getName());

  /** More for a machine with many processors only let them quarrel over the device. */
  private static final int MAX_LEADERS = 16;

  private static final int MAX_THREADS = 64;

  /** Session numbers, for the threads' names. */
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final FileSystemOps ops;
  private final DeviceChannel channel;
  private final Notices notices;
  private final Prefetcher prefetcher;
  private final Passthrough passthrough;
  private final Dispatcher dispatcher;
  private final int number = COUNT.incrementAndGet();
  private final Crew crew =
      new Crew(
          Math.min(MAX_LEADERS, Runtime.getRuntime().availableProcessors()),
          MAX_THREADS,
          this::startThread);

  /**
   * Takes over a mount that nobody serves yet.
   *
   * @param channel its descriptor; closed at the session's end
   * @param passthroughState {@link Passthrough#IN_USE}, or why passthrough is not to be used
   */
  KernelSession(
      FileSystemOps ops,
      MountTable.Mount mount,
      DeviceChannel channel,
      int pageSize,
      boolean prefetch,
      String passthroughState) {
    super(mount.mountPoint());
    mounted(mount);
    this.ops = ops;
    this.channel = channel;
    String name = "unicache-kernel-" + number;
    prefetcher = new Prefetcher(ops, channel, name + "-prefetch", FreeMemory::bytes, prefetch);
    notices = new Notices(channel, name + "-notices", prefetcher::settle);
    passthrough = new Passthrough(ops, channel, passthroughState);
    dispatcher = new Dispatcher(ops, notices, pageSize, prefetcher, passthrough);
  }

  /**
   * Starts the threads, and returns when the mount answers: when INIT is done. Not found out by
   * looking at the mount: if this process is killed while one of its threads waits for an answer
   * that it would have to give itself, it never ends.
   */
  void start(Duration timeout) throws MountException {
    ops.onInvalidation(notices);
    crew.start("unicache-kernel-" + number + "-watch");
    try {
      dispatcher.initialised().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new MountException(
          "the kernel does not use the mount at "
              + mountPoint()
              + " within "
              + timeout.toMillis()
              + " ms",
          e);
    } catch (ExecutionException e) {
      throw new MountException(
          "the mount at " + mountPoint() + " does not work: " + e.getCause().getMessage(),
          e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while mounting " + mountPoint(), e);
    }
  }

  private void startThread(int index) {
    Thread thread = new Thread(this::serve, "unicache-kernel-" + number + "-" + index);
    thread.setDaemon(true);
    thread.start();
  }

  /** A thread's life. */
  private void serve() {
    Crew.Member member = crew.join();
    RequestLoop loop = null;
    try {
      loop = new RequestLoop(channel, dispatcher, member);
      if (loop.run()) {
        crew.end();
      }
    } catch (Throwable e) { // the thread ends whatever it is; awaitEnd passes it on
      LOG.log(Level.ERROR, "a thread that serves " + mountPoint() + " failed", e);
      failed(e);
      crew.end();
      stopOthers();
    } finally {
      if (loop != null) {
        loop.free();
      }
      if (crew.leave(member)) {
        finish();
      }
    }
  }

  /** Threads that wait for a request wake up when the mount is gone. */
  private void stopOthers() {
    try {
      unmountLazily();
    } catch (MountException e) {
      LOG.log(Level.ERROR, "cannot take down the mount after the failure", e);
    }
  }

  private void finish() {
    dispatcher.initialised().completeExceptionally(new MountException("the session ended at once"));
    try {
      ops.onInvalidation(null);
      notices.stop();
      prefetcher.stop();
      dispatcher.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      channel.close();
      ended();
    }
  }

  @Override
  public String transport() {
    String version = dispatcher.negotiation().map(Negotiation::version).orElse("?");
    return "kernel, FUSE " + version;
  }

  @Override
  public Statistics statistics() {
    return new Statistics(passthrough.state(), dispatcher.reads(), passthrough.opens());
  }

  @Override
  public String describe() {
    return transport() + ", passthrough " + passthrough.state() + ", at " + mountPoint();
  }
}

package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.jnr.Callbacks.DestroyCall;
import io.unicache.fs.fuse.jnr.Callbacks.InitCall;
import io.unicache.fs.fuse.jnr.OperationsTable.Slot;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.fuse.mount.MountedSession;
import io.unicache.fs.ops.FileSystemOps;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A libfuse session whose requests are served by threads that Java owns. libfuse's own loop starts
 * native threads, and each of their callbacks would attach to the JVM and detach again.
 *
 * <p>The last thread to end frees the native session; only then has the session ended, and no
 * callback is running or will.
 */
final class LibfuseSession extends MountedSession {

  private static final Logger LOG = System.getLogger(LibfuseSession.class.getName());

  private static final int MIN_THREADS = 4;
  private static final int MAX_THREADS = 8;

  /** How often a start looks whether the session has failed meanwhile. */
  private static final long POLL_MILLIS = 20;

  /** Session numbers, for the threads' names. */
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final LibFuse libfuse;
  private final FileSystemOps ops;
  private final MountOptions options;
  private final OperationsTable table;
  private final OpenFiles files = new OpenFiles();
  private final Invalidator invalidator;
  private final int number = COUNT.incrementAndGet();
  private final int threads =
      Math.max(
          MIN_THREADS,
          Math.min(MAX_THREADS, 2 * java.lang.Runtime.getRuntime().availableProcessors()));
  private final AtomicInteger running = new AtomicInteger(threads);
  private final CountDownLatch initialised = new CountDownLatch(1);

  // Set once, before the threads start.
  private LibfuseTransport.Setup setup;
  private Pointer session;
  private Pointer channel;

  private LibfuseSession(LibFuse libfuse, FileSystemOps ops, MountOptions options) {
    super(options.mountPoint());
    this.libfuse = libfuse;
    this.ops = ops;
    this.options = options;
    invalidator = new Invalidator("unicache-fuse-" + number + "-invalidate", this::dropPages);
    table = new OperationsTable(Runtime.getRuntime(libfuse));
    register();
  }

  /** Mounts; {@link #start} then serves. */
  static LibfuseSession create(LibFuse libfuse, FileSystemOps ops, MountOptions options)
      throws MountException {
    LibfuseSession session = new LibfuseSession(libfuse, ops, options);
    session.setUp();
    return session;
  }

  private void register() {
    HiddenFiles hidden = new HiddenFiles();
    PathResolver paths = new PathResolver(ops, hidden);
    CallerContext context = new CallerContext(libfuse);
    new NamespaceCallbacks(ops, paths, hidden, context).register(table);
    new AttributeCallbacks(ops, paths, context).register(table);
    new FileCallbacks(ops, paths, hidden, files, context, invalidator::invalidate).register(table);
    new DirectoryCallbacks(ops, paths, context).register(table);
    table.set(
        Slot.INIT,
        InitCall.class,
        connection -> {
          initialised.countDown();
          return Connection.init(connection);
        });
    table.set(
        Slot.DESTROY,
        DestroyCall.class,
        data -> LOG.log(Level.DEBUG, "libfuse has let {0} go", mountPoint()));
  }

  private void setUp() throws MountException {
    setup = LibfuseTransport.setUp(libfuse, table, options);
    session = libfuse.fuse_get_session(setup.fuse());
    channel = libfuse.fuse_session_next_chan(session, null);
  }

  /** Starts the threads, and returns when the mount answers. */
  void start(Duration timeout) throws MountException {
    invalidator.start();
    ops.onInvalidation(new Listener());
    for (int i = 1; i <= threads; i++) {
      Thread thread = new Thread(this::serve, "unicache-fuse-" + number + "-" + i);
      thread.setDaemon(true);
      thread.start();
    }
    mounted(MountTable.justMadeAt(mountPoint()));
    awaitInit(timeout);
  }

  /**
   * Waits until the kernel has begun to talk: from then on it answers whoever uses the mount, or
   * has them wait for us. Looking at the mount from here would be no better test, and a thread that
   * is killed while it waits for its own process's answer can never end.
   */
  private void awaitInit(Duration timeout) throws MountException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (!initialised.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        if (hasEnded()) {
          throw new MountException(mountPoint() + " was unmounted at once");
        }
        if (System.nanoTime() - deadline > 0) {
          throw new MountException(
              mountPoint() + " does not answer after " + timeout.toSeconds() + " s");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while mounting at " + mountPoint(), e);
    }
  }

  /** Passes on what has changed without the kernel's doing. Names are looked up anew anyway. */
  private final class Listener implements FileSystemOps.Invalidations {

    @Override
    public void inode(long inode) {
      files.nodes(inode, OpenFiles.UNKNOWN_NODE).forEach(invalidator::invalidate);
    }

    @Override
    public void entry(long parent, byte[] name) {}
  }

  private void dropPages(long node) {
    // It fails if the kernel has forgotten the node, and has no pages of it either then.
    libfuse.fuse_lowlevel_notify_inval_inode(channel, node, 0, 0);
  }

  /** A thread's life. */
  private void serve() {
    try {
      new RequestLoop(libfuse, session, channel).run();
    } catch (Throwable e) { // the thread ends whatever it is; awaitEnd passes it on
      LOG.log(Level.ERROR, "a thread that serves " + mountPoint() + " failed", e);
      failed(e);
      stopOthers();
    } finally {
      if (running.decrementAndGet() == 0) {
        tearDown();
      }
    }
  }

  /** Threads that wait for a request wake up when the mount is gone. */
  private void stopOthers() {
    libfuse.fuse_session_exit(session);
    try {
      unmountLazily();
    } catch (MountException e) {
      LOG.log(Level.ERROR, "cannot take down the mount after the failure", e);
    }
  }

  private void tearDown() {
    try {
      ops.onInvalidation(null);
      invalidator.stop();
      libfuse.fuse_teardown(setup.fuse(), setup.mountPoint());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // The destroy callback was the last to be called.
      Reference.reachabilityFence(table);
      ended();
    }
  }

  @Override
  public String transport() {
    return "libfuse 2";
  }

  @Override
  public Statistics statistics() {
    return new Statistics("not available (libfuse)", Statistics.NOT_COUNTED, 0);
  }

  @Override
  public String describe() {
    return transport() + ", " + threads + " threads, at " + mountPoint();
  }
}

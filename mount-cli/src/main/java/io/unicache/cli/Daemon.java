package io.unicache.cli;

import io.unicache.fs.control.ControlCommands;
import io.unicache.fs.control.ControlFileSystem;
import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.ops.StoreFileSystem;
import io.unicache.store.CacheService.MountStatistics;
import io.unicache.store.LocalService;
import io.unicache.store.Store;
import io.unicache.store.hash.Blake3;
import io.unicache.store.ipc.ServiceServer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Owns a store, serves it as a mount and through the socket, until someone unmounts it, a client
 * asks it to end, or the process is told to. Then it ends in order: no more requests from the
 * kernel, none from clients, files closed, store closed; each with a time limit.
 */
final class Daemon implements AutoCloseable {

  private static final Logger LOG = System.getLogger(Daemon.class.getName());

  /** After so long hashing is made fast, unless so much has been hashed before that it is. */
  private static final int WARM_UP_SECONDS = 3;

  private static final Duration SESSION_LIMIT = Duration.ofSeconds(45);
  private static final Duration SERVER_LIMIT = Duration.ofSeconds(15);

  /** Files that are still open become blocks, and everything becomes durable: that may be much. */
  private static final Duration STORE_LIMIT = Duration.ofMinutes(5);

  private final Store store;
  private final LocalService service;
  private final CountDownLatch stop = new CountDownLatch(1);
  private ControlFileSystem files;
  private FuseSession session;
  private ServiceServer server;
  private boolean closed;

  private Daemon(Store store) {
    this.store = store;
    this.service = new LocalService(store);
  }

  /** Starts to serve; returns when the mount is usable and clients are answered. */
  static Daemon start(DaemonOptions options, Mounter mounter) throws IOException {
    Daemon daemon = new Daemon(Store.open(options.storeConfig()));
    try {
      daemon.serve(options, mounter);
      return daemon;
    } catch (IOException | RuntimeException e) {
      try {
        daemon.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private void serve(DaemonOptions options, Mounter mounter) throws IOException {
    Clock clock = Clock.systemUTC();
    files =
        new ControlFileSystem(
            new StoreFileSystem(store, clock),
            store,
            ControlCommands.of(service),
            Store.VERSION,
            clock);
    service.onTreeChange(files::changed);
    session = mounter.mount(files, options.mountOptions(), options.transport());
    service.mounted(session.mountPoint(), session.transport(), this::statistics);
    server = ServiceServer.start(store.directory(), service, this::stop);
    store.publishSocket(server.socket());
    Thread watch = new Thread(this::watchSession, "unicache-session-watch");
    watch.setDaemon(true);
    watch.start();
    // What is read first has to be verified, and someone waits for that. Not at once: a mount that
    // is over in a moment is spared the work, and one that is read at once the competition.
    CompletableFuture.delayedExecutor(WARM_UP_SECONDS, TimeUnit.SECONDS).execute(Blake3::warmUp);
    LOG.log(
        Level.INFO,
        "serving {0} at {1}: {2}",
        store.directory(),
        session.mountPoint(),
        session.describe());
  }

  private MountStatistics statistics() {
    FuseSession.Statistics now = session.statistics();
    return new MountStatistics(now.passthrough(), now.readRequests(), now.passthroughOpens());
  }

  /** Has {@link #awaitStop} return; by any thread. */
  void stop() {
    stop.countDown();
  }

  /** Waits until the mount is gone, or someone wants the daemon to end. */
  void awaitStop() throws InterruptedException {
    stop.await();
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    Stages stages = new Stages();
    if (session != null) {
      stages.run("unmounting", SESSION_LIMIT, this::endSession);
    }
    if (server != null) {
      stages.run("closing the socket", SERVER_LIMIT, server::close);
    }
    if (files != null) {
      stages.run("closing the files", STORE_LIMIT, files::close);
    }
    stages.run("closing the store", STORE_LIMIT, service::close);
    LOG.log(Level.INFO, "ended");
    stages.finish();
  }

  private void endSession() throws MountException {
    try {
      session.unmount();
    } catch (MountException e) {
      LOG.log(Level.WARNING, "files are open in the mount; unmounting without waiting for them", e);
      session.unmountLazily();
    }
  }

  private void watchSession() {
    try {
      session.awaitEnd();
      LOG.log(Level.INFO, "{0} was unmounted", session.mountPoint());
    } catch (MountException e) {
      LOG.log(Level.ERROR, "the session ended by a failure", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stop();
    }
  }
}

package io.unicache.store.ipc;

import io.unicache.store.CacheService;
import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Messages.Hello;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.net.ExtendedSocketOptions;

/**
 * Offers the service of an owned store on a Unix-domain socket, to programs of the same user. The
 * package's description is the protocol's. Each client has a thread; there are at most {@link
 * #MAX_CLIENTS}.
 */
public final class ServiceServer implements AutoCloseable {

  /** Clients at one time; another is told that the daemon is busy. */
  public static final int MAX_CLIENTS = 64;

  private static final Logger LOG = System.getLogger(ServiceServer.class.getName());

  private static final long TICK_MILLIS = 500;
  private static final long IDLE_THREAD_SECONDS = 10;
  private static final long ACCEPT_RETRY_MILLIS = 100;
  private static final long CLOSE_TIMEOUT_MILLIS = 10_000;

  private final CacheService service;
  private final Hello hello;
  private final Runnable onShutdown;
  private final Path socket;
  private final UserPrincipal owner;
  private final ServerSocketChannel listener;
  private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
  private final ExecutorService workers;
  private final Thread ticker;
  private final Thread acceptor;
  private volatile boolean closed;

  private ServiceServer(
      CacheService service,
      Hello hello,
      Runnable onShutdown,
      Path socket,
      ServerSocketChannel listener)
      throws IOException {
    this.service = service;
    this.hello = hello;
    this.onShutdown = onShutdown;
    this.socket = socket;
    this.listener = listener;
    owner = Files.getOwner(socket);
    workers =
        new ThreadPoolExecutor(
            0,
            MAX_CLIENTS,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            threads("unicache-client-"));
    ticker = threads("unicache-clients-watch-").newThread(this::watch);
    acceptor = threads("unicache-accept-").newThread(this::accept);
  }

  /**
   * Starts to serve. The caller owns the store, so a socket that is there already is a dead one.
   *
   * @param store the store's directory; {@link #socket} says where the socket is
   * @param service stays the caller's; it has to outlive this server
   * @param onShutdown called, by a client's thread, when a client asks the daemon to end; returns
   *     without waiting for that
   */
  public static ServiceServer start(Path store, CacheService service, Runnable onShutdown)
      throws CacheException {
    Hello hello = Hello.of(Messages.PROTOCOL, Store.VERSION);
    return start(store, service, onShutdown, hello);
  }

  static ServiceServer start(Path store, CacheService service, Runnable onShutdown, Hello hello)
      throws CacheException {
    try {
      Path socket = SocketPath.choose(store, Path.of(System.getProperty("java.io.tmpdir")));
      ServerSocketChannel listener = listen(socket);
      try {
        ServiceServer server = new ServiceServer(service, hello, onShutdown, socket, listener);
        server.begin();
        return server;
      } catch (IOException e) {
        listener.close();
        throw e;
      }
    } catch (IOException e) {
      throw CacheException.of("making the socket of " + store, e);
    }
  }

  /** Returns the socket's path, absolute; it belongs into the store's lock file. */
  public Path socket() {
    return socket;
  }

  /** Hangs up on every client, which cancels what they asked for, and waits for that, bounded. */
  @Override
  public void close() throws CacheException {
    closed = true;
    ticker.interrupt(); // It does no file I/O.
    try {
      listener.close();
      SocketPath.delete(socket);
    } catch (IOException e) {
      throw CacheException.of("removing " + socket, e);
    } finally {
      workers.shutdown();
      sessions.forEach(Session::disconnect);
      awaitWorkers();
    }
  }

  private void begin() {
    ticker.start();
    acceptor.start();
  }

  private static ServerSocketChannel listen(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(socket), MAX_CLIENTS);
      // Who connects before this takes effect is turned away by isAllowed.
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      return listener;
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  private void watch() {
    while (!closed && pause(TICK_MILLIS)) {
      sessions.forEach(Session::tick);
    }
  }

  private void accept() {
    while (!closed) {
      try {
        admit(listener.accept());
      } catch (ClosedChannelException e) {
        if (!closed) {
          LOG.log(Level.ERROR, "the socket " + socket + " was closed; clients cannot connect", e);
        }
        return;
      } catch (IOException e) {
        LOG.log(Level.WARNING, "a client could not connect to " + socket, e);
        // Out of descriptors, most likely: the next attempt would fail at once.
        if (!pause(ACCEPT_RETRY_MILLIS)) {
          return;
        }
      }
    }
  }

  private void admit(SocketChannel channel) throws IOException {
    Connection connection;
    try {
      connection = new Connection(channel, Connection.NO_LIMIT);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    if (!isAllowed(channel)) {
      LOG.log(Level.WARNING, "turned a client of another user away from " + socket);
      connection.close();
      return;
    }
    Session session = new Session(connection, service, hello, onShutdown);
    sessions.add(session);
    try {
      workers.execute(() -> serve(session));
    } catch (RejectedExecutionException e) {
      sessions.remove(session);
      refuse(connection);
    }
    if (closed) {
      session.disconnect(); // close() may have gone through the sessions before this one was there.
    }
  }

  private void serve(Session session) {
    try {
      session.run();
    } finally {
      sessions.remove(session);
    }
  }

  private boolean isAllowed(SocketChannel channel) throws IOException {
    if (!channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
      return true;
    }
    UserPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
    return peer.equals(owner) || peer.getName().equals("root");
  }

  private void refuse(Connection connection) throws IOException {
    try (connection) {
      CacheException busy =
          new CacheException.Busy(
              "the daemon serves "
                  + MAX_CLIENTS
                  + " clients already; try again when one has ended");
      connection.send(FrameType.ERROR, Json.encode(Errors.toMessage(busy)));
    }
  }

  private void awaitWorkers() {
    try {
      if (!workers.awaitTermination(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.log(Level.WARNING, "a client's request is still at work; going on without it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns false if it was interrupted. */
  private static boolean pause(long millis) {
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static ThreadFactory threads(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}

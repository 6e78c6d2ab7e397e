package io.unicache.store.ipc;

import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Messages.Hello;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A client's connections: one for each request that is under way, and a few that wait for the next.
 * Safe for use by many threads.
 */
final class ConnectionPool implements AutoCloseable {

  private static final long CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final long CONNECT_RETRY_MILLIS = 20;

  /** The daemon may be busy with the disk while it takes a file in, but not for so long. */
  private static final long SEND_TIMEOUT_MILLIS = 300_000;

  private static final int MAX_IDLE = 4;

  private final Path socket;
  private final Hello hello;
  private final Deque<Connection> idle = new ArrayDeque<>();
  private final Set<Connection> inUse = new HashSet<>();
  private boolean closed;

  ConnectionPool(Path socket, Hello hello) {
    this.socket = socket;
    this.hello = hello;
  }

  /** Returns a connection that is good for one request. */
  Connection take() throws IOException {
    Connection connection = takeIdle();
    if (connection == null) {
      connection = connect();
    }
    synchronized (this) {
      if (!closed) {
        inUse.add(connection);
        return connection;
      }
    }
    connection.close();
    throw closedError();
  }

  /** Takes a connection back whose request is answered in full. */
  void giveBack(Connection connection) {
    synchronized (this) {
      inUse.remove(connection);
      if (!closed && idle.size() < MAX_IDLE) {
        idle.push(connection);
        return;
      }
    }
    connection.close();
  }

  /** Hangs up, which cancels a request that is under way. */
  void discard(Connection connection) {
    synchronized (this) {
      inUse.remove(connection);
    }
    connection.close();
  }

  @Override
  public void close() {
    Set<Connection> all;
    synchronized (this) {
      closed = true;
      all = new HashSet<>(inUse);
      all.addAll(idle);
      inUse.clear();
      idle.clear();
    }
    all.forEach(Connection::close);
  }

  private Connection takeIdle() throws CacheException {
    while (true) {
      Connection connection;
      synchronized (this) {
        if (closed) {
          throw closedError();
        }
        connection = idle.poll();
      }
      if (connection == null || !connection.peerHasGone()) {
        return connection;
      }
      connection.close(); // The daemon has ended since; there may be another.
    }
  }

  private Connection connect() throws IOException {
    Connection connection = new Connection(connectChannel(), SEND_TIMEOUT_MILLIS);
    try {
      Handshake.greet(connection, hello, CONNECT_TIMEOUT_MILLIS);
      return connection;
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  private SocketChannel connectChannel() throws IOException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONNECT_TIMEOUT_MILLIS);
    while (true) {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.configureBlocking(false); // Or connecting to a daemon that hangs would hang too.
        if (channel.connect(UnixDomainSocketAddress.of(socket))) {
          return channel;
        }
        channel.close();
      } catch (ConnectException e) {
        channel.close();
        throw e;
      } catch (IOException e) {
        channel.close();
        if (!String.valueOf(e.getMessage()).contains("temporarily unavailable")) {
          throw e;
        }
      }
      if (System.nanoTime() > deadline) {
        throw new SocketTimeoutException("the daemon does not take clients at " + socket);
      }
      pause();
    }
  }

  private static void pause() throws InterruptedIOException {
    try {
      Thread.sleep(CONNECT_RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while connecting to the daemon");
    }
  }

  private static CacheException closedError() {
    return new CacheException.InvalidArgument("this client of the store has been closed");
  }
}

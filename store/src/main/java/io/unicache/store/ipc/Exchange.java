package io.unicache.store.ipc;

import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Connection.Frame;
import io.unicache.store.ipc.Messages.ErrorMessage;
import io.unicache.store.ipc.Messages.Operation;
import io.unicache.store.ipc.Messages.Request;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * The client's side of one request. Closed before its end, by an error on this side say, it hangs
 * up, which cancels the request.
 */
final class Exchange implements AutoCloseable {

  private static final long SILENCE_TIMEOUT_MILLIS = 30_000;

  /** Takes a frame that comes before the end. */
  interface FrameHandler {
    void take(Frame frame) throws IOException;
  }

  private final ConnectionPool connections;
  private final Connection connection;
  private final Operation operation;
  private boolean ended;

  private Exchange(ConnectionPool connections, Connection connection, Operation operation) {
    this.connections = connections;
    this.connection = connection;
    this.operation = operation;
  }

  static Exchange begin(ConnectionPool connections, Operation operation, Object argument)
      throws CacheException {
    Exchange exchange = null;
    try {
      exchange = new Exchange(connections, connections.take(), operation);
      Request request = new Request(operation, Json.tree(argument));
      exchange.connection.send(FrameType.REQUEST, Json.encode(request));
      return exchange;
    } catch (IOException e) {
      if (exchange != null) {
        exchange.close();
      }
      throw failure(operation, e);
    }
  }

  <T> T finish(Class<T> result, FrameHandler handler) throws CacheException {
    return finish(result, () -> false, handler);
  }

  /**
   * Reads frames until the request is answered.
   *
   * @param cancelled asked after every frame; once true, the request is cancelled
   */
  <T> T finish(Class<T> result, BooleanSupplier cancelled, FrameHandler handler)
      throws CacheException {
    try {
      while (true) {
        Frame frame = connection.read(SILENCE_TIMEOUT_MILLIS);
        if (frame == null) {
          throw new ProtocolException("the daemon has ended, or hung up");
        }
        switch (frame.type()) {
          case REPLY -> {
            T answer = Json.decode(frame.payload(), result);
            ended = true;
            return answer;
          }
          case ERROR -> {
            CacheException error = error(frame);
            ended = operation != Operation.STORE; // There the daemon hangs up.
            throw error;
          }
          case ALIVE -> {}
          default -> handler.take(frame);
        }
        if (cancelled.getAsBoolean()) {
          throw new CacheException.Source(operation + " was cancelled; nothing of it was kept");
        }
      }
    } catch (BufferUnderflowException e) {
      throw failure(
          operation, new ProtocolException("the daemon sent a frame that is too short", e));
    } catch (IOException e) {
      throw failure(operation, e);
    }
  }

  /** Sends a stream's bytes and reads the answer, which may come early if it is an error. */
  <T> T upload(InputStream in, Class<T> result) throws CacheException {
    byte[] buffer = new byte[Connection.CHUNK_BYTES];
    long offset = 0;
    try {
      int count = read(in, buffer);
      while (count >= 0) {
        connection.sendData(offset, ByteBuffer.wrap(buffer, 0, count));
        offset += count;
        if (connection.hasInput()) {
          break;
        }
        count = read(in, buffer);
      }
      if (count < 0) {
        connection.sendNumber(FrameType.END, offset);
      }
    } catch (SocketException e) {
      // The daemon hung up; it may have said why.
      return finish(
          result,
          frame -> {
            throw e;
          });
    } catch (IOException e) {
      throw failure(operation, e);
    }
    return finish(result, Exchange::refuse);
  }

  @Override
  public void close() {
    if (ended) {
      connections.giveBack(connection);
    } else {
      connections.discard(connection);
    }
  }

  private static int read(InputStream in, byte[] buffer) throws CacheException {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw CacheException.of("reading the bytes to store", e);
    }
  }

  private static void refuse(Frame frame) throws ProtocolException {
    throw new ProtocolException("the daemon answered a stream with " + frame.type());
  }

  private static CacheException error(Frame frame) throws ProtocolException {
    return Errors.toException(Json.decode(frame.payload(), ErrorMessage.class));
  }

  private static CacheException failure(Operation operation, IOException cause) {
    return CacheException.of("asking the daemon to " + words(operation), cause);
  }

  private static String words(Operation operation) {
    return operation.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}

package io.unicache.store.ipc;

import com.fasterxml.jackson.databind.JsonNode;
import io.unicache.store.CacheService;
import io.unicache.store.CacheService.CheckRequest;
import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.IndexedBlock;
import io.unicache.store.CacheService.IndexedFile;
import io.unicache.store.CacheService.Listed;
import io.unicache.store.CacheService.ListedId;
import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Connection.Frame;
import io.unicache.store.ipc.Messages.ErrorMessage;
import io.unicache.store.ipc.Messages.Hello;
import io.unicache.store.ipc.Messages.Request;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** The server's side of one connection: one client, one request at a time, on one thread. */
final class Session implements Runnable {

  private static final Logger LOG = System.getLogger(Session.class.getName());

  private static final long HELLO_TIMEOUT_MILLIS = 10_000;
  private static final long ALIVE_INTERVAL_MILLIS = 5_000;

  private final Connection connection;
  private final CacheService service;
  private final Hello hello;
  private final Runnable onShutdown;

  /** True while a request is worked on and the client has nothing to send. */
  private boolean clientWaits;

  private volatile boolean clientGone;

  Session(Connection connection, CacheService service, Hello hello, Runnable onShutdown) {
    this.connection = connection;
    this.service = service;
    this.hello = hello;
    this.onShutdown = onShutdown;
  }

  @Override
  public void run() {
    try (connection) {
      if (greet()) {
        Frame frame = connection.read(Connection.NO_LIMIT);
        while (frame != null) {
          serve(frame);
          frame = connection.read(Connection.NO_LIMIT);
        }
      }
    } catch (IOException e) {
      // A client may end at any time; what it had asked for has been cancelled.
      LOG.log(Level.DEBUG, "a client's connection ended", e);
    } finally {
      setClientWaits(false);
    }
  }

  /**
   * Called about twice a second, by another thread: is the client there, and does it know we are?
   */
  synchronized void tick() {
    if (!clientWaits) {
      return;
    }
    try {
      if (connection.peerHasGone()) {
        disconnect();
      } else {
        connection.keepAlive(ALIVE_INTERVAL_MILLIS);
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a client cannot be reached", e);
      disconnect();
    }
  }

  /** Hangs up; what the client has asked for is cancelled. */
  void disconnect() {
    clientGone = true;
    connection.close();
  }

  private boolean greet() throws IOException {
    Frame frame = connection.read(HELLO_TIMEOUT_MILLIS);
    if (frame == null) {
      return false;
    }
    if (frame.type() != FrameType.HELLO) {
      throw new ProtocolException("expected HELLO, found " + frame.type());
    }
    Hello client = Json.decode(frame.payload(), Hello.class);
    if (!Messages.MAGIC.equals(client.magic())) {
      throw new ProtocolException("the client is no UniCache");
    }
    connection.send(FrameType.HELLO, Json.encode(hello));
    if (client.protocol() != hello.protocol()) {
      sendError(new CacheException.Version(Handshake.mismatch(client, hello)));
      return false;
    }
    return true;
  }

  private void serve(Frame frame) throws IOException {
    if (frame.type() != FrameType.REQUEST) {
      throw new ProtocolException("expected REQUEST, found " + frame.type());
    }
    Request request = Json.decode(frame.payload(), Request.class);
    if (request.operation() == null) {
      throw new ProtocolException("found a request without an operation");
    }
    Object result;
    try {
      setClientWaits(request.operation() != Messages.Operation.STORE);
      result = perform(request);
    } catch (CacheException e) {
      setClientWaits(false);
      sendError(e);
      return;
    } catch (RuntimeException e) {
      setClientWaits(false);
      LOG.log(Level.ERROR, "internal error in " + request.operation(), e);
      sendError(
          new CacheException.Storage(
              "internal error in the daemon (" + e + "); see its log and report it", e));
      return;
    }
    setClientWaits(false);
    connection.send(FrameType.REPLY, Json.encode(result));
  }

  private Object perform(Request request) throws IOException {
    JsonNode argument = request.argument();
    return switch (request.operation()) {
      case STORE -> store(Json.convert(argument, StoreRequest.class));
      case FIND -> service.find(text(argument));
      case RETRIEVE -> retrieve(text(argument));
      case REMOVE -> service.remove(text(argument));
      case DOWNLOAD ->
          service.download(
              Json.convert(argument, DownloadRequest.class),
              new ProgressSender(connection, () -> clientGone));
      case LIST -> list(text(argument));
      case LIST_IDS -> listIds();
      case STATS -> service.stats();
      case INFO -> service.info();
      case INDEX -> index();
      case SYNC -> {
        service.sync();
        yield "";
      }
      case GC -> service.gc();
      case CHECK -> check(Json.convert(argument, CheckRequest.class));
      case MOUNT_POINT -> service.mountPoint().map(Object::toString).orElse("");
      case SHUTDOWN -> {
        onShutdown.run();
        yield "";
      }
    };
  }

  private Object store(StoreRequest request) throws IOException {
    UploadStream upload = new UploadStream(connection, () -> setClientWaits(true));
    try {
      Object stored = service.store(upload, request);
      upload.drain(); // END itself, if the service stopped at the last byte.
      return stored;
    } catch (CacheException e) {
      // The client looks for an error while it sends; it is told, then hung up on, by itself.
      sendError(e);
      upload.drain();
      throw new ProtocolException("stopped taking a file in: " + e.getMessage(), e);
    }
  }

  private Object retrieve(String idOrPath) throws CacheException {
    service.retrieve(idOrPath, new SocketSink(connection));
    return "";
  }

  private Object list(String path) throws IOException {
    ItemBatch batch = new ItemBatch(connection, FrameType.LISTED);
    for (Listed line : service.list(path)) {
      batch.add(line);
    }
    batch.flush();
    return "";
  }

  private Object listIds() throws IOException {
    ItemBatch batch = new ItemBatch(connection, FrameType.IDS);
    for (ListedId line : service.listIds()) {
      batch.add(line);
    }
    batch.flush();
    return "";
  }

  private Object index() throws IOException {
    ItemBatch blocks = new ItemBatch(connection, FrameType.BLOCKS);
    service.index(
        new CacheService.IndexSink() {
          @Override
          public void block(IndexedBlock block) throws CacheException {
            try {
              blocks.add(block);
            } catch (IOException e) {
              throw ItemBatch.lost(e);
            }
          }

          @Override
          public void file(IndexedFile file) throws CacheException {
            try {
              blocks.flush();
              ItemBatch.sendFile(connection, file);
            } catch (IOException e) {
              throw ItemBatch.lost(e);
            }
          }
        });
    blocks.flush();
    return "";
  }

  private Object check(CheckRequest request) throws CacheException {
    ProgressSender progress = new ProgressSender(connection, () -> clientGone);
    return service.check(request, new FindingSender(connection, progress));
  }

  private static String text(JsonNode argument) throws ProtocolException {
    return Json.convert(argument, String.class);
  }

  private void sendError(CacheException error) throws IOException {
    ErrorMessage message = Errors.toMessage(error);
    connection.send(FrameType.ERROR, Json.encode(message));
  }

  private synchronized void setClientWaits(boolean value) {
    clientWaits = value;
  }
}

package io.unicache.store.ipc;

import io.unicache.store.CacheService;
import io.unicache.store.CacheStats;
import io.unicache.store.Store;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Connection.Frame;
import io.unicache.store.ipc.Messages.FilePart;
import io.unicache.store.ipc.Messages.Hello;
import io.unicache.store.ipc.Messages.Operation;
import io.unicache.store.ipc.Messages.ProgressMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The service of a store that a daemon owns, through its socket. Closing it cancels what is under
 * way. Safe for use by many threads; each request has a connection of its own.
 */
public final class RemoteService implements CacheService {

  private final ConnectionPool connections;

  private RemoteService(ConnectionPool connections) {
    this.connections = connections;
  }

  /**
   * Connects to a daemon.
   *
   * @param socket as the store's lock file names it
   * @throws CacheException.Version if the daemon is of a version that speaks another protocol
   * @throws CacheException.Busy if it has too many clients
   * @throws CacheException.Storage if there is no daemon at the socket
   */
  public static RemoteService connect(Path socket) throws CacheException {
    return connect(socket, Hello.of(Messages.PROTOCOL, Store.VERSION));
  }

  static RemoteService connect(Path socket, Hello hello) throws CacheException {
    ConnectionPool connections = new ConnectionPool(socket, hello);
    try {
      connections.giveBack(connections.take());
    } catch (IOException e) {
      throw CacheException.of("connecting to the daemon at " + socket, e);
    }
    return new RemoteService(connections);
  }

  @Override
  public Stored store(InputStream in, StoreRequest request) throws CacheException {
    try (Exchange exchange = begin(Operation.STORE, request)) {
      return exchange.upload(in, Stored.class);
    }
  }

  @Override
  public Found find(String idOrPath) throws CacheException {
    return ask(Operation.FIND, idOrPath, Found.class);
  }

  @Override
  public void retrieve(String idOrPath, Sink sink) throws CacheException {
    try (Exchange exchange = begin(Operation.RETRIEVE, idOrPath)) {
      exchange.finish(
          String.class,
          frame -> {
            switch (frame.type()) {
              case BEGIN -> sink.begin(frame.payload().getLong());
              case DATA -> sink.write(frame.payload().getLong(), frame.payload());
              default -> throw unexpected(frame);
            }
          });
    }
  }

  @Override
  public Removed remove(String idOrPath) throws CacheException {
    return ask(Operation.REMOVE, idOrPath, Removed.class);
  }

  /**
   * A progress that says it is cancelled is asked whenever the daemon reports or shows a sign of
   * life.
   */
  @Override
  public Stored download(DownloadRequest request, Progress progress) throws CacheException {
    try (Exchange exchange = begin(Operation.DOWNLOAD, request)) {
      return exchange.finish(
          Stored.class,
          progress::cancelled,
          frame -> {
            if (frame.type() != FrameType.PROGRESS) {
              throw unexpected(frame);
            }
            ProgressMessage message = Json.decode(frame.payload(), ProgressMessage.class);
            OptionalLong total =
                message.total() < 0 ? OptionalLong.empty() : OptionalLong.of(message.total());
            progress.report(message.received(), total);
          });
    }
  }

  @Override
  public List<Listed> list(String path) throws CacheException {
    return collect(Operation.LIST, path, FrameType.LISTED, Listed.class);
  }

  @Override
  public List<ListedId> listIds() throws CacheException {
    return collect(Operation.LIST_IDS, "", FrameType.IDS, ListedId.class);
  }

  @Override
  public CacheStats stats() throws CacheException {
    return ask(Operation.STATS, "", CacheStats.class);
  }

  @Override
  public Info info() throws CacheException {
    return ask(Operation.INFO, "", Info.class);
  }

  @Override
  public void index(IndexSink sink) throws CacheException {
    List<String> names = new ArrayList<>();
    List<String> blocks = new ArrayList<>();
    try (Exchange exchange = begin(Operation.INDEX, "")) {
      exchange.finish(
          String.class,
          frame -> {
            switch (frame.type()) {
              case BLOCKS -> {
                for (IndexedBlock block : Json.decodeList(frame.payload(), IndexedBlock.class)) {
                  sink.block(block);
                }
              }
              case FILE_PART -> {
                FilePart part = Json.decode(frame.payload(), FilePart.class);
                names.addAll(part.names());
                blocks.addAll(part.blocks());
                if (!part.more()) {
                  sink.file(
                      new IndexedFile(
                          List.copyOf(names), part.contentId(), part.size(), List.copyOf(blocks)));
                  names.clear();
                  blocks.clear();
                }
              }
              default -> throw unexpected(frame);
            }
          });
    }
  }

  @Override
  public CheckSummary check(CheckRequest request, CheckSink sink) throws CacheException {
    try (Exchange exchange = begin(Operation.CHECK, request)) {
      return exchange.finish(
          CheckSummary.class,
          sink::cancelled,
          frame -> {
            switch (frame.type()) {
              case FINDING -> sink.found(Json.decode(frame.payload(), Finding.class));
              case PROGRESS -> {
                ProgressMessage message = Json.decode(frame.payload(), ProgressMessage.class);
                sink.progress(message.received(), message.total());
              }
              default -> throw unexpected(frame);
            }
          });
    }
  }

  @Override
  public void sync() throws CacheException {
    ask(Operation.SYNC, "", String.class);
  }

  @Override
  public long gc() throws CacheException {
    return ask(Operation.GC, "", Long.class);
  }

  @Override
  public Optional<Path> mountPoint() throws CacheException {
    String path = ask(Operation.MOUNT_POINT, "", String.class);
    return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path));
  }

  /** Asks the daemon to unmount and end; returns when it has agreed to, not when it has ended. */
  public void shutdown() throws CacheException {
    ask(Operation.SHUTDOWN, "", String.class);
  }

  /** Hangs up; requests that are under way fail and are cancelled. */
  @Override
  public void close() {
    connections.close();
  }

  private Exchange begin(Operation operation, Object argument) throws CacheException {
    return Exchange.begin(connections, operation, argument);
  }

  private <T> T ask(Operation operation, Object argument, Class<T> answer) throws CacheException {
    try (Exchange exchange = begin(operation, argument)) {
      return exchange.finish(
          answer,
          frame -> {
            throw unexpected(frame);
          });
    }
  }

  private <T> List<T> collect(Operation operation, String argument, FrameType type, Class<T> item)
      throws CacheException {
    List<T> all = new ArrayList<>();
    try (Exchange exchange = begin(operation, argument)) {
      exchange.finish(
          String.class,
          frame -> {
            if (frame.type() != type) {
              throw unexpected(frame);
            }
            all.addAll(Json.decodeList(frame.payload(), item));
          });
    }
    return all;
  }

  private static ProtocolException unexpected(Frame frame) {
    return new ProtocolException(
        "the daemon sent " + frame.type() + ", which is not expected here");
  }
}

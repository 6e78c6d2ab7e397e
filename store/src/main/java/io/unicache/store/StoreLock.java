package io.unicache.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.unicache.store.error.CacheException;
import io.unicache.store.os.NetworkFiles;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Makes one process the owner of a store. The operating system holds the lock and drops it when the
 * process ends, however it ends; what is written in the file only says who holds it, for people and
 * for clients that look for the daemon's socket.
 */
public final class StoreLock implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(StoreLock.class.getName());

  private static final String FILE = "lock";

  /** More than an owner ever writes. */
  private static final int MAX_BYTES = 64 << 10;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What the locks say that this process holds, by the store's real path. A lock of the operating
   * system is the whole process's, and closing any descriptor of the file drops it: so a lock file
   * that is held here is never opened a second time, not even to read it.
   */
  private static final Map<Path, ObjectNode> HELD = new ConcurrentHashMap<>();

  private final Path key;
  private final Path path;
  private final FileChannel channel;
  private final FileLock lock;
  private final ObjectNode owner;
  private final boolean followsCrash;
  private volatile boolean keepsMark;

  private StoreLock(Path key, Path path, FileChannel channel, FileLock lock)
      throws CacheException, IOException {
    this.followsCrash = channel.size() > 0;
    this.key = key;
    this.path = path;
    this.channel = channel;
    this.lock = lock;
    this.owner =
        JSON.createObjectNode()
            .put("pid", ProcessHandle.current().pid())
            .put("host", hostName())
            .put("since", Instant.now().toString());
    write();
  }

  /**
   * Takes the lock.
   *
   * @param waitMillis how long to wait for the present owner to let go
   * @throws CacheException.Busy if it does not; the message says which process it is
   */
  public static StoreLock acquire(Path store, long waitMillis) throws CacheException {
    try {
      return acquire(store, waitMillis, NetworkFiles.typeOf(store));
    } catch (IOException e) {
      throw CacheException.of("locking " + store.resolve(FILE), e);
    }
  }

  /**
   * As {@link #acquire(Path, long)}.
   *
   * @param type of the file system that the store is on
   */
  static StoreLock acquire(Path store, long waitMillis, String type) throws CacheException {
    long end = System.nanoTime() + waitMillis * 1_000_000;
    Path key = key(store);
    while (HELD.putIfAbsent(key, JSON.createObjectNode()) != null) {
      if (System.nanoTime() - end >= 0) {
        throw new CacheException.Busy(busyMessage(store, readOwner(store)));
      }
      pause(store);
    }
    try {
      return lockFile(key, store, end, type);
    } catch (CacheException | RuntimeException e) {
      HELD.remove(key);
      throw e;
    }
  }

  private static StoreLock lockFile(Path key, Path store, long end, String type)
      throws CacheException {
    Path path = store.resolve(FILE);
    try {
      FileChannel channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      try {
        FileLock lock = channel.tryLock();
        while (lock == null && System.nanoTime() - end < 0) {
          pause(store);
          lock = channel.tryLock();
        }
        if (lock != null) {
          if (NetworkFiles.isNetwork(type)) {
            refuseOtherHost(store, channel, type);
          }
          return new StoreLock(key, path, channel, lock);
        }
        throw new CacheException.Busy(busyMessage(store, readFile(store)));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw CacheException.of("locking " + path, e);
    }
  }

  /**
   * Where other hosts have the store too, this one may not see their locks: so what they wrote
   * counts, until they have given the lock back or somebody who knows better deletes it. On a disk
   * of this host a name of another means that the disk has moved.
   */
  private static void refuseOtherHost(Path store, FileChannel channel, String type)
      throws CacheException, IOException {
    ByteBuffer text = ByteBuffer.allocate((int) Math.min(channel.size(), MAX_BYTES));
    while (text.hasRemaining() && channel.read(text, text.position()) >= 0) {
      // A lock file that is held must not be opened a second time: it is read through this.
    }
    String host = "";
    try {
      host = JSON.readTree(new String(text.array(), StandardCharsets.UTF_8)).path("host").asText();
    } catch (JsonProcessingException e) {
      LOG.log(Level.WARNING, "the lock of {0} does not say whose it was", store);
    }
    if (!host.isEmpty() && !host.equals(hostName())) {
      throw new CacheException.Busy(
          "store "
              + store
              + " is on a network file system ("
              + type
              + ") and in use on host "
              + host
              + "; end UniCache there, or delete "
              + store.resolve(FILE)
              + " if it does not run there any more");
    }
    LOG.log(
        Level.WARNING,
        "store {0} is on a network file system ({1}): only one host may use it, and a local disk"
            + " is safer and faster",
        store,
        type);
  }

  private static void pause(Path store) throws CacheException {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheException.Busy("interrupted while waiting for " + store);
    }
  }

  private static String busyMessage(Path store, Optional<ObjectNode> owner) {
    return "store "
        + store
        + " is in use by "
        + owner
            .filter(o -> o.has("pid"))
            .map(o -> "process " + o.path("pid").asText() + " on " + o.path("host").asText())
            .orElse("another process")
        + "; wait for it to end, or unmount the store if it is mounted";
  }

  /** From here on giving the lock back leaves it as a crash would, until {@link #clearMark}. */
  void keepMark() {
    keepsMark = true;
  }

  /** The store is as it should be: giving the lock back leaves nothing. */
  void clearMark() {
    keepsMark = false;
  }

  /** Tells whether the owner before did not come to give the lock back. */
  boolean followsCrash() {
    return followsCrash;
  }

  /** Makes the daemon's socket known to clients. */
  public void publishSocket(Path socket) throws CacheException {
    owner.put("socket", socket.toString());
    write();
  }

  /** Returns the socket of the daemon that owns a store, if one says that it does. */
  public static Optional<Path> daemonSocket(Path store) {
    return readOwner(store)
        .map(owner -> owner.path("socket").asText(""))
        .filter(socket -> !socket.isEmpty())
        .map(Path::of)
        .filter(Files::exists);
  }

  /** Returns the process that owns a store, as far as its lock file tells. */
  public static Optional<Long> ownerPid(Path store) {
    return readOwner(store).map(owner -> owner.path("pid").asLong()).filter(pid -> pid > 0);
  }

  private static Optional<ObjectNode> readOwner(Path store) {
    AtomicReference<Optional<ObjectNode>> found = new AtomicReference<>(Optional.empty());
    // In compute, so that no thread of this process takes the lock while the file is open.
    HELD.compute(
        key(store),
        (key, held) -> {
          found.set(held == null ? readFile(store) : Optional.of(held));
          return held;
        });
    return found.get();
  }

  private static Optional<ObjectNode> readFile(Path store) {
    try {
      return JSON.readTree(Files.readString(store.resolve(FILE))) instanceof ObjectNode owner
          ? Optional.of(owner)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // not there, or just being written: the lock itself is what counts
    }
  }

  private void write() throws CacheException {
    try {
      ByteBuffer text = StandardCharsets.UTF_8.encode(owner + "\n");
      while (text.hasRemaining()) {
        channel.write(text, text.position());
      }
      channel.truncate(text.limit()); // It is never empty in between.
    } catch (IOException e) {
      throw CacheException.of("writing " + path, e);
    }
    HELD.put(key, owner.deepCopy());
  }

  private static Path key(Path store) {
    try {
      return store.toRealPath();
    } catch (IOException e) {
      return store.toAbsolutePath().normalize(); // It is not there, so nobody holds it.
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  @Override
  public void close() throws CacheException {
    try {
      if (!keepsMark) {
        channel.truncate(0);
      }
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw CacheException.of("unlocking " + path, e);
    } finally {
      HELD.remove(key);
    }
  }
}

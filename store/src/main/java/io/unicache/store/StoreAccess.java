package io.unicache.store;

import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.RemoteService;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How a program comes by a store's service: by owning the store, or through the daemon that does.
 * It need not know which.
 */
public final class StoreAccess {

  private static final Logger LOG = System.getLogger(StoreAccess.class.getName());

  /** How long another program may hold a store for a short command of its own. */
  public static final long DEFAULT_WAIT_MILLIS = 30_000;

  /** Short, as a daemon may come into being meanwhile. */
  private static final long LOCK_ATTEMPT_MILLIS = 250;

  private static final long RETRY_MILLIS = 50;

  /** The two ways, and how to learn whether there is a daemon. */
  interface Ways {
    Optional<Path> daemonSocket(Path store) throws CacheException;

    CacheService connect(Path socket) throws CacheException;

    CacheService own(StoreConfig config) throws CacheException;
  }

  /**
   * Opens a store's service.
   *
   * @param config which store; its wait is for another program's short command, at most, to end
   * @throws CacheException.Missing if there is no store, and none is to be made
   * @throws CacheException.Busy if another program holds the store for longer than that
   * @throws CacheException.Version if a daemon of another version owns the store
   */
  public static CacheService open(StoreConfig config) throws CacheException {
    return open(config, new RealWays());
  }

  static CacheService open(StoreConfig config, Ways ways) throws CacheException {
    if (!config.create()
        && !exists(config.directory())
        && !StoreFormat.isLost(config.directory())) {
      throw new CacheException.Missing(
          "there is no store at "
              + config.directory()
              + "; `unicache mount DIR` and `unicache store FILE` make one");
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.lockWaitMillis());
    while (true) {
      try {
        return attempt(config, ways);
      } catch (CacheException.Busy e) {
        if (System.nanoTime() - deadline >= 0) {
          throw e;
        }
        pause();
      }
    }
  }

  /** Tells whether there is a store in a directory. */
  public static boolean exists(Path directory) {
    return Files.exists(directory.resolve("store.json"));
  }

  private static CacheService attempt(StoreConfig config, Ways ways) throws CacheException {
    Optional<Path> socket = ways.daemonSocket(config.directory());
    if (socket.isPresent()) {
      try {
        return checked(ways.connect(socket.get()), config);
      } catch (CacheException.Storage e) {
        // A daemon that has crashed, has just ended, or does not listen yet: the lock tells.
        LOG.log(Level.DEBUG, "no daemon at " + socket.get(), e);
      }
    }
    return ways.own(
        config.withLockWaitMillis(Math.min(config.lockWaitMillis(), LOCK_ATTEMPT_MILLIS)));
  }

  private static CacheService checked(CacheService daemon, StoreConfig config)
      throws CacheException {
    if (config.blockSize().isEmpty()) {
      return daemon;
    }
    int found = daemon.info().blockSize();
    if (found == config.blockSize().getAsInt()) {
      return daemon;
    }
    daemon.close();
    throw new CacheException.InvalidArgument(
        "the store at "
            + config.directory()
            + " has blocks of "
            + found
            + " bytes, not "
            + config.blockSize().getAsInt()
            + "; a store keeps the size that it was made with");
  }

  private static void pause() throws CacheException {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheException.Busy("interrupted while waiting for the store");
    }
  }

  private static final class RealWays implements Ways {
    @Override
    public Optional<Path> daemonSocket(Path store) throws CacheException {
      return StoreLock.daemonSocket(store);
    }

    @Override
    public CacheService connect(Path socket) throws CacheException {
      return RemoteService.connect(socket);
    }

    @Override
    public CacheService own(StoreConfig config) throws CacheException {
      return new ShieldedService(new LocalService(Store.open(config)));
    }
  }

  private StoreAccess() {}
}

package io.unicache.cli;

import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.store.CacheService;
import io.unicache.store.StoreLock;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.RemoteService;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code unicache umount}. */
@Command(
    name = "umount",
    aliases = "unmount",
    mixinStandardHelpOptions = true,
    description = "Unmount, and return when everything is durable and the daemon has ended.",
    footer = {
      "",
      "Examples:",
      "  unicache umount ~/cache",
      "  unicache umount --lazy ~/cache    though programs have files open there"
    })
final class UmountCommand implements Callable<Integer> {

  private static final long DAEMON_END_MINUTES = 12;

  @ParentCommand private UniCacheCommand root;

  @Parameters(paramLabel = "DIR", description = "Where it is mounted.")
  private Path directory;

  @Option(
      names = {"-l", "--lazy"},
      description = "Even if files are open: the directory is empty at once.")
  private boolean lazy;

  @Override
  public Integer call() throws IOException {
    Mounter mounter = root.mounter();
    MountTable.Mount mount =
        mounter
            .find(directory)
            .filter(MountTable.Mount::isUniCache)
            .orElseThrow(() -> new MountException(directory + " is not a mount of UniCache"));
    Optional<ProcessHandle> daemon = daemon(mount);
    mounter.unmount(mount.mountPoint(), lazy);
    if (daemon.isPresent() && lazy) {
      root.io()
          .err()
          .println(
              "unicache: process "
                  + daemon.get().pid()
                  + " still serves what is open; it ends after the last close");
    } else if (daemon.isPresent()) {
      awaitEnd(daemon.get());
    }
    return Main.DONE;
  }

  /**
   * Returns the process that serves a mount; the lock file alone could name one that has crashed.
   */
  private Optional<ProcessHandle> daemon(MountTable.Mount mount) {
    Path source = Path.of(mount.source());
    Path store = source.isAbsolute() ? source : root.store();
    Optional<Path> socket = StoreLock.daemonSocket(store);
    if (socket.isEmpty()) {
      // It may be just starting. Without an owner there is nobody to wait for.
      return StoreLock.ownerPid(store).flatMap(ProcessHandle::of);
    }
    try (CacheService service = RemoteService.connect(socket.get())) {
      CacheService.Info info = service.info();
      boolean servesThis =
          info.mountPoint().filter(mount.mountPoint().toString()::equals).isPresent();
      return servesThis ? ProcessHandle.of(info.ownerPid()) : Optional.empty();
    } catch (CacheException e) {
      System.getLogger(UmountCommand.class.getName())
          .log(Level.DEBUG, "the daemon does not answer", e);
      return StoreLock.ownerPid(store).flatMap(ProcessHandle::of);
    }
  }

  private void awaitEnd(ProcessHandle daemon) throws IOException {
    try {
      daemon.onExit().get(DAEMON_END_MINUTES, TimeUnit.MINUTES);
    } catch (TimeoutException e) {
      throw new MountException(
          directory
              + " is unmounted, but its daemon (process "
              + daemon.pid()
              + ") is still making files durable",
          e);
    } catch (ExecutionException e) {
      throw new MountException("cannot wait for process " + daemon.pid(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while the daemon makes files durable", e);
    }
  }
}

package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.StoreDirectory;
import io.unicache.store.StoreLock;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.RemoteService;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code unicache mount}. */
@Command(
    name = "mount",
    mixinStandardHelpOptions = true,
    description = "Mount the store at a directory; serves it in the background.",
    footer = {
      "",
      "The directory is made if there is none; it has to be empty. The store is made if there is"
          + " none.",
      "",
      "Examples:",
      "  unicache mount ~/cache",
      "  unicache mount ~/cache --store /data/store --block-size 256K",
      "  unicache mount -f ~/cache      stay in the foreground; Ctrl-C unmounts"
    })
final class MountCommand implements Callable<Integer> {

  private static final Logger LOG = System.getLogger(MountCommand.class.getName());

  private static final int LEAST_MEMORY = 192 << 20;

  /** Longer than the daemon's own limits together. */
  private static final long END_MINUTES = 12;

  @ParentCommand private UniCacheCommand root;

  @Parameters(paramLabel = "DIR", description = "Where to mount.")
  private Path directory;

  @Option(
      names = {"-f", "--foreground"},
      description = "Do not go into the background.")
  private boolean foreground;

  @Option(
      names = "--block-size",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description = "Of a new store: 64K to 16M, a power of two. Otherwise 1M.")
  private Integer blockSize;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      converter = Sizes.Converter.class,
      description =
          "Heap of the daemon: 192M or more, otherwise 1G. Beside it are 128 MiB for the database,"
              + " and what the JVM needs.")
  private Integer memory;

  @Option(names = "--allow-other", description = "Let other users use the mount.")
  private boolean allowOther;

  @Option(names = "--read-only", description = "Refuse all changes.")
  private boolean readOnly;

  @Option(
      names = "--transport",
      paramLabel = "KIND",
      defaultValue = "auto",
      converter = Transport.Converter.class,
      description = "What serves the mount: kernel (Linux only, faster), libfuse, or auto.")
  private Transport transport;

  @Option(
      names = "--passthrough",
      paramLabel = "WHEN",
      defaultValue = "auto",
      converter = Switch.Converter.class,
      description =
          "Let the kernel read files by itself: auto (for root, on Linux 6.9 and later) or off.")
  private Switch passthrough;

  @Option(
      names = "--prefetch",
      paramLabel = "WHEN",
      defaultValue = "auto",
      converter = Switch.Converter.class,
      description =
          "Put what readers will want, and models that are mapped, into the kernel's cache ahead of"
              + " them: auto or off.")
  private Switch prefetch;

  @Option(
      names = "--daemon-child",
      hidden = true,
      description = "Started by another mount command.")
  private boolean daemonChild;

  @Override
  public Integer call() throws IOException {
    if (daemonChild) {
      return serveAsChild();
    }
    Mounter mounter = root.mounter();
    refuseLittleMemory();
    refuseStorePath();
    StoreDirectory.requireStoreOrRoom(root.store());
    refuseIfMounted();
    Path mountPoint = prepare(mounter);
    if (foreground) {
      return serve(mounter, mountPoint, () -> tell(mountPoint, false));
    }
    new DaemonLauncher(root.store()).launch(childArguments(mountPoint));
    tell(mountPoint, true);
    return Main.DONE;
  }

  private Path prepare(Mounter mounter) throws IOException {
    // A mount that nobody serves any more does not exist for Files; prepare takes it away.
    Path parent = directory.toAbsolutePath().normalize().getParent();
    if (parent == null) {
      throw new CacheException.InvalidArgument("cannot mount on /; give another directory");
    }
    Files.createDirectories(parent);
    if (mounter.find(directory).isEmpty() && !Files.exists(directory)) {
      Files.createDirectory(directory);
    }
    return mounter.prepare(directory);
  }

  private void tell(Path mountPoint, boolean background) {
    PrintStream out = root.io().out();
    out.println("mounted at   " + mountPoint);
    out.println("store        " + root.store());
    if (background) {
      out.println("log          " + DaemonLog.of(root.store()));
    }
    out.println("unmount with unicache umount " + mountPoint);
    out.flush();
  }

  private void refuseLittleMemory() throws CacheException {
    if (memory != null && memory < LEAST_MEMORY) {
      throw new CacheException.InvalidArgument(
          "--memory has to be 192M or more, not " + memory + " bytes");
    }
  }

  /** The store's path stands in the mount table, by which unmounting finds the daemon. */
  private void refuseStorePath() throws CacheException {
    if (root.store().toString().chars().anyMatch(c -> c == ',' || c == '\\' || c < ' ')) {
      throw new CacheException.InvalidArgument(
          "a store that is mounted cannot have a comma, a backslash or a control character in its"
              + " path: "
              + root.store());
    }
  }

  /** A store can be mounted once; waiting for its lock would only delay that answer. */
  private void refuseIfMounted() throws IOException {
    Optional<Path> socket = StoreLock.daemonSocket(root.store());
    if (socket.isEmpty()) {
      return;
    }
    Optional<Path> where;
    try (CacheService daemon = RemoteService.connect(socket.get())) {
      where = daemon.mountPoint();
    } catch (CacheException.Storage e) {
      LOG.log(Level.DEBUG, "the daemon of the store is gone", e);
      return;
    }
    if (where.isPresent() && root.mounter().find(where.get()).isEmpty()) {
      throw new CacheException.Busy(
          "the store "
              + root.store()
              + " was unmounted from "
              + where.get()
              + ", but files are still open there; it can be mounted again after their last close");
    }
    throw new CacheException.Busy(
        "the store "
            + root.store()
            + " is mounted"
            + where.map(path -> " at " + path).orElse("")
            + " already; unmount it first, or choose another with --store");
  }

  private List<String> childArguments(Path mountPoint) {
    List<String> arguments = new ArrayList<>();
    arguments.add(mountPoint.toString());
    arguments.add("--store=" + root.store());
    if (blockSize != null) {
      arguments.add("--block-size=" + blockSize);
    }
    if (memory != null) {
      arguments.add("--memory=" + memory); // The launcher makes the JVM's option of it.
    }
    if (allowOther) {
      arguments.add("--allow-other");
    }
    if (readOnly) {
      arguments.add("--read-only");
    }
    arguments.add("--transport=" + transport.word());
    arguments.add("--passthrough=" + passthrough.word());
    arguments.add("--prefetch=" + prefetch.word());
    if (root.debug()) {
      arguments.add("--debug");
    }
    return arguments;
  }

  /** The child's part: its standard output leads to the parent, and has room for one line. */
  private int serveAsChild() throws IOException {
    DaemonLog.install(root.store());
    PrintStream parent = root.io().out();
    try {
      return serve(
          root.mounter(),
          directory,
          () -> {
            parent.println(DaemonLauncher.READY);
            parent.flush();
          });
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.ERROR, "the daemon failed", e);
      parent.println(DaemonLauncher.ERROR + Main.describe(e));
      parent.flush();
      return Main.FAILED;
    }
  }

  private int serve(Mounter mounter, Path mountPoint, Runnable onReady) throws IOException {
    OptionalInt size = blockSize == null ? OptionalInt.empty() : OptionalInt.of(blockSize);
    DaemonOptions options =
        new DaemonOptions(
            root.store(),
            mountPoint,
            size,
            allowOther,
            readOnly,
            transport,
            passthrough == Switch.AUTO,
            prefetch == Switch.AUTO);
    CountDownLatch ended = new CountDownLatch(1);
    try (Daemon daemon = Daemon.start(options, mounter)) {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> endInOrder(daemon, ended), "unicache-told-to-end"));
      onReady.run();
      daemon.awaitStop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
    return Main.DONE;
  }

  /** SIGTERM, SIGINT and SIGHUP end the JVM when this returns. */
  private static void endInOrder(Daemon daemon, CountDownLatch ended) {
    daemon.stop();
    try {
      if (!ended.await(END_MINUTES, TimeUnit.MINUTES)) {
        LOG.log(Level.ERROR, "did not end in time; the store will be checked when it is opened");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.unicache.cli;

import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code unicache}: what all commands have in common. */
@Command(
    name = "unicache",
    mixinStandardHelpOptions = true,
    version = "unicache " + Store.VERSION,
    description = "A directory that stores every block of its files once.",
    subcommands = {
      MountCommand.class,
      UmountCommand.class,
      StoreCommand.class,
      RetrieveCommand.class,
      RemoveCommand.class,
      DownloadCommand.class,
      LsCommand.class,
      StatsCommand.class,
      InfoCommand.class,
      IndexCommand.class,
      GcCommand.class,
      CheckCommand.class,
      SyncCommand.class,
      VersionCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  unicache mount ~/cache         make ~/cache such a directory",
      "  unicache store model.onnx      keep a file without a mount; prints its ID",
      "  unicache retrieve ID copy.onnx get it back",
      "  unicache stats                 see how much space was saved",
      "  unicache umount ~/cache        let everything become durable, and unmount",
      "",
      "'unicache COMMAND --help' tells about a command. Exit status: 0 done, 1 failed, 2 wrong usage."
    })
final class UniCacheCommand implements Callable<Integer> {

  private final CliIo io;
  private final Services services;
  private final Supplier<Mounter> mounters;

  @Spec private CommandSpec spec;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "The store's directory. Otherwise $$UNICACHE_STORE, or ~/.cache/unicache.")
  private Path store;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where an error comes from; so does UNICACHE_DEBUG=1.")
  private boolean debug;

  UniCacheCommand(CliIo io, Services services, Supplier<Mounter> mounters) {
    this.io = io;
    this.services = services;
    this.mounters = mounters;
  }

  /** Without a command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Main.WRONG_USAGE;
  }

  CliIo io() {
    return io;
  }

  Services services() {
    return services;
  }

  Mounter mounter() {
    return mounters.get();
  }

  boolean debug() {
    return debug || "1".equals(System.getenv("UNICACHE_DEBUG"));
  }

  /** Returns the store's directory, absolute. */
  Path store() {
    Path directory = store == null ? StoreConfig.defaultDirectory() : store;
    return directory.toAbsolutePath().normalize();
  }
}

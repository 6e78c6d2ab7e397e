package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.StoreAccess;
import io.unicache.store.StoreConfig;
import io.unicache.store.StoreConfig.Purpose;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * A command that asks the store for something, whoever owns it. Ctrl-C closes the store in order,
 * so that what is half done leaves nothing behind.
 */
@Command(mixinStandardHelpOptions = true)
abstract class ServiceCommand implements Callable<Integer> {

  @ParentCommand private UniCacheCommand root;
  @Spec private CommandSpec spec;

  /** Does it and returns the exit status. */
  abstract int run(CacheService service, Interruption interruption) throws IOException;

  /** Whether a store is made if there is none: only by commands that put something into it. */
  boolean createsStore() {
    return false;
  }

  /** What the store is opened for, where no daemon has it open. */
  Purpose purpose() {
    return Purpose.USE;
  }

  /** Throws, by {@link #wrongUsage}, if the arguments make no sense together. */
  void checkArguments() {}

  @Override
  public final Integer call() throws IOException {
    checkArguments();
    StoreConfig at = StoreConfig.at(root.store());
    StoreConfig config =
        new StoreConfig(
            at.directory(),
            at.blockSize(),
            createsStore(),
            at.readOnly(),
            StoreAccess.DEFAULT_WAIT_MILLIS,
            purpose());
    CacheService service = root.services().open(config);
    try (Interruption interruption = new Interruption(service)) {
      return run(service, interruption);
    }
  }

  final CliIo io() {
    return root.io();
  }

  final ParameterException wrongUsage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}

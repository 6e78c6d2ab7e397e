package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.error.CacheException;
import picocli.CommandLine.Command;

/** {@code unicache gc}. */
@Command(
    name = "gc",
    description = "Give unused space back now.",
    footer = {"", "Example:", "  unicache gc"})
final class GcCommand extends ServiceCommand {

  @Override
  int run(CacheService service, Interruption interruption) throws CacheException {
    io().out().println("freed " + Sizes.exact(service.gc()));
    return Main.DONE;
  }
}

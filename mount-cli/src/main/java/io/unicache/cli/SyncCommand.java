package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.error.CacheException;
import picocli.CommandLine.Command;

/** {@code unicache sync}. */
@Command(
    name = "sync",
    description = "Return when everything that was closed is durable.",
    footer = {"", "Example:", "  cp model.onnx ~/cache && unicache sync"})
final class SyncCommand extends ServiceCommand {

  @Override
  int run(CacheService service, Interruption interruption) throws CacheException {
    service.sync();
    return Main.DONE;
  }
}

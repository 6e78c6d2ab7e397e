package io.unicache.cli;

import io.unicache.store.Store;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code unicache version}. */
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = "Print the version.",
    footer = {"", "Example:", "  unicache version"})
final class VersionCommand implements Callable<Integer> {

  @ParentCommand private UniCacheCommand root;

  @Override
  public Integer call() {
    root.io().out().println("unicache " + Store.VERSION);
    return Main.DONE;
  }
}

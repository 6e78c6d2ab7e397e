package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.Removed;
import io.unicache.store.error.CacheException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code unicache remove}. */
@Command(
    name = "remove",
    aliases = "rm",
    description = "Remove files; blocks that others need stay.",
    footer = {
      "",
      "Examples:",
      "  unicache remove my-model",
      "  unicache remove 3f2a91 /models/old.onnx"
    })
final class RemoveCommand extends ServiceCommand {

  @Parameters(
      paramLabel = "ID|PATH",
      arity = "1..*",
      description = "Which: IDs, 6 or more of their first digits, or paths in the mounted tree.")
  private List<String> files;

  @Override
  int run(CacheService service, Interruption interruption) {
    int status = Main.DONE;
    long freed = 0;
    for (String file : files) {
      try {
        Removed removed = service.remove(file);
        freed += removed.freedBytes();
        io().out()
            .println(
                "removed "
                    + io().shown(removed.what())
                    + ", freed "
                    + Sizes.exact(removed.freedBytes()));
      } catch (CacheException e) {
        io().err().println("unicache: " + Main.describe(e));
        status = Main.FAILED;
      }
    }
    if (files.size() > 1) {
      io().out().println("freed " + Sizes.exact(freed) + " in all");
    }
    return status;
  }
}

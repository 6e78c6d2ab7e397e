package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.CacheService.Stored;
import io.unicache.store.FileUpload;
import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unicache store}. */
@Command(
    name = "store",
    description = "Store files; prints their IDs.",
    footer = {
      "",
      "Examples:",
      "  unicache store model.onnx",
      "  unicache store model.onnx --id my-model",
      "  unicache store a.bin b.bin --as /models/",
      "  tar c photos | unicache store - --as /photos.tar"
    })
final class StoreCommand extends ServiceCommand {

  private static final String STANDARD_INPUT = "-";
  private static final int PIPE_PERMISSIONS = 0644;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files; - is standard input.")
  private List<String> files;

  @Mixin private Placement placement;

  @Override
  boolean createsStore() {
    return true;
  }

  @Override
  void checkArguments() {
    if (placement.id().isPresent() && files.size() > 1) {
      throw wrongUsage("--id names one file, but there are " + files.size());
    }
    if (files.stream().filter(STANDARD_INPUT::equals).count() > 1) {
      throw wrongUsage("standard input can be stored once only");
    }
    if (files.contains(STANDARD_INPUT) && placement.hasPath() && intoDirectory()) {
      throw wrongUsage("standard input has no name; give it one with --as PATH");
    }
  }

  @Override
  int run(CacheService service, Interruption interruption) throws CacheException {
    for (String file : files) {
      Stored stored =
          file.equals(STANDARD_INPUT) ? storeInput(service) : storeFile(service, Path.of(file));
      String line = files.size() == 1 ? stored.id() : stored.id() + "  " + file;
      io().out().println(line);
    }
    return Main.DONE;
  }

  private Stored storeInput(CacheService service) throws CacheException {
    StoreRequest request =
        new StoreRequest(
            "",
            -1,
            placement.id(),
            placement.path(TreePaths::absolute),
            placement.replaces(),
            PIPE_PERMISSIONS);
    return service.store(io().in(), request);
  }

  private Stored storeFile(CacheService service, Path file) throws CacheException {
    String name = String.valueOf(file.toAbsolutePath().normalize().getFileName());
    Optional<String> path = placement.path(to -> TreePaths.place(to, name, intoDirectory()));
    return FileUpload.upload(service, file, placement.id(), path, placement.replaces());
  }

  private boolean intoDirectory() {
    return files.size() > 1 || placement.namesDirectory();
  }
}

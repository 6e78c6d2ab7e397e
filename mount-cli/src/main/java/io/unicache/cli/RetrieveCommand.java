package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.Found;
import io.unicache.store.FileSink;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code unicache retrieve}. */
@Command(
    name = "retrieve",
    description = "Write a stored file to a path.",
    footer = {
      "",
      "The file appears when it is complete; if something goes wrong, what was there is untouched.",
      "",
      "Examples:",
      "  unicache retrieve my-model model.onnx",
      "  unicache retrieve 3f2a91 .          (the first digits of an ID; the file's own name)",
      "  unicache retrieve /photos.tar - | tar t"
    })
final class RetrieveCommand extends ServiceCommand {

  @Parameters(
      index = "0",
      paramLabel = "ID|PATH",
      description = "Which: an ID, 6 or more of its first digits, or a path in the mounted tree.")
  private String file;

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "Where to: a file, a directory, or - for standard output.")
  private String out;

  @Override
  int run(CacheService service, Interruption interruption) throws IOException {
    if (out.equals("-")) {
      stream(service, io().bytes(), "standard output");
      return Main.DONE;
    }
    Path path = Path.of(out);
    if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
      try (OutputStream device =
          Files.newOutputStream(path)) { // A device or pipe stays what it is.
        stream(service, device, out);
      }
      return Main.DONE;
    }
    Found found = service.find(file);
    Path target = Files.isDirectory(path) ? path.resolve(name(found)) : path;
    try (FileSink sink = new FileSink(target, found.permissions())) {
      service.retrieve(file, sink);
      sink.commit();
    }
    return Main.DONE;
  }

  private void stream(CacheService service, OutputStream to, String name) throws CacheException {
    StreamSink sink = new StreamSink(to, name);
    service.retrieve(file, sink);
    sink.finish();
  }

  /** A name comes from whoever stored the file: it must not lead out of the directory. */
  private static String name(Found found) {
    String name = found.name();
    boolean plain = !name.isEmpty() && !name.contains("/") && !name.matches("\\.{1,2}");
    return plain ? name : found.contentId();
  }
}

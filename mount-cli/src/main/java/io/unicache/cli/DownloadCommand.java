package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.Stored;
import io.unicache.store.error.CacheException;
import java.io.PrintStream;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code unicache download}. */
@Command(
    name = "download",
    description = "Download a file straight into the store; prints its ID.",
    footer = {
      "",
      "A transfer that fails leaves nothing behind.",
      "",
      "Examples:",
      "  unicache download https://example.org/model.onnx",
      "  unicache download https://example.org/model.onnx --id my-model",
      "  unicache download https://example.org/model.onnx --as /models/"
    })
final class DownloadCommand extends ServiceCommand {

  @Parameters(paramLabel = "URL", description = "http or https.")
  private String url;

  @Mixin private Placement placement;

  @Override
  boolean createsStore() {
    return true;
  }

  @Override
  void checkArguments() {
    if (placement.namesDirectory() && nameIn(url).isEmpty()) {
      throw wrongUsage("the URL does not end with a file's name; give one with --as PATH");
    }
  }

  @Override
  int run(CacheService service, Interruption interruption) throws CacheException {
    Optional<String> path =
        placement.path(to -> TreePaths.place(to, nameIn(url), to.endsWith("/")));
    DownloadRequest request = new DownloadRequest(url, placement.id(), path, placement.replaces());
    PrintStream terminal = io().errIsTerminal() ? io().err() : null;
    Stored stored;
    try (ProgressLine progress =
        new ProgressLine(terminal, interruption::happened, System::nanoTime)) {
      stored = service.download(request, progress);
    }
    io().out().println(stored.id());
    return Main.DONE;
  }

  /** Returns the last part of the URL's path, "" if it has none. */
  static String nameIn(String url) {
    String path =
        url.replaceFirst("[?#].*", "").replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://[^/]*", "");
    String name = path.substring(path.lastIndexOf('/') + 1);
    return name.equals(".") || name.equals("..") ? "" : name;
  }
}

package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.Stored;
import io.unicache.store.error.CacheException;
import java.io.PrintStream;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "A name of your own for the file, instead of its content ID.")
  private String id;

  @Option(
      names = "--as",
      paramLabel = "PATH",
      description = "Where to put it in the mounted tree; with a / at the end, the directory.")
  private String as;

  @Option(names = "--replace", description = "Replace the file that has that ID or path.")
  private boolean replace;

  @Override
  boolean createsStore() {
    return true;
  }

  @Override
  void checkArguments() {
    if (as != null && as.endsWith("/") && nameIn(url).isEmpty()) {
      throw wrongUsage("the URL does not end with a file's name; give one with --as PATH");
    }
  }

  @Override
  int run(CacheService service, Interruption interruption) throws CacheException {
    Optional<String> path =
        Optional.ofNullable(as).map(to -> TreePaths.place(to, nameIn(url), to.endsWith("/")));
    DownloadRequest request = new DownloadRequest(url, Optional.ofNullable(id), path, replace);
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

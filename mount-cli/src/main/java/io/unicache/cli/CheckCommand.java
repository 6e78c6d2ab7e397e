package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.CheckRequest;
import io.unicache.store.StoreConfig.Purpose;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unicache check}. */
@Command(
    name = "check",
    description = "Look for damage in the store, and repair it.",
    footer = {
      "",
      "Without --read-data it compares everything but the bytes of blocks. Damaged files are listed by",
      "path (or id:ID) and range of bytes; their other bytes can be read. A repair restores damaged",
      "blocks from other copies in the store, from files given with --from, and from where a file was",
      "downloaded; makes lost indexes and counts anew; and keeps what has no name in /lost+found.",
      "",
      "Exit status: 0 no damage is left, 1 there is damage (or the check failed), 2 wrong usage.",
      "",
      "Examples:",
      "  unicache check                                 also while it is mounted",
      "  unicache check --read-data --json              every block, for programs",
      "  unicache check --read-data --repair --from ~/models   not while it is mounted"
    })
final class CheckCommand extends ServiceCommand {

  @Option(names = "--read-data", description = "Read every block and compare it with its hash.")
  private boolean readData;

  @Option(names = "--repair", description = "Mend what can be mended; the store must be unmounted.")
  private boolean repair;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      arity = "1..*",
      description = "Files and directories to take damaged blocks from.")
  private List<Path> from = new ArrayList<>();

  @Option(names = "--json", description = "All findings and counts as JSON.")
  private boolean json;

  @Override
  void checkArguments() {
    if (!from.isEmpty() && !repair) {
      throw wrongUsage("--from is of use with --repair only");
    }
  }

  @Override
  Purpose purpose() {
    return repair ? Purpose.REPAIR : Purpose.CHECK;
  }

  @Override
  int run(CacheService service, Interruption interruption) throws IOException {
    List<String> files = from.stream().map(file -> file.toAbsolutePath().toString()).toList();
    CheckRequest request = new CheckRequest(readData, repair, files);
    try (FindingWriter writer =
        json ? FindingWriter.json(io()) : FindingWriter.text(io(), repair)) {
      CheckSummary summary = check(service, request, writer, interruption);
      writer.summary(summary);
      return summary.isSound() ? Main.DONE : Main.FAILED;
    }
  }

  private CheckSummary check(
      CacheService service, CheckRequest request, FindingWriter writer, Interruption interruption)
      throws CacheException {
    try (ProgressLine progress =
        new ProgressLine(
            io().errIsTerminal() ? io().err() : null, interruption::happened, System::nanoTime)) {
      return service.check(request, new Sink(writer, progress));
    }
  }

  private record Sink(FindingWriter writer, ProgressLine progress)
      implements CacheService.CheckSink {

    @Override
    public void found(Finding finding) throws CacheException {
      try {
        writer.finding(finding);
      } catch (IOException e) {
        throw CacheException.of("writing what was found", e);
      }
    }

    @Override
    public void progress(long doneBytes, long totalBytes) {
      progress.report(doneBytes, OptionalLong.of(totalBytes));
    }

    @Override
    public boolean cancelled() {
      return progress.cancelled();
    }
  }
}

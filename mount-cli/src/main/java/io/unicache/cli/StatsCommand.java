package io.unicache.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.unicache.store.CacheService;
import io.unicache.store.CacheStats;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unicache stats}. */
@Command(
    name = "stats",
    description = "Show what the store holds and what it saves.",
    footer = {
      "",
      "Examples:",
      "  unicache stats",
      "  unicache stats --json        exact numbers, for programs"
    })
final class StatsCommand extends ServiceCommand {

  @Option(names = "--json", description = "Exact numbers as JSON.")
  private boolean json;

  @Override
  int run(CacheService service, Interruption interruption) throws IOException {
    CacheStats stats = service.stats();
    if (json) {
      writeJson(stats);
    } else {
      writeText(stats);
    }
    return Main.DONE;
  }

  private void writeText(CacheStats stats) {
    PrintStream out = io().out();
    out.println("files          " + String.format(Locale.ROOT, "%,d", stats.files()));
    out.println("unique blocks  " + String.format(Locale.ROOT, "%,d", stats.uniqueBlocks()));
    out.println("block size     " + Sizes.human(stats.blockSize()));
    out.println("logical size   " + Sizes.human(stats.logicalBytes()));
    out.println("stored         " + Sizes.human(stats.storedBytes()));
    out.println("on disk        " + Sizes.human(stats.bytesOnDisk()));
    out.println("ratio          " + String.format(Locale.ROOT, "%.2f", stats.ratio()));
    out.println("saved          " + Sizes.human(stats.savedBytes()));
  }

  private void writeJson(CacheStats stats) throws IOException {
    try (JsonGenerator generator = JsonOutput.on(io().out())) {
      generator.writeStartObject();
      generator.writeNumberField("files", stats.files());
      generator.writeNumberField("uniqueBlocks", stats.uniqueBlocks());
      generator.writeNumberField("logicalBytes", stats.logicalBytes());
      generator.writeNumberField("storedBytes", stats.storedBytes());
      generator.writeNumberField("bytesOnDisk", stats.bytesOnDisk());
      generator.writeNumberField("blockSize", stats.blockSize());
      generator.writeNumberField("ratio", stats.ratio());
      generator.writeNumberField("savedBytes", stats.savedBytes());
      generator.writeEndObject();
    }
    io().out().println();
  }
}

package io.unicache.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.unicache.store.CacheService;
import io.unicache.store.CacheService.Info;
import io.unicache.store.CacheService.MountStatistics;
import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code unicache info}. */
@Command(
    name = "info",
    description = "Show what the store is, and who serves it.",
    footer = {"", "Examples:", "  unicache info", "  unicache info --json --store /data/store"})
final class InfoCommand extends ServiceCommand {

  @Option(names = "--json", description = "As JSON, for programs.")
  private boolean json;

  @Override
  int run(CacheService service, Interruption interruption) throws IOException {
    Info info = service.info();
    if (json) {
      writeJson(info);
    } else {
      writeText(info);
    }
    return Main.DONE;
  }

  private void writeText(Info info) {
    PrintStream out = io().out();
    out.println("version      " + info.version());
    out.println("store        " + info.store());
    out.println("store ID     " + info.storeId());
    out.println("format       " + info.formatVersion());
    out.println("block size   " + Sizes.human(info.blockSize()));
    out.println("chunking     " + info.chunking());
    out.println("hashing      " + info.hashEngine());
    if (info.mountPoint().isPresent()) {
      String access = info.readOnly() ? ", read-only" : "";
      out.println(
          "mounted at   " + info.mountPoint().get() + " (" + info.transport() + access + ")");
      out.println("passthrough  " + info.statistics().passthrough());
      out.println("daemon       process " + info.ownerPid());
    } else {
      out.println("mounted at   nowhere");
    }
  }

  private static void writeStatistics(JsonGenerator generator, MountStatistics statistics)
      throws IOException {
    generator.writeStringField("passthrough", statistics.passthrough());
    if (statistics.readRequests() >= 0) {
      generator.writeNumberField("readRequests", statistics.readRequests());
    }
    generator.writeNumberField("passthroughOpens", statistics.passthroughOpens());
  }

  private void writeJson(Info info) throws IOException {
    try (JsonGenerator generator = JsonOutput.on(io().out())) {
      generator.writeStartObject();
      generator.writeStringField("version", info.version());
      generator.writeStringField("store", info.store());
      generator.writeStringField("storeId", info.storeId());
      generator.writeNumberField("formatVersion", info.formatVersion());
      generator.writeNumberField("blockSize", info.blockSize());
      generator.writeStringField("chunking", info.chunking());
      generator.writeNumberField("ownerPid", info.ownerPid());
      generator.writeStringField("mountPoint", info.mountPoint().orElse(null));
      generator.writeStringField("transport", info.transport());
      generator.writeStringField("hashEngine", info.hashEngine());
      generator.writeBooleanField("readOnly", info.readOnly());
      if (info.mountPoint().isPresent()) {
        writeStatistics(generator, info.statistics());
      }
      generator.writeEndObject();
    }
    io().out().println();
  }
}

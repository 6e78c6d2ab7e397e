package io.unicache.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.unicache.store.block.ByteRange;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import java.io.Closeable;
import java.io.IOException;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes what a check finds, as it comes. */
interface FindingWriter extends Closeable {

  void finding(Finding finding) throws IOException;

  /** Written last. */
  void summary(CheckSummary summary) throws IOException;

  @Override
  default void close() throws IOException {}

  /** One line for each finding, and a few at the end. */
  static FindingWriter text(CliIo io, boolean repair) {
    return new Text(io, repair);
  }

  /** One object. */
  static FindingWriter json(CliIo io) throws IOException {
    return new Json(io);
  }

  /** For people. */
  final class Text implements FindingWriter {

    private static final int RANGES_SHOWN = 8;

    private final CliIo io;
    private final boolean repair;

    private Text(CliIo io, boolean repair) {
      this.io = io;
      this.repair = repair;
    }

    @Override
    public void finding(Finding finding) {
      String state =
          switch (finding.state()) {
            case FOUND -> "damaged  ";
            case REPAIRED -> "repaired ";
            case LOST -> "lost     ";
          };
      io.out()
          .println(
              state
                  + io.shown(Main.oneLine(finding.where() + ranges(finding)))
                  + ": "
                  + io.shown(Main.oneLine(finding.problem())));
    }

    private static String ranges(Finding finding) {
      if (finding.ranges().isEmpty()) {
        return "";
      }
      int more = finding.ranges().size() - RANGES_SHOWN;
      return finding.ranges().stream()
          .limit(RANGES_SHOWN)
          .map(range -> range.offset() + "-" + (range.end() - 1))
          .collect(Collectors.joining(", ", ", bytes ", more > 0 ? " and " + more + " more" : ""));
    }

    @Override
    public void summary(CheckSummary summary) {
      io.out()
          .println(
              String.format(
                  Locale.ROOT,
                  "checked  %,d blocks (%s read), %,d contents, %,d inodes, %,d names, %,d stored files",
                  summary.blocks(),
                  Sizes.human(summary.blockBytes()),
                  summary.contents(),
                  summary.inodes(),
                  summary.names(),
                  summary.storedFiles()));
      if (summary.leakedBytes() > 0) {
        io.out()
            .println(
                "unused   " + Sizes.human(summary.leakedBytes()) + "; `unicache gc` gives it back");
      }
      io.out().println("result   " + result(summary));
    }

    private String result(CheckSummary summary) {
      String repaired =
          summary.repaired() > 0 ? String.format(", %,d repaired", summary.repaired()) : "";
      if (summary.isSound()) {
        return "no damage" + (repair && summary.repaired() > 0 ? " left" : "") + repaired;
      }
      if (repair) {
        return String.format("%,d beyond repair", summary.lost()) + repaired;
      }
      return String.format("%,d problems", summary.found()) + "; --repair mends what can be mended";
    }
  }

  /** For programs. */
  final class Json implements FindingWriter {
    private final CliIo io;
    private final JsonGenerator json;

    private Json(CliIo io) throws IOException {
      this.io = io;
      json = JsonOutput.on(io.out());
      json.writeStartObject();
      json.writeArrayFieldStart("findings");
    }

    @Override
    public void finding(Finding finding) throws IOException {
      json.writeRaw('\n');
      json.writeStartObject();
      json.writeStringField("kind", finding.kind().name().toLowerCase(Locale.ROOT));
      json.writeStringField("state", finding.state().name().toLowerCase(Locale.ROOT));
      json.writeStringField("where", finding.where());
      json.writeArrayFieldStart("ranges");
      for (ByteRange range : finding.ranges()) {
        json.writeStartObject();
        json.writeNumberField("offset", range.offset());
        json.writeNumberField("length", range.length());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeStringField("problem", finding.problem());
      json.writeEndObject();
    }

    @Override
    public void summary(CheckSummary summary) throws IOException {
      json.writeEndArray();
      json.writeNumberField("blocks", summary.blocks());
      json.writeNumberField("blockBytesRead", summary.blockBytes());
      json.writeNumberField("contents", summary.contents());
      json.writeNumberField("inodes", summary.inodes());
      json.writeNumberField("names", summary.names());
      json.writeNumberField("storedFiles", summary.storedFiles());
      json.writeNumberField("unusedBytes", summary.leakedBytes());
      json.writeNumberField("found", summary.found());
      json.writeNumberField("repaired", summary.repaired());
      json.writeNumberField("beyondRepair", summary.lost());
      json.writeBooleanField("sound", summary.isSound());
      json.writeEndObject();
    }

    @Override
    public void close() throws IOException {
      json.close();
      io.out().println();
    }
  }
}

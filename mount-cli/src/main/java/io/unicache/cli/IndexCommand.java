package io.unicache.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.unicache.store.CacheService;
import io.unicache.store.CacheService.IndexedBlock;
import io.unicache.store.CacheService.IndexedFile;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import picocli.CommandLine.Command;

/** {@code unicache index}. */
@Command(
    name = "index",
    description = "Write every block and every file with its blocks, as JSON.",
    footer = {
      "",
      "{\"blocks\": [{hash, pack, offset, length, references}], \"files\": [{names, contentId, size, blocks}]}",
      "",
      "Examples:",
      "  unicache index > index.json",
      "  unicache index | jq '.blocks | length'"
    })
final class IndexCommand extends ServiceCommand {

  @Override
  int run(CacheService service, Interruption interruption) throws IOException {
    try (JsonGenerator json = JsonOutput.on(io().out())) {
      json.writeStartObject();
      IndexWriter writer = new IndexWriter(json);
      service.index(writer);
      writer.finish();
      json.writeEndObject();
    }
    io().out().println();
    return Main.DONE;
  }

  /** One array, then the other, with nothing kept. */
  private static final class IndexWriter implements CacheService.IndexSink {
    private final JsonGenerator json;
    private boolean inFiles;

    IndexWriter(JsonGenerator json) throws IOException {
      this.json = json;
      json.writeArrayFieldStart("blocks");
    }

    @Override
    public void block(IndexedBlock block) throws CacheException {
      try {
        json.writeRaw('\n');
        json.writeStartObject();
        json.writeStringField("hash", block.hash());
        json.writeNumberField("pack", block.pack());
        json.writeNumberField("offset", block.offset());
        json.writeNumberField("length", block.length());
        json.writeNumberField("references", block.references());
        json.writeEndObject();
      } catch (IOException e) {
        throw CacheException.of("writing the index", e);
      }
    }

    @Override
    public void file(IndexedFile file) throws CacheException {
      try {
        beginFiles();
        json.writeRaw('\n');
        json.writeStartObject();
        strings("names", file.names());
        json.writeStringField("contentId", file.contentId());
        json.writeNumberField("size", file.size());
        strings("blocks", file.blocks());
        json.writeEndObject();
      } catch (IOException e) {
        throw CacheException.of("writing the index", e);
      }
    }

    void finish() throws IOException {
      beginFiles();
      json.writeEndArray();
    }

    private void beginFiles() throws IOException {
      if (!inFiles) {
        inFiles = true;
        json.writeEndArray();
        json.writeRaw('\n');
        json.writeArrayFieldStart("files");
      }
    }

    private void strings(String name, Iterable<String> values) throws IOException {
      json.writeArrayFieldStart(name);
      for (String value : values) {
        json.writeString(value);
      }
      json.writeEndArray();
    }
  }
}

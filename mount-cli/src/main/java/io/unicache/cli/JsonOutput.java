package io.unicache.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** JSON on standard output, written as it comes. */
final class JsonOutput {

  /** Starts a document; closing the generator leaves the stream open. */
  static JsonGenerator on(PrintStream out) throws IOException {
    out.flush();
    JsonGenerator json =
        new JsonFactory().createGenerator(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    return json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
  }

  private JsonOutput() {}
}

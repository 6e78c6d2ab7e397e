package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.unicache.store.UniCache;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Downloads from a server on this machine: by command, by the control file, by the API. */
class DownloadIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  private Source source;

  @BeforeEach
  void serve() throws IOException {
    source = new Source();
  }

  @AfterEach
  void stop() {
    source.close();
  }

  private static Path mounted(String path) {
    return MOUNT.store().root().resolve(path);
  }

  @Test
  void byCommand() throws Exception {
    byte[] bytes = Bytes.random(1, 5_300_000);
    String url = source.serve("/command.bin", bytes);
    Cli cli = MOUNT.store().cli();
    String id = cli.output("download", url);
    assertArrayEquals(bytes, cli.run("retrieve", id, "-").expect(0).bytes());
    assertEquals("my-id", cli.output("download", url, "--id", "my-id"));
    cli.output("download", url, "--as", "/byCommand/");
    Path file = mounted("byCommand/command.bin");
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertEquals(
        url, Program.output("getfattr", "--only-values", "-n", "user.unicache.source", file));
    String taken = cli.run("download", url, "--as", "/byCommand/command.bin").failure();
    assertTrue(taken.contains("command.bin"), taken);
  }

  @Test
  void byControlFile() throws Exception {
    byte[] bytes = Bytes.random(2, 3_300_000);
    String url = source.serve("/control.bin", bytes);
    command("download " + url + " byControlFile/a file.bin");
    assertEquals("done", outcome(url).path("state").asText(), () -> "state of " + url);
    Path file = mounted("byControlFile/a file.bin");
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertEquals(
        url, Program.output("getfattr", "--only-values", "-n", "user.unicache.source", file));

    String other = source.serve("/json.bin", bytes);
    command("{\"command\": \"download\", \"url\": \"" + other + "\"}");
    assertEquals("done", outcome(other).path("state").asText());
    assertArrayEquals(bytes, Files.readAllBytes(mounted("json.bin")), "named after the URL");

    String missing = source.url("/missing.bin");
    command("download " + missing + " byControlFile/missing.bin");
    JsonNode failed = outcome(missing);
    assertEquals("failed", failed.path("state").asText());
    assertTrue(failed.path("error").asText().contains("404"), failed.toString());
    assertFalse(Files.exists(mounted("byControlFile/missing.bin")));
  }

  private static void command(String line) {
    Program.script("printf '%s\\n' \"$1\" >.unicache/control", line)
        .in(MOUNT.store().root())
        .run()
        .expect(0);
  }

  /** Waits until the download of a URL has ended. */
  private static JsonNode outcome(String url) throws Exception {
    Waiting.until(
        () -> !state(url).path("state").asText().equals("running"), () -> "still running: " + url);
    return state(url);
  }

  private static JsonNode state(String url) throws IOException {
    for (String line : Files.readAllLines(mounted(".unicache/control"))) {
      JsonNode state = new ObjectMapper().readTree(line);
      if (state.path("command").asText().contains(url)) {
        return state;
      }
    }
    throw new AssertionError("control does not tell of " + url);
  }

  @Test
  void byApi() throws Exception {
    byte[] bytes = Bytes.random(3, 2_200_000);
    String url = source.serve("/api.bin", bytes);
    try (UniCache cache = UniCache.open(MOUNT.store().store())) {
      String id = cache.download(url);
      Path path = cache.get(id);
      assertTrue(path.startsWith(MOUNT.store().root()), path.toString());
      assertArrayEquals(bytes, Files.readAllBytes(path));
      CacheException.Source missing =
          assertThrows(
              CacheException.Source.class, () -> cache.download(source.url("/missing.bin")));
      assertTrue(missing.getMessage().contains("404"), missing.getMessage());
    }
  }

  @Test
  void withoutLengthAndRedirected() throws Exception {
    byte[] bytes = Bytes.random(4, 1_700_000);
    String chunked = source.serveChunked("/chunked.bin", bytes);
    String redirected = source.redirect("/moved.bin", "/chunked.bin");
    Cli cli = MOUNT.store().cli();
    String id = cli.output("download", chunked);
    assertEquals(
        id,
        cli.output("download", redirected, "--as", "/withoutLengthAndRedirected/f")
            .lines()
            .reduce((a, b) -> b)
            .orElseThrow());
    assertArrayEquals(bytes, Files.readAllBytes(mounted("withoutLengthAndRedirected/f")));
  }

  @Test
  void failuresLeaveNothingBehind() throws Exception {
    byte[] bytes = Bytes.random(5, 4_400_000);
    Cli cli = MOUNT.store().cli();
    long before = MOUNT.store().storedBytes();
    List<String> ids = cli.run("ls", "--ids").expect(0).lines();

    String truncated = source.serveTruncated("/truncated.bin", bytes, 3_000_000);
    String why = cli.run("download", truncated, "--as", "/truncated.bin").failure();
    assertTrue(why.contains("truncated.bin"), why);
    String missing = cli.run("download", source.url("/missing.bin")).failure();
    assertTrue(missing.contains("404"), missing);
    source.close();
    String refused = cli.run("download", source.url("/refused.bin")).failure();
    assertTrue(refused.contains("127.0.0.1"), refused);
    String unknown = cli.run("download", "ftp://127.0.0.1/file").failure();
    assertTrue(unknown.contains("ftp"), unknown);

    assertFalse(Files.exists(mounted("truncated.bin")));
    assertEquals(ids, cli.run("ls", "--ids").expect(0).lines());
    cli.output("gc");
    assertEquals(before, MOUNT.store().storedBytes());
  }
}

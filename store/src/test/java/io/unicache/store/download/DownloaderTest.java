package io.unicache.store.download;

import static io.unicache.store.download.DownloadFixture.randomBytes;
import static io.unicache.store.download.ScriptedServer.redirect;
import static io.unicache.store.download.ScriptedServer.reply;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DownloaderTest {

  private final DownloadFixture fixture = new DownloadFixture();

  @Test
  void givesTheBytesAndWhatIsKnownOfThem() throws IOException {
    byte[] body = randomBytes(300_001);
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                exchange -> {
                  exchange.head("200 OK", "Content-Length: " + body.length, "ETag: \"abc\"");
                  exchange.text("\r\n");
                  exchange.bytes(body);
                })) {
      Download download = fixture.fetch(server.uri("/models/a%20b.onnx?x=1#part"));
      CollectingWriter writer = fixture.writers.get(0);

      assertArrayEquals(body, writer.bytes());
      assertEquals(body.length, writer.expectedBytes);
      assertEquals(body.length, download.size());
      assertEquals(body.length, download.content().newBytes());
      assertEquals("a b.onnx", download.suggestedName());
      assertEquals(server.uri("/models/a%20b.onnx?x=1").toString(), download.sourceUrl());
      assertEquals(download.sourceUrl(), download.finalUrl());
      assertEquals(Optional.of("\"abc\""), download.etag());
      assertEquals(0L, fixture.progress.get(0));
      assertEquals(body.length, fixture.progress.get(fixture.progress.size() - 1));

      assertTrue(writer.finished);
      assertEquals(0, writer.closes, "the caller commits before it closes");
      download.close();
      assertEquals(1, writer.closes);
    }
  }

  @Test
  void asksForTheBytesAsTheyAre() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("200 OK", "x"));
        Download download = fixture.fetch(server.uri("/"))) {
      assertEquals("download", download.suggestedName());
      String request = server.requests().get(0);
      assertTrue(request.contains("Accept-Encoding: identity\r\n"), request);
      assertFalse(request.contains("Authorization"), request);
    }
  }

  @Test
  void takesAnEmptyBody() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("200 OK", ""));
        Download download = fixture.fetch(server.uri("/empty"))) {
      assertEquals(0, download.size());
      assertEquals(List.of(0L, 0L), fixture.progress);
    }
  }

  @Test
  void takesChunksAndBodiesThatEndWithTheConnection() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                exchange -> {
                  exchange.head("200 OK", "Transfer-Encoding: chunked");
                  exchange.text("\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
                },
                exchange -> {
                  exchange.head("200 OK");
                  exchange.text("\r\nfgh");
                });
        Download chunked = fixture.fetch(server.uri("/f"));
        Download unframed = fixture.fetch(server.uri("/f"))) {
      assertEquals(5, chunked.size());
      assertArrayEquals("abcde".getBytes(StandardCharsets.UTF_8), fixture.writers.get(0).bytes());
      assertEquals(-1, fixture.writers.get(0).expectedBytes);
      assertEquals(3, unframed.size());
    }
  }

  @Test
  void prefersTheNameThatTheServerGives() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                reply("200 OK", "x", "Content-Disposition: attachment; filename=\"../../m.bin\""));
        Download download = fixture.fetch(server.uri("/f"))) {
      assertEquals("m.bin", download.suggestedName());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void followsRedirects(int code) throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(redirect(code, "../there?sig=s3cret"), reply("200 OK", "x"));
        Download download = fixture.fetch(server.uri("/a/here"))) {
      assertEquals(server.uri("/a/here").toString(), download.sourceUrl());
      assertEquals(server.uri("/there?sig=s3cret").toString(), download.finalUrl());
      assertEquals("here", download.suggestedName());
    }
  }

  @Test
  void namesAFileAfterItsLastUrlWhereTheFirstHasNoName() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(redirect(302, "/real.bin"), reply("200 OK", "x"));
        Download download = fixture.fetch(server.uri("/latest/"))) {
      assertEquals("real.bin", download.suggestedName());
    }
  }

  @Test
  void leavesACircleOfRedirects() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(redirect(302, "/again"))) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.contains("more than 10 redirects"), message);
      assertEquals(11, server.requests().size());
    }
  }

  @Test
  void doesNotFollowToAnotherScheme() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(redirect(302, "file:///etc/passwd"))) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.contains("'file:///etc/passwd', which is not an http or https"), message);
    }
  }

  @Test
  void reportsARedirectToNowhere() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("302 Found", ""))) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.endsWith("the server answers 302 Found"), message);
    }
  }

  @Test
  void sendsUserInfoToItsOwnHostAndShowsItNowhere() throws IOException {
    try (fixture;
        ScriptedServer other = new ScriptedServer(reply("404 Not Found", ""));
        ScriptedServer server =
            new ScriptedServer(
                redirect(302, "/same"), redirect(302, "http://a:b@127.0.0.1:" + other.port()))) {
      URI url = URI.create("http://me:pa%40ss@127.0.0.1:" + server.port() + "/f");
      String message = fixture.failureOf(url);

      // me:pa@ss
      assertTrue(server.requests().get(0).contains("Authorization: Basic bWU6cGFAc3M=\r\n"));
      assertTrue(server.requests().get(1).contains("Authorization: Basic bWU6cGFAc3M=\r\n"));
      assertFalse(other.requests().get(0).contains("Authorization"));
      assertTrue(message.contains(server.uri("/f").toString()), message);
      assertFalse(message.contains("me:") || message.contains("a:b"), message);
    }
  }

  @Test
  void keepsUserInfoOutOfTheResult() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("200 OK", "x"));
        Download download =
            fixture.fetch(URI.create("http://me:pw@127.0.0.1:" + server.port() + "/f"))) {
      assertEquals(server.uri("/f").toString(), download.sourceUrl());
      assertEquals(server.uri("/f").toString(), download.finalUrl());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://me:pw@host/f", "file:///etc/passwd", "host/f", "mailto:a@b"})
  void takesOnlyHttpAndHttps(String url) {
    try (fixture) {
      CacheException failure =
          assertThrows(CacheException.InvalidArgument.class, () -> fixture.fetch(URI.create(url)));
      assertTrue(failure.getMessage().contains("only http and https"), failure.getMessage());
      assertFalse(failure.getMessage().contains("pw"), failure.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http:///f", "http:me:pw@host", "https://me:pw@host:99999/"})
  void refusesWhatHasNoHostToAsk(String url) {
    try (fixture) {
      CacheException failure =
          assertThrows(CacheException.InvalidArgument.class, () -> fixture.fetch(URI.create(url)));
      assertTrue(failure.getMessage().contains("it is not a URL such as"), failure.getMessage());
      assertFalse(failure.getMessage().contains("pw"), failure.getMessage());
    }
  }

  @Test
  void passesOnWhatTheWriterThrows() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("200 OK", "12345"))) {
      assertThrows(
          CacheException.Full.class,
          () ->
              fixture.downloader.fetch(
                  server.uri("/f"),
                  expected -> {
                    CollectingWriter writer = (CollectingWriter) fixture.open(expected);
                    writer.fullAfterBytes = 4;
                    return writer;
                  },
                  (bytes, total) -> {},
                  () -> false));
      fixture.assertNothingLeft();
      assertEquals(1, server.requests().size());
    }
  }

  @Test
  void closesTheWriterWhenTheListenerThrows() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("200 OK", "12345"))) {
      assertThrows(
          IllegalStateException.class,
          () ->
              fixture.downloader.fetch(
                  server.uri("/f"),
                  fixture::open,
                  (bytes, total) -> {
                    throw new IllegalStateException("terminal is gone");
                  },
                  () -> false));
      fixture.assertNothingLeft();
    }
  }
}

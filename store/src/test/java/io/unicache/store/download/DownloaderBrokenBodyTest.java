package io.unicache.store.download;

import static io.unicache.store.download.ScriptedServer.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are not what the head promised, and heads that promise nothing good. */
class DownloaderBrokenBodyTest {

  private static String failure(ScriptedServer.Script script) throws IOException {
    try (DownloadFixture fixture = DownloadFixture.stallingSoon();
        ScriptedServer server = new ScriptedServer(script)) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.startsWith("cannot download " + server.uri("/f")), message);
      assertEquals(1, server.requests().size(), "a transfer that has begun is not retried");
      assertEquals(List.of(), fixture.pauses);
      return message;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 99_999})
  void reportsABodyThatIsCutOff(int sent) throws IOException {
    String message =
        failure(
            exchange -> {
              exchange.head("200 OK", "Content-Length: 100000");
              exchange.text("\r\n");
              exchange.bytes(new byte[sent]);
            });
    assertTrue(message.contains("expected 100000 bytes, got " + sent), message);
  }

  @Test
  void reportsAResetWithinTheBody() throws IOException {
    String message =
        failure(
            exchange -> {
              exchange.head("200 OK", "Content-Length: 100000");
              exchange.text("\r\nabc");
              exchange.reset();
            });
    assertTrue(message.contains("expected 100000 bytes, got "), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5\r\nabcde\r\n", "5\r\nabc", "5\r\nabcde\r\nzz\r\n"})
  void reportsChunksThatAreCutOffOrMalformed(String chunks) throws IOException {
    String message =
        failure(
            exchange -> {
              exchange.head("200 OK", "Transfer-Encoding: chunked");
              exchange.text("\r\n" + chunks);
            });
    assertTrue(message.contains("the transfer was cut off after "), message);
  }

  @Test
  void reportsAStall() throws IOException {
    String message =
        failure(
            exchange -> {
              exchange.head("200 OK", "Content-Length: 10");
              exchange.text("\r\nabc");
              exchange.hold();
            });
    assertTrue(message.contains("no bytes for 2 s, after 3 of 10 bytes"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "ten", "99999999999999999999", "1\r\nContent-Length: 2"})
  void refusesALengthThatIsNone(String length) throws IOException {
    String message =
        failure(
            exchange -> {
              exchange.head("200 OK", "Content-Length: " + length);
              exchange.text("\r\nab");
            });
    assertTrue(message.contains("not one number of bytes"), message);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 50})
  void countsTheBytesOfHttp2Too(int promised) throws IOException {
    OkHttpClient client =
        new OkHttpClient.Builder().protocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE)).build();
    try (DownloadFixture fixture = new DownloadFixture(DownloadLimits.DEFAULT, client);
        MockWebServer server = new MockWebServer()) {
      server.setProtocols(List.of(Protocol.H2_PRIOR_KNOWLEDGE));
      server.enqueue(
          new MockResponse.Builder()
              .body("ten bytes!")
              .setHeader("Content-Length", promised)
              .build());
      server.start();
      String message = fixture.failureOf(server.url("/f").uri());
      assertTrue(
          message.matches(".* expected " + promised + " bytes(, got| but received) 10.*"), message);
    }
  }

  @Test
  void givesTheStatusAndTheFirstLine() throws IOException {
    String message =
        failure(
            reply("404 Not Found", "\nno such model\nsecond line\n", "Content-Type: text/plain"));
    assertTrue(message.endsWith("the server answers 404 Not Found: no such model"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", "application/octet-stream"})
  void leavesOutABodyThatIsNotForPeople(String type) throws IOException {
    String message = failure(reply("500 Oops", "<!DOCTYPE html>", "Content-Type: " + type));
    assertTrue(message.endsWith("the server answers 500 Oops"), message);
  }

  @Test
  void takesNothingButAWholeFile() throws IOException {
    assertTrue(failure(reply("206 Partial Content", "abc")).contains("206 Partial Content"));
    assertTrue(
        failure(
                exchange -> {
                  exchange.head("204 No Content");
                  exchange.text("\r\n");
                })
            .contains("204 No Content"));
  }

  @Test
  void givesTheStatusWhenItsBodyIsBroken() throws IOException {
    String message =
        failure(
            exchange -> {
              exchange.head("403 Forbidden", "Content-Length: 100", "Content-Type: text/plain");
              exchange.text("\r\nbecause");
            });
    assertTrue(message.contains("403 Forbidden"), message);
    assertFalse(message.contains("because"), message);
  }
}

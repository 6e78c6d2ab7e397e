package io.unicache.store.download;

import static io.unicache.store.download.ScriptedServer.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DownloaderRetryTest {

  private static final ScriptedServer.Script RESET = ScriptedServer.Exchange::reset;
  private static final ScriptedServer.Script GOOD = reply("200 OK", "good");

  private final DownloadFixture fixture = new DownloadFixture();

  @Test
  void triesAgainWhenNoAnswerCame() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(RESET, exchange -> {}, exchange -> exchange.text("HTTP/1"), GOOD);
        Download download = fixture.fetch(server.uri("/f"))) {
      assertEquals(4, download.size());
      assertEquals(4, server.requests().size());
      assertEquals(1, fixture.writers.size(), "the writer is opened when bytes are to come");
      for (int i = 0; i < 3; i++) {
        assertBetween(250 << i, 500 << i, fixture.pauses.get(i));
      }
    }
  }

  @Test
  void givesUpInTheEnd() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(RESET)) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.contains("the connection to 127.0.0.1 failed: "), message);
      assertTrue(message.endsWith("; gave up after 4 attempts"), message);
      assertEquals(4, server.requests().size());
      assertEquals(3, fixture.pauses.size());
    }
  }

  @Test
  void reportsARefusedConnection() throws IOException {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    try (fixture) {
      String message = fixture.failureOf(URI.create("http://127.0.0.1:" + port + "/f"));
      assertTrue(message.contains("cannot connect to 127.0.0.1: Connection refused"), message);
      assertEquals(3, fixture.pauses.size());
    }
  }

  @Test
  void reportsAHostThatIsNotFound() {
    OkHttpClient client =
        new OkHttpClient.Builder()
            .dns(
                host -> {
                  throw new UnknownHostException(host);
                })
            .build();
    try (DownloadFixture noNames = new DownloadFixture(DownloadLimits.DEFAULT, client)) {
      String message = noNames.failureOf(URI.create("http://no.such.host/f"));
      assertTrue(message.contains("the host no.such.host was not found"), message);
      assertEquals(3, noNames.pauses.size());
    }
  }

  @Test
  void reportsAServerThatDoesNotAnswer() throws IOException {
    try (DownloadFixture hasty =
            new DownloadFixture(
                new DownloadLimits(
                    Duration.ofSeconds(10),
                    DownloadFixture.STALL,
                    0,
                    Duration.ZERO,
                    Duration.ZERO,
                    1),
                new OkHttpClient());
        ScriptedServer server = new ScriptedServer(ScriptedServer.Exchange::hold)) {
      String message = hasty.failureOf(server.uri("/f"));
      assertTrue(message.contains("no answer from 127.0.0.1 for 2 s"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void waitsAsLongAsABusyServerAsks(int code) throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(reply(code + " Busy", "", "Retry-After: 7"), GOOD);
        Download download = fixture.fetch(server.uri("/f"))) {
      assertEquals(4, download.size());
      assertEquals(List.of(Duration.ofSeconds(7)), fixture.pauses);
    }
  }

  @Test
  void backsOffWhenABusyServerDoesNotSayHowLong() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(reply("429 Busy", "", "Retry-After: soon"), GOOD);
        Download download = fixture.fetch(server.uri("/f"))) {
      assertEquals(4, download.size());
      assertBetween(250, 500, fixture.pauses.get(0));
    }
  }

  @Test
  void doesNotWaitForever() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("503 Busy", "", "Retry-After: 31"))) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.contains("503 Busy; it asks to be left alone for 31 s"), message);
      assertEquals(List.of(), fixture.pauses);
    }
  }

  @Test
  void doesNotAskABusyServerForever() throws IOException {
    try (fixture;
        ScriptedServer server = new ScriptedServer(reply("503 Busy", "", "Retry-After: 1"))) {
      String message = fixture.failureOf(server.uri("/f"));
      assertTrue(message.endsWith("503 Busy; gave up after 4 attempts"), message);
      assertEquals(4, server.requests().size());
    }
  }

  @Test
  void startsAtTheFirstUrlAgain() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                ScriptedServer.redirect(302, "/signed-1"),
                RESET,
                ScriptedServer.redirect(302, "/signed-2"),
                GOOD);
        Download download = fixture.fetch(server.uri("/f"))) {
      assertEquals(server.uri("/signed-2").toString(), download.finalUrl());
    }
  }

  private static void assertBetween(long lowMillis, long highMillis, Duration pause) {
    assertTrue(
        pause.toMillis() >= lowMillis && pause.toMillis() <= highMillis,
        () -> pause + " is not between " + lowMillis + " and " + highMillis + " ms");
  }
}

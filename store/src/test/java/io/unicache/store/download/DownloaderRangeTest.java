package io.unicache.store.download;

import static io.unicache.store.download.ScriptedServer.redirect;
import static io.unicache.store.download.ScriptedServer.reply;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Parts of files. */
class DownloaderRangeTest {

  private final DownloadFixture fixture = new DownloadFixture();

  private byte[] fetch(ScriptedServer server, long offset, int length) throws CacheException {
    return fixture.downloader.fetchRange(server.uri("/f"), offset, length, () -> false);
  }

  private void fails(String message, ScriptedServer.Script script) throws IOException {
    try (ScriptedServer server = new ScriptedServer(script)) {
      CacheException.Source failure =
          assertThrows(CacheException.Source.class, () -> fetch(server, 3, 4));
      assertTrue(failure.getMessage().contains(message), failure.getMessage());
      assertEquals(1, failure.getMessage().lines().count());
    }
  }

  @Test
  void asksForTheRangeAndFollowsRedirects() throws IOException {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                redirect(302, "/elsewhere"),
                reply("206 Partial Content", "3456", "Content-Range: bytes 3-6/100"))) {
      assertArrayEquals("3456".getBytes(StandardCharsets.US_ASCII), fetch(server, 3, 4));
      assertTrue(server.requests().get(1).startsWith("GET /elsewhere "));
      assertTrue(server.requests().get(1).contains("Range: bytes=3-6\r\n"));
    }
  }

  @Test
  void whatIsNotTheRangeIsRefused() throws IOException {
    try (fixture) {
      fails("200", reply("200 OK", "0123456789"));
      fails("416", reply("416 Range Not Satisfiable", ""));
      fails(
          "expected bytes 3-6/",
          reply("206 Partial Content", "3456", "Content-Range: bytes 4-7/100"));
      fails("expected bytes 3-6/", reply("206 Partial Content", "3456"));
      fails("3 bytes", reply("206 Partial Content", "345", "Content-Range: bytes 3-6/100"));
    }
  }

  @Test
  void aBodyThatBreaksOffIsNoRange() throws IOException {
    try (fixture) {
      fails(
          "cannot download",
          exchange -> {
            exchange.head("206 Partial Content", "Content-Range: bytes 3-6/100");
            exchange.text("Content-Length: 4\r\n\r\n34");
          });
    }
  }
}

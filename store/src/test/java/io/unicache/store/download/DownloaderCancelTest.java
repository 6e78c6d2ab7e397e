package io.unicache.store.download;

import static io.unicache.store.download.ScriptedServer.reply;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Fetches that are ended from outside; none of these waits for the stall timeout of 20 s four
 * times.
 */
@Timeout(60)
class DownloaderCancelTest {

  private final DownloadFixture fixture = new DownloadFixture();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final CountDownLatch begun = new CountDownLatch(1);

  /** Sends some of a body, then nothing more. */
  private final ScriptedServer.Script stalls =
      exchange -> {
        exchange.head("200 OK", "Content-Length: 1000000");
        exchange.text("\r\nsome");
        begun.countDown();
        exchange.hold();
      };

  private CompletableFuture<Download> fetchAsync(ScriptedServer server) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return fixture.downloader.fetch(
                server.uri("/f"), fixture::open, (bytes, total) -> {}, cancelled::get);
          } catch (CacheException e) {
            throw new CompletionException(e);
          }
        });
  }

  private void awaitBegun() throws InterruptedException {
    assertTrue(begun.await(50, TimeUnit.SECONDS));
  }

  private static String failure(CompletableFuture<Download> fetch) {
    Throwable failure = assertThrows(CompletionException.class, fetch::join).getCause();
    assertEquals(CacheException.Source.class, failure.getClass());
    return failure.getMessage();
  }

  @Test
  void cancelsABlockedRead() throws Exception {
    try (fixture;
        ScriptedServer server = new ScriptedServer(stalls)) {
      CompletableFuture<Download> fetch = fetchAsync(server);
      awaitBegun();
      cancelled.set(true);
      assertEquals("the download of " + server.uri("/f") + " was cancelled", failure(fetch));
      fixture.assertNothingLeft();
    }
  }

  @Test
  void cancelsASlowDrip() throws Exception {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                exchange -> {
                  exchange.head("200 OK");
                  exchange.text("\r\n");
                  while (true) {
                    exchange.text(".");
                    begun.countDown();
                    Thread.sleep(5);
                  }
                })) {
      CompletableFuture<Download> fetch = fetchAsync(server);
      awaitBegun();
      cancelled.set(true);
      assertTrue(failure(fetch).endsWith("was cancelled"));
      fixture.assertNothingLeft();
    }
  }

  @Test
  void cancelsAFastStream() throws Exception {
    byte[] plenty = new byte[1 << 20];
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                exchange -> {
                  exchange.head("200 OK");
                  exchange.text("\r\n");
                  while (true) {
                    exchange.bytes(plenty);
                    begun.countDown();
                  }
                })) {
      CompletableFuture<Download> fetch = fetchAsync(server);
      awaitBegun();
      cancelled.set(true);
      assertTrue(failure(fetch).endsWith("was cancelled"));
      fixture.assertNothingLeft();
    }
  }

  @Test
  void cancelsWhileNoAnswerComes() throws Exception {
    try (fixture;
        ScriptedServer server =
            new ScriptedServer(
                exchange -> {
                  begun.countDown();
                  exchange.hold();
                })) {
      CompletableFuture<Download> fetch = fetchAsync(server);
      awaitBegun();
      cancelled.set(true);
      assertTrue(failure(fetch).endsWith("was cancelled"));
      assertEquals(0, fixture.writers.size());
    }
  }

  @Test
  void cancelsAPause() throws Exception {
    try (Downloader downloader =
            new Downloader(
                DownloadLimits.DEFAULT,
                (length, stop) -> {
                  cancelled.set(true);
                  Pauses.REAL.pause(length, stop);
                },
                new OkHttpClient());
        ScriptedServer server = new ScriptedServer(reply("503 Busy", "", "Retry-After: 29"))) {
      CacheException failure =
          assertThrows(
              CacheException.Source.class,
              () ->
                  downloader.fetch(
                      server.uri("/f"), fixture::open, (bytes, total) -> {}, cancelled::get));
      assertTrue(failure.getMessage().endsWith("was cancelled"), failure.getMessage());
      assertEquals(1, server.requests().size());
    }
  }

  @Test
  void doesNotBeginWhatIsCancelledAlready() throws IOException {
    cancelled.set(true);
    try (fixture;
        ScriptedServer server = new ScriptedServer(stalls)) {
      assertTrue(failure(fetchAsync(server)).endsWith("was cancelled"));
      assertEquals(0, server.requests().size());
    }
  }

  @Test
  void closeEndsABlockedReadAndWaitsForIt() throws Exception {
    try (ScriptedServer server = new ScriptedServer(stalls)) {
      CompletableFuture<Download> fetch = fetchAsync(server);
      awaitBegun();
      fixture.close();
      fixture.assertNothingLeft();
      assertTrue(failure(fetch).endsWith("was stopped because the store is being closed"));
    }
  }

  @Test
  void aClosedDownloaderRefuses() throws IOException {
    fixture.close();
    fixture.close();
    try (ScriptedServer server = new ScriptedServer(stalls)) {
      assertTrue(failure(fetchAsync(server)).contains("the store is being closed"));
      assertEquals(0, server.requests().size());
    }
  }

  @Test
  void keepsAnInterruptAndSaysSo() throws IOException {
    try (Downloader downloader =
            new Downloader(
                DownloadLimits.DEFAULT,
                (length, stop) -> {
                  throw new InterruptedException();
                },
                new OkHttpClient());
        ScriptedServer server = new ScriptedServer(reply("503 Busy", ""))) {
      CacheException failure =
          assertThrows(
              CacheException.Source.class,
              () ->
                  downloader.fetch(
                      server.uri("/f"), fixture::open, (bytes, total) -> {}, () -> false));
      assertTrue(Thread.interrupted());
      assertTrue(failure.getMessage().endsWith("was interrupted"), failure.getMessage());
    }
  }

  @Test
  void aRealPauseEndsByItself() throws InterruptedException {
    long start = System.nanoTime();
    Pauses.REAL.pause(Duration.ofMillis(20), () -> false);
    assertTrue(System.nanoTime() - start >= Duration.ofMillis(20).toNanos());
  }
}

package io.unicache.store.download;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.ContentWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import okhttp3.OkHttpClient;

/** A downloader that waits for nothing, and the writers that it was given. */
final class DownloadFixture implements AutoCloseable {

  /** Short, as two tests wait for it, but long enough for a busy machine that loads classes. */
  static final Duration STALL = Duration.ofSeconds(2);

  final List<Duration> pauses = new ArrayList<>();
  final List<CollectingWriter> writers = new ArrayList<>();
  final List<Long> progress = new ArrayList<>();
  final Downloader downloader;

  DownloadFixture() {
    this(DownloadLimits.DEFAULT, new OkHttpClient());
  }

  DownloadFixture(DownloadLimits limits, OkHttpClient base) {
    downloader = new Downloader(limits, (length, stop) -> pauses.add(length), base);
  }

  static DownloadFixture stallingSoon() {
    return new DownloadFixture(DownloadLimits.DEFAULT.withStallTimeout(STALL), new OkHttpClient());
  }

  static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  Download fetch(URI url) throws CacheException {
    return downloader.fetch(url, this::open, (bytes, total) -> progress.add(bytes), () -> false);
  }

  ContentWriter open(long expectedBytes) {
    CollectingWriter writer = new CollectingWriter(expectedBytes);
    writers.add(writer);
    return writer;
  }

  /** Fetches what cannot be fetched, and returns why. */
  String failureOf(URI url) {
    CacheException failure = assertThrows(CacheException.Source.class, () -> fetch(url));
    assertNothingLeft();
    assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
    return failure.getMessage();
  }

  void assertNothingLeft() {
    for (CollectingWriter writer : writers) {
      assertFalse(writer.finished);
      assertEquals(1, writer.closes);
    }
  }

  @Override
  public void close() {
    downloader.close();
  }
}

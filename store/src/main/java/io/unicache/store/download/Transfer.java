package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/** One fetch, from the URL to the finished content. Runs once, in one thread. */
final class Transfer {

  /** What a transfer needs of its {@link Downloader}. */
  record Tools(OkHttpClient client, DownloadLimits limits, Pauses pauses) {}

  /** The most that is received between two looks at the cancellation. */
  private static final int BUFFER_BYTES = 64 << 10;

  private final Tools tools;
  private final SourceUrl source;
  private final ContentWriterFactory writers;
  private final ProgressListener progress;
  private final Cancellation cancellation;

  Transfer(
      Tools tools,
      SourceUrl source,
      ContentWriterFactory writers,
      ProgressListener progress,
      Cancellation cancellation) {
    this.tools = tools;
    this.source = source;
    this.writers = writers;
    this.progress = progress;
    this.cancellation = cancellation;
  }

  /** Fetches; see {@link Downloader#fetch}. */
  Download run() throws CacheException {
    Inquiry.Answer answer = new Inquiry(tools, source, cancellation).ask();
    try (Response response = answer.response()) {
      return receive(response, answer.url());
    }
  }

  /** Takes the body. Closes the writer unless it is handed over in the result. */
  private Download receive(Response response, SourceUrl url) throws CacheException {
    long expected = Headers.contentLength(response, source);
    ContentWriter writer = writers.open(expected);
    try {
      long size = copy(response.body().byteStream(), expected, writer);
      Content content = writer.finish();
      return new Download(writer, content, describe(response, url, size));
    } catch (CacheException | RuntimeException | Error failure) {
      try {
        writer.close();
      } catch (CacheException | RuntimeException second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }

  /** Returns the number of bytes, which is the expected one if that is known. */
  private long copy(InputStream body, long expected, ContentWriter writer) throws CacheException {
    OptionalLong total = expected < 0 ? OptionalLong.empty() : OptionalLong.of(expected);
    ProgressMeter meter = new ProgressMeter(progress, total, System::nanoTime);
    byte[] buffer = new byte[BUFFER_BYTES];
    long received = 0;
    int count;
    while ((count = fill(buffer, body, expected, received)) > 0) {
      received += count;
      writer.append(ByteBuffer.wrap(buffer, 0, count));
      meter.received(received);
      cancellation.check(source);
    }
    if (expected >= 0 && received != expected) {
      throw broken(Failures.wrongLength(expected, received), null);
    }
    meter.complete(received);
    return received;
  }

  /** Reads until the buffer is full or the body ends; returns the bytes read. */
  private int fill(byte[] buffer, InputStream body, long expected, long before)
      throws CacheException {
    int filled = 0;
    try {
      while (filled < buffer.length) {
        int count = body.read(buffer, filled, buffer.length - filled);
        if (count < 0) {
          break;
        }
        filled += count;
      }
      return filled;
    } catch (IOException e) {
      cancellation.check(source);
      throw broken(Failures.withinBody(e, expected, before + filled, tools.limits()), e);
    }
  }

  private CacheException.Source broken(String why, IOException cause) {
    return new CacheException.Source(
        "cannot download " + source + ": " + why + "; try again", cause);
  }

  private Download.Description describe(Response response, SourceUrl url, long size) {
    String name =
        SuggestedName.choose(
            Optional.ofNullable(response.header("Content-Disposition")), source.url(), url.url());
    Optional<String> etag = Optional.ofNullable(response.header("ETag"));
    return new Download.Description(name, source.toString(), url.toString(), etag, size);
  }
}

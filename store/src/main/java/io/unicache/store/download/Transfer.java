package io.unicache.store.download;

import io.unicache.store.download.Retries.TryAgain;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/** One fetch, from the URL to the finished content. Runs once, in one thread. */
final class Transfer {

  /** What a transfer needs of its {@link Downloader}. */
  record Tools(OkHttpClient client, DownloadLimits limits, Pauses pauses) {}

  /** The most that is received between two looks at the cancellation. */
  private static final int BUFFER_BYTES = 64 << 10;

  private static final String USER_AGENT = "UniCache";

  /** An answer with status 200, and where it came from. */
  private record Answer(Response response, SourceUrl url) {}

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
    Answer answer = answer();
    try (Response response = answer.response()) {
      return receive(response, answer.url());
    }
  }

  /** Tries until the server agrees to send, or will not. Nothing has been received before that. */
  private Answer answer() throws CacheException {
    Retries retries = new Retries(tools.limits(), ThreadLocalRandom.current());
    while (true) {
      cancellation.check(source);
      try {
        return followRedirects();
      } catch (TryAgain failed) {
        pause(retries.next(failed));
      }
    }
  }

  /** Starts at the first URL each time: what it redirects to may be good for a short time only. */
  private Answer followRedirects() throws CacheException, TryAgain {
    SourceUrl url = source;
    for (int redirects = 0; redirects <= tools.limits().maxRedirects(); redirects++) {
      Response response = request(url);
      if (response.code() == 200) {
        return new Answer(response, url);
      }
      try (response) {
        String location = response.header("Location");
        if (!isRedirect(response.code()) || location == null) {
          throw refusal(response, url);
        }
        url = url.redirectedTo(location);
      }
    }
    throw new CacheException.Source(
        "cannot download "
            + source
            + ": more than "
            + tools.limits().maxRedirects()
            + " redirects, probably in a circle");
  }

  private static boolean isRedirect(int code) {
    return (code >= 301 && code <= 303) || code == 307 || code == 308;
  }

  /** Returns the answer's head, whatever its status. */
  private Response request(SourceUrl url) throws CacheException, TryAgain {
    Request.Builder request =
        new Request.Builder()
            .url(url.url())
            .header("User-Agent", USER_AGENT)
            // Lengths are checked and the bytes are kept as they are, so no compression.
            .header("Accept-Encoding", "identity");
    url.authorization().ifPresent(value -> request.header("Authorization", value));
    Call call = tools.client().newCall(request.build());
    cancellation.guard(call);
    try {
      return call.execute();
    } catch (IOException e) {
      cancellation.check(source);
      String host = url.url().host();
      String why = Failures.beforeAnswer(e, host, tools.limits());
      CacheException.Source failure =
          new CacheException.Source("cannot download " + source + ": " + why, e);
      if (!Failures.isPassing(e)) {
        throw failure;
      }
      throw new TryAgain(failure, Optional.empty());
    }
  }

  /**
   * Turns a status that is neither 200 nor a redirect into an error.
   *
   * @throws TryAgain if the server is merely busy
   */
  private CacheException refusal(Response response, SourceUrl url) throws CacheException, TryAgain {
    String status = Failures.status(response);
    cancellation.check(source); // it may be why the body that explains the status is not there
    String where = url == source ? "" : " (redirected to " + url.withoutQuery() + ")";
    CacheException.Source failure =
        new CacheException.Source("cannot download " + source + where + ": " + status);
    if (response.code() != 429 && response.code() != 503) {
      return failure;
    }
    Optional<Duration> wait =
        Optional.ofNullable(response.header("Retry-After"))
            .flatMap(value -> Headers.retryAfter(value, Instant.now()));
    throw new TryAgain(failure, wait);
  }

  private void pause(Duration length) throws CacheException {
    try {
      tools.pauses().pause(length, cancellation::requested);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheException.Source("the download of " + source + " was interrupted", e);
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

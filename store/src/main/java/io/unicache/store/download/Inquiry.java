package io.unicache.store.download;

import io.unicache.store.download.Retries.TryAgain;
import io.unicache.store.download.Transfer.Tools;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import okhttp3.Call;
import okhttp3.Request;
import okhttp3.Response;

/** Asks a source for a file, or for a part of one, until it agrees to send or will not. */
final class Inquiry {

  /** An answer with the status that was wanted, and where it came from. */
  record Answer(Response response, SourceUrl url) {}

  private static final String USER_AGENT = "UniCache";
  private static final int OK = 200;
  private static final int PARTIAL_CONTENT = 206;

  private final Tools tools;
  private final SourceUrl source;
  private final Cancellation cancellation;
  private final int agreement;

  /** Value of the header; null for the whole file. */
  private final String range;

  /** For a whole file. */
  Inquiry(Tools tools, SourceUrl source, Cancellation cancellation) {
    this(tools, source, cancellation, OK, null);
  }

  private Inquiry(
      Tools tools, SourceUrl source, Cancellation cancellation, int agreement, String range) {
    this.tools = tools;
    this.source = source;
    this.cancellation = cancellation;
    this.agreement = agreement;
    this.range = range;
  }

  /** For some bytes of a file. */
  static Inquiry forRange(
      Tools tools, SourceUrl source, Cancellation cancellation, long offset, int length) {
    String range = "bytes=" + offset + "-" + (offset + length - 1);
    return new Inquiry(tools, source, cancellation, PARTIAL_CONTENT, range);
  }

  /** Tries until the server agrees to send, or will not. Nothing has been received before that. */
  Answer ask() throws CacheException {
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
      if (response.code() == agreement) {
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
    if (range != null) {
      request.header("Range", range);
    }
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
   * Turns a status that is neither what is wanted nor a redirect into an error.
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
}

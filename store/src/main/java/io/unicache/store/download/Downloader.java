package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Response;

/**
 * Fetches files by HTTP and HTTPS, each as one stream, straight into a writer. Proxies are those of
 * the JVM ({@code http.proxyHost} and so on).
 *
 * <p>Safe for use by many threads: each fetch runs in the thread that calls it. {@link #close} ends
 * those that are still running.
 */
public final class Downloader implements AutoCloseable {

  private static final int IDLE_CONNECTIONS = 8;
  private static final long IDLE_SECONDS = 60;

  /** How often a fetch that is blocked in the network is asked whether it is cancelled. */
  private static final long WATCH_MILLIS = 200;

  /** How long {@link #close} waits for the fetches that it ended. */
  private static final long CLOSE_WAIT_MILLIS = 10_000;

  private static final String CLOSING = "was stopped because the store is being closed";

  private final Transfer.Tools tools;
  private final ScheduledThreadPoolExecutor watch;

  /** Guards what follows, and is notified when a fetch ends. */
  private final Object lock = new Object();

  private final Set<Cancellation> running = new HashSet<>();
  private boolean closed;

  public Downloader() {
    this(DownloadLimits.DEFAULT, Pauses.REAL, new OkHttpClient());
  }

  /** For tests: other limits, pauses, trust. */
  Downloader(DownloadLimits limits, Pauses pauses, OkHttpClient base) {
    OkHttpClient client =
        base.newBuilder()
            .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, IDLE_SECONDS, TimeUnit.SECONDS))
            .connectTimeout(limits.connectTimeout())
            .readTimeout(limits.stallTimeout())
            .writeTimeout(limits.stallTimeout())
            .callTimeout(Duration.ZERO) // a large file takes as long as it takes
            // Transfer follows redirects itself: by its own rules, and for credentials.
            .followRedirects(false)
            .followSslRedirects(false)
            .build();
    this.tools = new Transfer.Tools(client, limits, pauses);
    this.watch = new ScheduledThreadPoolExecutor(1, Downloader::watchThread);
    watch.setRemoveOnCancelPolicy(true);
  }

  /**
   * Fetches a file. User info in the URL is sent as basic authentication to its own host, and
   * neither shown in a message nor kept.
   *
   * <p>Until the server agrees to send, failures that may pass (no connection, no answer, 429, 503)
   * are retried up to three times; after that, nothing is. If it fails, the writer is closed.
   *
   * @param url http or https
   * @param writers asked for one writer, once the server agrees to send
   * @param progress told by this thread; see {@link ProgressListener}
   * @param cancelled asked several times a second, by this thread or another
   * @return the finished content, which the caller commits and then closes
   * @throws CacheException.InvalidArgument if the URL cannot be one for a download
   * @throws CacheException.Source if the source fails, the body is not as long as it should be, or
   *     the download is cancelled
   */
  public Download fetch(
      URI url, ContentWriterFactory writers, ProgressListener progress, BooleanSupplier cancelled)
      throws CacheException {
    SourceUrl source = SourceUrl.of(url);
    Cancellation cancellation = new Cancellation(cancelled);
    ScheduledFuture<?> watching = begin(cancellation, source);
    try {
      return new Transfer(tools, source, writers, progress, cancellation).run();
    } finally {
      watching.cancel(false);
      end(cancellation);
    }
  }

  /**
   * Fetches some bytes of a file: what a damaged file lacks. Retries as {@link #fetch} does.
   *
   * @throws CacheException.Source if the source fails, or cannot send a part of a file
   */
  public byte[] fetchRange(URI url, long offset, int length, BooleanSupplier cancelled)
      throws CacheException {
    SourceUrl source = SourceUrl.of(url);
    Cancellation cancellation = new Cancellation(cancelled);
    ScheduledFuture<?> watching = begin(cancellation, source);
    try {
      Inquiry inquiry = Inquiry.forRange(tools, source, cancellation, offset, length);
      try (Response response = inquiry.ask().response()) {
        return part(response, source, offset, length);
      } catch (CacheException e) {
        throw e;
      } catch (IOException e) {
        throw new CacheException.Source("cannot download part of " + source + ": " + e, e);
      }
    } finally {
      watching.cancel(false);
      end(cancellation);
    }
  }

  private static byte[] part(Response response, SourceUrl source, long offset, int length)
      throws IOException {
    String range = response.header("Content-Range", "");
    String wanted = "bytes " + offset + "-" + (offset + length - 1) + "/";
    byte[] bytes = response.body().byteStream().readNBytes(length);
    if (!range.startsWith(wanted) || bytes.length != length) {
      throw new CacheException.Source(
          "cannot download part of "
              + source
              + ": expected "
              + wanted
              + "..., got '"
              + Failures.oneLine(range)
              + "' and "
              + bytes.length
              + " bytes");
    }
    return bytes;
  }

  /**
   * Returns a URL's text without user info: what may be shown and kept of it, whatever its scheme.
   */
  public static String sanitisedUrl(String url) {
    return SourceUrl.sanitised(url);
  }

  private ScheduledFuture<?> begin(Cancellation cancellation, SourceUrl source)
      throws CacheException.Source {
    synchronized (lock) {
      if (closed) {
        cancellation.stop(CLOSING);
        cancellation.check(source);
      }
      running.add(cancellation);
      return watch.scheduleWithFixedDelay(
          cancellation::requested, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void end(Cancellation cancellation) {
    synchronized (lock) {
      running.remove(cancellation);
      lock.notifyAll();
    }
  }

  /**
   * Ends all fetches, even those blocked in the network, and waits up to ten seconds until their
   * writers are closed or handed over. Fetches that begin later fail.
   */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      running.forEach(cancellation -> cancellation.stop(CLOSING));
      awaitEnd();
    }
    watch.shutdownNow();
    tools.client().connectionPool().evictAll();
    tools.client().dispatcher().executorService().shutdown();
  }

  /** Waits, with the lock held, for the running fetches. */
  private void awaitEnd() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_WAIT_MILLIS);
    try {
      while (!running.isEmpty()) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (leftMillis <= 0) {
          return;
        }
        lock.wait(leftMillis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the fetches are stopped; the caller is in a hurry
    }
  }

  private static Thread watchThread(Runnable task) {
    Thread thread = new Thread(task, "unicache-download-watch");
    thread.setDaemon(true);
    return thread;
  }
}

package io.unicache.store;

import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs each call in a thread of its own, so that a program may interrupt the threads that use the
 * store: an interrupt of a thread that reads or writes a {@link java.nio.channels.FileChannel}
 * closes it for everyone. An interrupted caller gets its result all the same, and stays
 * interrupted; a download is given up.
 */
final class ShieldedService implements CacheService {

  private final CacheService service;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "unicache-call");
            thread.setDaemon(true);
            return thread;
          });

  ShieldedService(CacheService service) {
    this.service = service;
  }

  private <T> T call(Callable<T> work) throws CacheException {
    return call(work, new AtomicBoolean());
  }

  /**
   * @param interrupted set once the caller is interrupted
   */
  private <T> T call(Callable<T> work, AtomicBoolean interrupted) throws CacheException {
    Future<T> result = threads.submit(work);
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted.set(true);
        }
      }
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      if (interrupted.get()) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static CacheException rethrown(Throwable cause) {
    if (cause instanceof CacheException e) {
      return e;
    }
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return CacheException.of("working on the store", new IOException(cause));
  }

  private void run(Work work) throws CacheException {
    call(
        () -> {
          work.run();
          return null;
        });
  }

  /** A call without a result. */
  @FunctionalInterface
  private interface Work {
    void run() throws CacheException;
  }

  @Override
  public Stored store(InputStream in, StoreRequest request) throws CacheException {
    return call(() -> service.store(in, request));
  }

  @Override
  public Found find(String idOrPath) throws CacheException {
    return call(() -> service.find(idOrPath));
  }

  @Override
  public void retrieve(String idOrPath, Sink sink) throws CacheException {
    run(() -> service.retrieve(idOrPath, sink));
  }

  @Override
  public Removed remove(String idOrPath) throws CacheException {
    return call(() -> service.remove(idOrPath));
  }

  @Override
  public Stored download(DownloadRequest request, Progress progress) throws CacheException {
    AtomicBoolean interrupted = new AtomicBoolean();
    Progress watching =
        new Progress() {
          @Override
          public void report(long receivedBytes, OptionalLong totalBytes) {
            progress.report(receivedBytes, totalBytes);
          }

          @Override
          public boolean cancelled() {
            return interrupted.get() || progress.cancelled();
          }
        };
    return call(() -> service.download(request, watching), interrupted);
  }

  @Override
  public List<Listed> list(String path) throws CacheException {
    return call(() -> service.list(path));
  }

  @Override
  public List<ListedId> listIds() throws CacheException {
    return call(service::listIds);
  }

  @Override
  public CacheStats stats() throws CacheException {
    return call(service::stats);
  }

  @Override
  public Info info() throws CacheException {
    return call(service::info);
  }

  @Override
  public void index(IndexSink sink) throws CacheException {
    run(() -> service.index(sink));
  }

  @Override
  public CheckSummary check(CheckRequest request, CheckSink sink) throws CacheException {
    AtomicBoolean interrupted = new AtomicBoolean();
    CheckSink watching =
        new CheckSink() {
          @Override
          public void found(Finding finding) throws CacheException {
            sink.found(finding);
          }

          @Override
          public void progress(long doneBytes, long totalBytes) {
            sink.progress(doneBytes, totalBytes);
          }

          @Override
          public boolean cancelled() {
            return interrupted.get() || sink.cancelled();
          }
        };
    return call(() -> service.check(request, watching), interrupted);
  }

  @Override
  public void sync() throws CacheException {
    run(service::sync);
  }

  @Override
  public long gc() throws CacheException {
    return call(service::gc);
  }

  @Override
  public Optional<Path> mountPoint() throws CacheException {
    return call(service::mountPoint);
  }

  @Override
  public void close() throws CacheException {
    try {
      run(service::close);
    } finally {
      threads.shutdown();
    }
  }
}

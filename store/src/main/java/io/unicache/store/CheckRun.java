package io.unicache.store;

import io.unicache.store.CacheService.CheckRequest;
import io.unicache.store.CacheService.CheckSink;
import io.unicache.store.check.CheckListener;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.check.StoreCheck;
import io.unicache.store.download.Downloader;
import io.unicache.store.error.CacheException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A check that a client has asked for. Used once, by one thread. */
final class CheckRun implements CheckListener {

  private final Store store;
  private final Downloader downloader;
  private final CheckSink sink;
  private final BooleanSupplier closing;

  /**
   * @param downloader fetches what is damaged of files that were downloaded
   * @param closing whether the store is about to be closed
   */
  CheckRun(Store store, Downloader downloader, CheckSink sink, BooleanSupplier closing) {
    this.store = store;
    this.downloader = downloader;
    this.sink = sink;
    this.closing = closing;
  }

  CheckSummary run(CheckRequest request) throws CacheException {
    List<Path> from = request.from().stream().map(Path::of).toList();
    for (Path file : from) {
      if (!Files.exists(file)) {
        throw new CacheException.Missing("there is no " + file + " to restore blocks from");
      }
    }
    return store.check(
        new StoreCheck.Options(request.readData(), request.repair(), from), this::fetch, this);
  }

  private byte[] fetch(String url, long offset, int length) throws CacheException {
    return downloader.fetchRange(LocalService.url(url), offset, length, this::cancelled);
  }

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
    return closing.getAsBoolean() || sink.cancelled();
  }
}

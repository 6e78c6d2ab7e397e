package io.unicache.store.ipc;

import io.unicache.store.CacheService;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Sends what a check finds to the client, and how far it is; a client that has gone ends it. */
final class FindingSender implements CacheService.CheckSink {

  private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /** Ranges in one frame. */
  private static final int RANGES = 1000;

  private final Connection connection;
  private final ProgressSender progress;
  private long lastNanos = System.nanoTime() - PROGRESS_NANOS;

  FindingSender(Connection connection, ProgressSender progress) {
    this.connection = connection;
    this.progress = progress;
  }

  @Override
  public void found(Finding finding) throws CacheException {
    try {
      for (Finding part : finding.parts(RANGES)) {
        connection.send(FrameType.FINDING, Json.encode(part));
      }
    } catch (IOException e) {
      throw ItemBatch.lost(e);
    }
  }

  @Override
  public void progress(long doneBytes, long totalBytes) {
    long now = System.nanoTime();
    if (now - lastNanos >= PROGRESS_NANOS) {
      lastNanos = now;
      progress.report(doneBytes, OptionalLong.of(totalBytes));
    }
  }

  @Override
  public boolean cancelled() {
    return progress.cancelled();
  }
}

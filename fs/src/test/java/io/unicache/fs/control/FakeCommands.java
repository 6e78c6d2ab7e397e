package io.unicache.fs.control;

import io.unicache.store.CacheService.Progress;
import io.unicache.store.CacheStats;
import io.unicache.store.error.CacheException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Commands that note that they were called. */
final class FakeCommands implements ControlCommands {

  /** What a download does to the tree. */
  @FunctionalInterface
  interface Effect {
    void run(String path) throws CacheException;
  }

  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile Effect onDownload = path -> {};

  /** A download waits for it; open at first. */
  volatile CountDownLatch gate = new CountDownLatch(0);

  @Override
  public String download(String url, String path, Progress progress) throws CacheException {
    calls.add("download " + url + " " + path);
    progress.report(10, OptionalLong.of(20));
    try {
      if (!gate.await(20, TimeUnit.SECONDS)) {
        throw new CacheException.Source("the gate stayed shut");
      }
    } catch (InterruptedException e) {
      throw new CacheException.Source("interrupted");
    }
    onDownload.run(path);
    return "c0ffee";
  }

  @Override
  public void sync() {
    calls.add("sync");
  }

  @Override
  public long gc() {
    calls.add("gc");
    return 4096;
  }

  @Override
  public CacheStats stats() {
    return new CacheStats(3, 2, 300, 100, 4096, 65536);
  }
}

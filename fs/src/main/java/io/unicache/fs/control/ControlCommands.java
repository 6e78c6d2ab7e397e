package io.unicache.fs.control;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.Progress;
import io.unicache.store.CacheStats;
import io.unicache.store.error.CacheException;
import java.util.Optional;

/** What the files of {@code .unicache} can have done. Safe for use by many threads. */
public interface ControlCommands {

  /**
   * Downloads a URL to a path in the tree.
   *
   * @return the content ID
   */
  String download(String url, String path, Progress progress) throws CacheException;

  /** Makes everything that was closed durable. */
  void sync() throws CacheException;

  /** Gives unused space back; returns bytes. */
  long gc() throws CacheException;

  CacheStats stats() throws CacheException;

  /** Has a service do them. A download does not replace a file. */
  static ControlCommands of(CacheService service) {
    return new ControlCommands() {
      @Override
      public String download(String url, String path, Progress progress) throws CacheException {
        DownloadRequest request =
            new DownloadRequest(url, Optional.empty(), Optional.of(path), false);
        return service.download(request, progress).contentId();
      }

      @Override
      public void sync() throws CacheException {
        service.sync();
      }

      @Override
      public long gc() throws CacheException {
        return service.gc();
      }

      @Override
      public CacheStats stats() throws CacheException {
        return service.stats();
      }
    };
  }
}

package io.unicache.store;

import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A store at a directory and with a block size of the caller's choice, and files in and out of it
 * by content ID. {@link UniCache} is the more comfortable one.
 *
 * <pre>{@code
 * try (Cache cache = Cache.open(Path.of("store"), 64 << 10)) {
 *   String id = cache.storeFile(Path.of("data.bin"));
 *   cache.retrieveFile(id, Path.of("copy.bin"));
 *   System.out.println(cache.stats().uniqueBlocks() + " blocks of " + cache.blockSize());
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads.
 */
public final class Cache implements AutoCloseable {

  private final CacheService service;
  private final Path directory;
  private final int blockSize;

  Cache(CacheService service, Path directory) throws CacheException {
    this.service = service;
    this.directory = directory;
    this.blockSize = service.info().blockSize();
  }

  /**
   * Opens a store; makes it if there is none.
   *
   * @param directory of the store
   * @param blockSize bytes, a power of two from 64 KiB to 16 MiB
   * @throws CacheException.InvalidArgument if the store was made with another block size, or there
   *     cannot be one
   */
  public static Cache open(Path directory, int blockSize) throws CacheException {
    return open(StoreConfig.at(directory.toAbsolutePath()).withBlockSize(blockSize));
  }

  /** Opens a store with the block size that it has; a new one has the default. */
  public static Cache open(Path directory) throws CacheException {
    return open(StoreConfig.at(directory.toAbsolutePath()));
  }

  private static Cache open(StoreConfig config) throws CacheException {
    CacheService service =
        StoreAccess.open(config.withLockWaitMillis(StoreAccess.DEFAULT_WAIT_MILLIS));
    try {
      return new Cache(service, config.directory());
    } catch (CacheException | RuntimeException e) {
      service.close();
      throw e;
    }
  }

  /** Returns bytes of a block. */
  public int blockSize() {
    return blockSize;
  }

  /** Returns where the store is. */
  public Path directory() {
    return directory;
  }

  /** Stores a file and returns its content ID. */
  public String storeFile(Path file) throws CacheException {
    return FileUpload.upload(service, file, Optional.empty(), Optional.empty(), false).id();
  }

  /** Writes a stored file's bytes to a path, which has them all or is as it was. */
  public void retrieveFile(String id, Path out) throws CacheException {
    try (FileSink sink = new FileSink(out, service.find(id).permissions())) {
      service.retrieve(id, sink);
      sink.commit();
    }
  }

  /** Downloads straight into blocks and returns the content ID. */
  public String downloadAndStore(String url) throws CacheException {
    DownloadRequest request = new DownloadRequest(url, Optional.empty(), Optional.empty(), false);
    return service.download(request, (received, total) -> {}).contentId();
  }

  /** Returns what the store holds. */
  public CacheStats stats() throws CacheException {
    return service.stats();
  }

  @Override
  public void close() throws CacheException {
    service.close();
  }
}

package io.unicache.store;

import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.Found;
import io.unicache.store.CacheService.ListedId;
import io.unicache.store.CacheService.Progress;
import io.unicache.store.error.CacheException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * The cache for programs: keeps files under IDs and gives them back as paths that any program can
 * read. Every block of bytes is stored once, however many files have it.
 *
 * <pre>{@code
 * try (UniCache cache = UniCache.open()) {
 *   String id = cache.add(Path.of("model.onnx"), "my-model");
 *   Path path = cache.get(id);
 *   System.out.println(path + " has " + Files.size(path) + " bytes");
 *   cache.copyTo(id, Path.of("copy.onnx"));
 *   System.out.println(cache.stats().savedBytes() + " bytes saved");
 *   cache.remove(id);
 * }
 * }</pre>
 *
 * <p>If a daemon has the store mounted, everything goes through it; else this process owns the
 * store until {@link #close}, and other programs wait for it. An ID is the one that was given, or
 * the content ID (64 hex digits); every method also takes the first 6 or more digits of a content
 * ID, and the path of a file in the tree ("/models/a.onnx").
 *
 * <p>Errors are {@link CacheException}s; their messages are fit for people. Safe for use by many
 * threads.
 */
public final class UniCache implements AutoCloseable {

  private static final String BY_ID = ".unicache/by-id";

  private final CacheService service;
  private final MaterialisedFiles copies;

  UniCache(CacheService service, Path directory) {
    this.service = service;
    this.copies = new MaterialisedFiles(directory);
  }

  /** Opens the user's store, {@link StoreConfig#defaultDirectory}; makes it if there is none. */
  public static UniCache open() throws CacheException {
    return open(StoreConfig.defaultDirectory());
  }

  /**
   * Opens the store in a directory; makes it if there is none.
   *
   * @throws CacheException.Busy if another program that is not a daemon holds it for half a minute
   */
  public static UniCache open(Path store) throws CacheException {
    Path directory = store.toAbsolutePath();
    StoreConfig config =
        StoreConfig.at(directory).withLockWaitMillis(StoreAccess.DEFAULT_WAIT_MILLIS);
    return new UniCache(StoreAccess.open(config), directory);
  }

  /** Adds a file to the user's store and closes it again; returns the ID. */
  public static String addFile(Path file) throws CacheException {
    try (UniCache cache = open()) {
      return cache.add(file);
    }
  }

  /** Downloads into the user's store and closes it again; returns a path that can be read. */
  public static Path downloadFile(String url) throws CacheException {
    try (UniCache cache = open()) {
      return cache.get(cache.download(url));
    }
  }

  /** Returns a path of a file of the user's store that stays readable. */
  public static Path getFile(String id) throws CacheException {
    try (UniCache cache = open()) {
      return cache.get(id);
    }
  }

  /** Adds a file and returns its content ID; the same bytes always have the same one. */
  public String add(Path file) throws CacheException {
    return FileUpload.upload(service, file, Optional.empty(), Optional.empty(), false).id();
  }

  /**
   * Adds a file under an ID of its own, and returns that.
   *
   * @throws CacheException.Namespace if another content has the ID
   */
  public String add(Path file, String id) throws CacheException {
    return FileUpload.upload(service, file, Optional.of(id), Optional.empty(), false).id();
  }

  /** Downloads a file and returns its content ID. A transfer that fails leaves nothing behind. */
  public String download(String url) throws CacheException {
    return download(url, Optional.empty(), (received, total) -> {});
  }

  /** Downloads a file under an ID of its own, and returns that. */
  public String download(String url, String id) throws CacheException {
    return download(url, Optional.of(id), (received, total) -> {});
  }

  /** As {@link #download(String)}, telling how far it is. */
  public String download(String url, Optional<String> id, Progress progress) throws CacheException {
    return service.download(new DownloadRequest(url, id, Optional.empty(), false), progress).id();
  }

  /**
   * Returns a path at which any program can read the file: in the mount where there is one, else an
   * ordinary read-only copy that is kept in the store's directory and used again.
   *
   * @throws CacheException.Missing if there is no such file
   */
  public Path get(String id) throws CacheException {
    Found found = service.find(id);
    Optional<Path> mount = service.mountPoint();
    if (mount.isPresent()) {
      Path byId = mount.get().resolve(BY_ID);
      Path path =
          id.startsWith("/") ? mount.get().resolve(id.substring(1)) : byId.resolve(id).normalize();
      if (Files.isReadable(path)) {
        return path;
      }
      Path byContent = byId.resolve(found.contentId()); // The ID was abbreviated.
      if (Files.isReadable(byContent)) {
        return byContent;
      }
    }
    return copies.get(service, id, found);
  }

  /**
   * Writes the file's bytes to a path, which has them all or is as it was; a directory is an error.
   */
  public void copyTo(String id, Path target) throws CacheException {
    Found found = service.find(id);
    try (FileSink sink = new FileSink(target, found.permissions())) {
      service.retrieve(id, sink);
      sink.commit();
    }
  }

  /** Tells whether there is a file of this ID. */
  public boolean exists(String id) throws CacheException {
    try {
      service.find(id);
      return true;
    } catch (CacheException.Missing e) {
      return false;
    } catch (CacheException.Namespace e) {
      if (e.reason() == CacheException.Namespace.Reason.NOT_FOUND
          || e.reason() == CacheException.Namespace.Reason.NOT_A_DIRECTORY) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Removes a file; what else has the same content stays. Paths from {@link #get} are not good any
   * more.
   *
   * @return bytes on the disk of blocks that nothing else needed
   */
  public long remove(String id) throws CacheException {
    String contentId = service.find(id).contentId();
    long freed = service.remove(id).freedBytes();
    copies.forget(contentId);
    return freed;
  }

  /** Returns what the store holds. */
  public CacheStats stats() throws CacheException {
    return service.stats();
  }

  /**
   * Returns where a file came from; empty if it was not downloaded.
   *
   * @throws CacheException.Missing if there is no such file
   */
  public Optional<DownloadInfo> downloadInfo(String id) throws CacheException {
    Found found = service.find(id);
    Optional<DownloadInfo> sameContent = Optional.empty();
    for (ListedId file : service.listIds()) {
      if (!file.source().isEmpty() && file.contentId().equals(found.contentId())) {
        Optional<DownloadInfo> info = Optional.of(downloadInfo(file));
        if (file.id().equals(id)) {
          return info;
        }
        sameContent = info;
      }
    }
    return sameContent;
  }

  private static DownloadInfo downloadInfo(ListedId file) {
    return new DownloadInfo(
        file.id(),
        file.contentId(),
        file.size(),
        file.name(),
        file.source(),
        Instant.ofEpochSecond(file.storedSeconds()));
  }

  /** Lets the store go. What was added is durable then, if this process owned it. */
  @Override
  public void close() throws CacheException {
    service.close();
  }
}

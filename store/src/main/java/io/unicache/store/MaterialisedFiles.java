package io.unicache.store;

import io.unicache.store.CacheService.Found;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Ordinary copies of stored files, for programs that need a path where the store is not mounted:
 * {@code <store>/files/<content ID>/<name>}. A copy is verified while it is written, appears when
 * it is complete, is read-only, and is used again.
 */
final class MaterialisedFiles {

  private static final int READ_ONLY = 0444;
  private static final int MAX_NAME_BYTES = 255;

  private final Path directory;

  MaterialisedFiles(Path store) {
    directory = store.resolve("files");
  }

  /** Returns the copy's path; makes it if it is not there. */
  Path get(CacheService service, String idOrPath, Found found) throws CacheException {
    Path content = directory.resolve(found.contentId());
    Path path = content.resolve(fileName(found));
    try {
      if (Files.isRegularFile(path) && Files.size(path) == found.size()) {
        return path;
      }
      Files.createDirectories(content);
    } catch (IOException e) {
      throw CacheException.of("making " + content, e);
    }
    try (FileSink sink = new FileSink(path, READ_ONLY)) {
      service.retrieve(idOrPath, sink);
      sink.commit();
    }
    return path;
  }

  /** Removes the copies of a content, which can be made again as long as the store has it. */
  void forget(String contentId) throws CacheException {
    Path content = directory.resolve(contentId);
    if (!Files.isDirectory(content)) {
      return;
    }
    try (var copies = Files.newDirectoryStream(content)) {
      for (Path copy : copies) {
        Files.deleteIfExists(copy);
      }
      Files.deleteIfExists(content);
    } catch (IOException e) {
      throw CacheException.of("removing the copies in " + content, e);
    }
  }

  /** The name that the file came with, as programs go by its ending; else the content ID. */
  private static String fileName(Found found) {
    String name = found.name();
    boolean usable =
        !name.isEmpty()
            && !name.equals(".")
            && !name.equals("..")
            && name.indexOf('/') < 0
            && name.indexOf('\0') < 0
            && name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
    return usable ? name : found.contentId();
  }
}

package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Adds up file sizes. */
final class DiskUsage {

  private DiskUsage() {}

  /**
   * Returns the sizes of all files below a directory, added up; files may come and go meanwhile.
   */
  static long of(Path directory) throws CacheException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(DiskUsage::size).sum();
    } catch (IOException e) {
      throw CacheException.of("measuring " + directory, e);
    } catch (UncheckedIOException e) {
      throw CacheException.of("measuring " + directory, e.getCause());
    }
  }

  private static long size(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.size(file) : 0;
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

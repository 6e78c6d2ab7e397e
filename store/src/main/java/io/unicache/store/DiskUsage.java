package io.unicache.store;

import io.unicache.store.error.CacheException;
import io.unicache.store.os.NativeFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Adds up what files take on the disk. */
final class DiskUsage {

  private DiskUsage() {}

  /**
   * Returns what all files below a directory take, holes not counted; files may come and go
   * meanwhile.
   */
  static long of(Path directory) throws CacheException {
    long[] sum = {0};
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              sum[0] += attributes.isRegularFile() ? bytes(file, attributes) : 0;
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException && !file.equals(directory)) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw CacheException.of("measuring " + directory, e);
    }
    return sum[0];
  }

  private static long bytes(Path file, BasicFileAttributes attributes) throws IOException {
    try {
      return NativeFiles.allocatedBytes(file).orElse(attributes.size());
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}

package io.unicache.store.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A copy of a directory while a store is open in it: what kill -9 would leave at this moment. */
final class CrashImage implements AutoCloseable {

  private final Path directory;

  CrashImage(Path open) throws IOException {
    directory = Files.createTempDirectory("unicache-crash");
    try (Stream<Path> all = Files.walk(open)) {
      for (Path path : all.toList()) {
        Path copy = directory.resolve(open.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(path, copy);
        }
      }
    }
  }

  Path directory() {
    return directory;
  }

  /** Deletes it. */
  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}

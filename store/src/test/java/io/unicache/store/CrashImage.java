package io.unicache.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A copy of a directory while a store is open in it: what kill -9 would leave at this moment. */
public final class CrashImage implements AutoCloseable {

  private static final int ATTEMPTS = 10;

  private final Path directory;

  public CrashImage(Path open) throws IOException {
    directory = Files.createTempDirectory("unicache-crash");
    copy(open, directory);
  }

  /**
   * Copies the files of a directory, and of those in it, to another one. Left out are the daemon's
   * socket, and RocksDB's lock: to close it after reading would let it go. The ledger comes first,
   * as it must not know of changes that the copy of the metadata is too old for.
   */
  public static void copy(Path from, Path to) throws IOException {
    for (int attempt = 1; !copyOnce(from, to) && attempt < ATTEMPTS; attempt++) {
      delete(to);
    }
  }

  /** Returns whether no file came or went meanwhile: RocksDB merges its files as it likes. */
  private static boolean copyOnce(Path from, Path to) throws IOException {
    List<Path> before = names(from);
    try (Stream<Path> all = Files.walk(from)) {
      List<Path> ledgerFirst =
          all.sorted(Comparator.comparing(path -> !path.startsWith(from.resolve("ledger"))))
              .toList();
      for (Path path : ledgerFirst) {
        copyOne(path, to.resolve(from.relativize(path).toString()));
      }
    }
    return names(from).equals(before);
  }

  private static List<Path> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.sorted().toList();
    }
  }

  private static void copyOne(Path path, Path copy) throws IOException {
    if (Files.isDirectory(path)) {
      Files.createDirectories(copy);
    } else if (Files.isRegularFile(path) && !path.endsWith("LOCK")) {
      Files.createDirectories(copy.getParent());
      try {
        Files.copy(path, copy);
      } catch (NoSuchFileException e) {
        // Renamed or deleted in the background since the names were read.
      }
    }
  }

  /** Deletes a directory and all that is in it. */
  public static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  public Path directory() {
    return directory;
  }

  /** Deletes it. */
  @Override
  public void close() throws IOException {
    delete(directory);
  }
}

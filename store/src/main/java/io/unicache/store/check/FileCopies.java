package io.unicache.store.check;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Looks for blocks in files that a person has named, cut as the store cuts files. */
final class FileCopies implements BlockRestore.Source {

  private final List<Path> files;
  private final int blockSize;

  /**
   * @param files of directories, all files that are in them are looked through
   */
  FileCopies(List<Path> files, int blockSize) {
    this.files = files;
    this.blockSize = blockSize;
  }

  @Override
  public void search(BlockRestore.Wanted wanted) throws CacheException {
    forEachFile(
        files,
        file -> {
          if (wanted.isEmpty()) {
            return;
          }
          byte[] buffer = new byte[blockSize];
          try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.readNBytes(buffer, 0, blockSize);
                n > 0 && !wanted.isEmpty();
                n = in.readNBytes(buffer, 0, blockSize)) {
              wanted.offer(buffer, n, file.toString());
            }
          } catch (IOException e) {
            throw CacheException.of("reading " + file, e);
          }
        });
  }

  /** Takes one file. */
  @FunctionalInterface
  interface FileVisitor {
    void visit(Path file) throws CacheException;
  }

  /** Visits files, and those in directories. */
  static void forEachFile(List<Path> files, FileVisitor visitor) throws CacheException {
    for (Path top : files) {
      try (Stream<Path> walk = Files.walk(top)) {
        for (Path file : (Iterable<Path>) walk::iterator) {
          if (Files.isRegularFile(file)) {
            visitor.visit(file);
          }
        }
      } catch (IOException e) {
        throw CacheException.of("looking into " + top, e);
      }
    }
  }
}

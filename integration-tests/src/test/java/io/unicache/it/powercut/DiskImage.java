package io.unicache.it.powercut;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a disk holds: files by their path, and directories, which have no bytes (null). Parents sort
 * before children.
 */
final class DiskImage {

  private final SortedMap<String, byte[]> files = new TreeMap<>();

  void directory(String path) {
    files.put(path, null);
  }

  void file(String path, byte[] content) {
    files.put(path, content);
  }

  SortedMap<String, byte[]> files() {
    return files;
  }

  /** Writes everything to an empty directory. */
  void writeTo(Path root) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = root.resolve(file.getKey());
      if (file.getValue() == null) {
        Files.createDirectory(path);
      } else {
        Files.write(path, file.getValue());
      }
    }
  }
}

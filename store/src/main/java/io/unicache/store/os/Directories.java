package io.unicache.store.os;

import io.unicache.store.error.CacheException;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** What the JDK does not do with directories. Safe for use by many threads. */
public final class Directories {

  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private Directories() {}

  /** Makes a directory that nobody but its owner may enter, and those above it as usual. */
  public static void createPrivate(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(directory, PRIVATE);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    } catch (UnsupportedOperationException e) {
      Files.createDirectories(directory); // The system has no such permissions.
    }
  }

  /**
   * Makes the creations, renames and deletions in a directory durable. Windows cannot open a
   * directory for this and has no need of it: there this does nothing.
   */
  public static void sync(Path directory) throws CacheException {
    if (File.separatorChar == '\\') {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw CacheException.of("syncing the directory " + directory, e);
    }
  }
}

package io.unicache.store.os;

import io.unicache.store.error.CacheException;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the JDK does not do with directories. Safe for use by many threads. */
public final class Directories {

  private Directories() {}

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

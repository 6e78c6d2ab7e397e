package io.unicache.store.pack;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Keeps some of the disk free of blocks: the metadata needs room as well, to remove files for
 * instance. Without it a full disk could only be emptied from outside. Safe for use by many
 * threads.
 */
final class Headroom {

  private static final long KEPT_BYTES = 64L << 20;

  /** A disk of less than this is used to its end: it would have no room to begin with. */
  private static final long SMALL_DISK_BYTES = 1L << 30;

  /** Asking the system costs as much as writing some kilobytes, so it is asked once for so many. */
  private static final long BYTES_PER_LOOK = 8L << 20;

  private final Path directory;
  private long untilLook;

  Headroom(Path directory) {
    this.directory = directory;
  }

  /** Throws Full if a block of so many bytes would leave too little room. */
  synchronized void check(int bytes) throws CacheException {
    untilLook -= bytes;
    if (untilLook > 0) {
      return;
    }
    try {
      FileStore disk = Files.getFileStore(directory);
      if (disk.getTotalSpace() >= SMALL_DISK_BYTES && disk.getUsableSpace() < KEPT_BYTES + bytes) {
        throw new CacheException.Full(
            "the disk of "
                + directory
                + " is full but for "
                + (KEPT_BYTES >> 20)
                + " MiB that the metadata needs; free some space and try again",
            null);
      }
      untilLook = BYTES_PER_LOOK;
    } catch (IOException e) {
      throw CacheException.of("measuring the disk of " + directory, e);
    }
  }
}

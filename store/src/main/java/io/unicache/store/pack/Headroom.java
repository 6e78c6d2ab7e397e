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

  private static final long MOST_KEPT_BYTES = 64L << 20;

  /** Of a small disk only this part is kept free. */
  private static final int KEPT_PART = 16;

  /**
   * Asking the system costs as much as writing some kilobytes, so it is not asked before this part
   * of what is kept may have been taken.
   */
  private static final int LOOKS = 8;

  private final Path directory;
  private long untilLook;

  Headroom(Path directory) {
    this.directory = directory;
  }

  /** Returns the bytes that are kept free of blocks. */
  long kept() throws CacheException {
    try {
      return kept(Files.getFileStore(directory));
    } catch (IOException e) {
      throw CacheException.of("measuring the disk of " + directory, e);
    }
  }

  private static long kept(FileStore disk) throws IOException {
    return Math.min(MOST_KEPT_BYTES, disk.getTotalSpace() / KEPT_PART);
  }

  /** Throws Full if a block of so many bytes would leave too little room. */
  synchronized void check(int bytes) throws CacheException {
    untilLook -= bytes;
    if (untilLook > 0) {
      return;
    }
    try {
      FileStore disk = Files.getFileStore(directory);
      long kept = kept(disk);
      if (disk.getUsableSpace() < kept + bytes) {
        throw new CacheException.Full(
            "the disk of "
                + directory
                + " is full but for "
                + (kept >> 20)
                + " MiB that the metadata needs; free some space and try again",
            null);
      }
      untilLook = kept / LOOKS;
    } catch (IOException e) {
      throw CacheException.of("measuring the disk of " + directory, e);
    }
  }
}

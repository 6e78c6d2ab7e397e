package io.unicache.fs.ops;

import io.unicache.fs.ops.FileSystemOps.Statistics;
import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Name;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;

/**
 * What df says: used is what the store takes, free is what its disk has left, and the total is the
 * two together. What is available is less by what is kept free of blocks. Safe for use by many
 * threads.
 */
final class SpaceReport {

  private static final int UNIT = 4096;

  /** There is no limit on inodes; a number that no tool chokes on. */
  private static final long FREE_FILES = 1L << 31;

  /** The store's size is added up from its files, which is not for every statfs. */
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private record Used(long bytes, long atNanos) {}

  private final Store store;
  private volatile Used used;

  SpaceReport(Store store) {
    this.store = store;
  }

  Statistics report() throws CacheException {
    try {
      FileStore disk = Files.getFileStore(store.directory());
      long free = disk.getUnallocatedSpace() / UNIT;
      long files = store.meta().totals().files();
      return new Statistics(
          UNIT,
          (used() + UNIT - 1) / UNIT + free,
          free,
          Math.max(0, disk.getUsableSpace() - store.keptFreeBytes()) / UNIT,
          files + FREE_FILES,
          FREE_FILES,
          Name.MAX_BYTES);
    } catch (IOException e) {
      throw CacheException.of("asking for the space on the disk of " + store.directory(), e);
    }
  }

  private long used() throws CacheException {
    Used last = used;
    long now = System.nanoTime();
    if (last == null || now - last.atNanos() > KEEP_NANOS) {
      last = new Used(store.bytesOnDisk(), now);
      used = last;
    }
    return last.bytes();
  }
}

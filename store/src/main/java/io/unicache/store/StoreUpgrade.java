package io.unicache.store;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaRestore;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Brings a store of an earlier version up to date, in place, before it is opened. The metadata is
 * copied first and the version raised last, so a crash in between leaves a store of the earlier
 * version, and the next opening begins again.
 */
final class StoreUpgrade {

  private static final Logger LOG = System.getLogger(StoreUpgrade.class.getName());

  private final Path store;

  StoreUpgrade(Path store) {
    this.store = store;
  }

  /** Returns the format that the store has afterwards; nothing is done if it is the current one. */
  StoreFormat run(StoreFormat format) throws CacheException {
    if (format.version() == StoreFormat.CURRENT_VERSION) {
      return format;
    }
    Path meta = store.resolve(StoreParts.META);
    if (MetaStore.exists(meta)) {
      Path copy = store.resolve(StoreParts.META + ".format" + format.version());
      copy(meta, copy);
      MetaRestore.restartLedger(meta, store.resolve(StoreParts.LEDGER), format.id());
      LOG.log(
          Level.INFO,
          "the store "
              + store
              + " has format "
              + StoreFormat.CURRENT_VERSION
              + " now; a copy of its metadata as it was is in "
              + copy
              + " and can be deleted");
    }
    return format.raise(store, StoreFormat.CURRENT_VERSION);
  }

  private void copy(Path meta, Path copy) throws CacheException {
    if (Files.exists(copy)) {
      return; // It got its name when it was complete.
    }
    Path unfinished = copy.resolveSibling(copy.getFileName() + ".new");
    try {
      Files.createDirectories(unfinished);
      requireRoom(meta);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(meta)) {
        for (Path file : files) {
          copyFile(file, unfinished.resolve(file.getFileName()));
        }
      }
      Directories.sync(unfinished);
      Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw CacheException.of("copying " + meta + " to " + copy, e);
    }
    Directories.sync(store);
  }

  private static void copyFile(Path file, Path to) throws IOException {
    if (Files.isRegularFile(file)) {
      Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
    }
  }

  private void requireRoom(Path meta) throws IOException {
    // The copy, and the ledger, which is no larger.
    long needed = 2 * DiskUsage.of(meta);
    if (Files.getFileStore(store).getUsableSpace() < needed) {
      throw new CacheException.Full(
          "the store "
              + store
              + " has an older format, and its upgrade needs "
              + (needed >> 20)
              + " MiB of the disk; free some space and try again",
          null);
    }
  }
}

package io.unicache.store;

import io.unicache.store.error.CacheException;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Which directories can be stores, and how one is made. */
public final class StoreDirectory {

  private StoreDirectory() {}

  /**
   * Makes a store's directory if there is none and there may be one.
   *
   * @throws CacheException.Missing if there is none and {@code config} says not to make one
   * @throws CacheException.InvalidArgument if it holds something else
   */
  static Path prepare(StoreConfig config) throws CacheException {
    Path directory = config.directory();
    if (StoreFormat.exists(directory)) {
      return directory;
    }
    if (StoreFormat.isLost(directory)) {
      if (config.purpose() == StoreConfig.Purpose.REPAIR) {
        return directory;
      }
      throw new CacheException.Missing(
          "store.json is missing from " + directory + "; `unicache check --repair` makes it anew");
    }
    if (!config.create() || config.readOnly()) {
      throw new CacheException.Missing(
          "there is no store in " + directory + "; `unicache mount` or `unicache store` makes one");
    }
    if (config.blockSize().isPresent()) {
      StoreFormat.checkBlockSize(config.blockSize().getAsInt());
    }
    requireStoreOrRoom(directory);
    try {
      makeDurably(directory.toAbsolutePath());
    } catch (IOException e) {
      throw CacheException.of("making the store " + directory, e);
    }
    return directory;
  }

  /** A store whose directory's name is lost is lost. */
  private static void makeDurably(Path directory) throws CacheException, IOException {
    Path parent = directory.getParent();
    if (parent == null) {
      return;
    }
    makeParents(parent);
    Directories.createPrivate(directory);
    Directories.sync(parent);
  }

  private static void makeParents(Path directory) throws CacheException, IOException {
    Path parent = directory.getParent();
    if (parent == null || Files.isDirectory(directory)) {
      return;
    }
    makeParents(parent);
    Files.createDirectories(directory);
    Directories.sync(parent);
  }

  /**
   * Throws InvalidArgument if a directory holds something that is not a store, or one that is not
   * this user's; makes nothing.
   */
  public static void requireStoreOrRoom(Path directory) throws CacheException {
    StoreSafety.check(directory);
    if (StoreFormat.exists(directory) || !Files.exists(directory)) {
      return;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        if (!isStorePart(child)) {
          throw new CacheException.InvalidArgument(
              directory + " is not a store and not empty; give an empty or new directory");
        }
      }
    } catch (IOException e) {
      throw CacheException.of("looking into the store " + directory, e);
    }
  }

  /** What a creation that was cut short can have left behind. */
  private static boolean isStorePart(Path child) {
    String name = child.getFileName().toString();
    return name.equals("lock") || name.equals("store.json.new") || name.equals("log");
  }

  /** Throws InvalidArgument if a store has other blocks than asked for. */
  static void requireBlockSize(OptionalInt wanted, StoreFormat format, Path directory)
      throws CacheException {
    if (wanted.isPresent() && wanted.getAsInt() != format.blockSize()) {
      throw new CacheException.InvalidArgument(
          "store "
              + directory
              + " has blocks of "
              + format.blockSize()
              + " bytes, not "
              + wanted.getAsInt()
              + "; leave the block size away, or give another store");
    }
  }
}

package io.unicache.store;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * How to open a store.
 *
 * @param directory where it is, or is to be made
 * @param blockSize for a new store: bytes, a power of two from 64 KiB to 16 MiB; for one that
 *     exists it must be the same or absent
 * @param create whether to make a store if there is none
 * @param readOnly whether changes are refused
 * @param lockWaitMillis how long to wait for another owner to let go
 * @param purpose what it is opened for
 */
public record StoreConfig(
    Path directory,
    OptionalInt blockSize,
    boolean create,
    boolean readOnly,
    long lockWaitMillis,
    Purpose purpose) {

  /** What a store is opened for. */
  public enum Purpose {
    USE,
    /** To check it: no space is looked for or given back, which damage might make seem free. */
    CHECK,
    /** To repair it: likewise, and what opening needs is made anew if it is damaged. */
    REPAIR
  }

  public static final int DEFAULT_BLOCK_SIZE = 1 << 20;
  public static final int MIN_BLOCK_SIZE = 64 << 10;
  public static final int MAX_BLOCK_SIZE = 16 << 20;

  /** Opens a store to use it. */
  public StoreConfig(
      Path directory,
      OptionalInt blockSize,
      boolean create,
      boolean readOnly,
      long lockWaitMillis) {
    this(directory, blockSize, create, readOnly, lockWaitMillis, Purpose.USE);
  }

  /** Opens the store in a directory, or makes one with the default block size. */
  public static StoreConfig at(Path directory) {
    return new StoreConfig(directory, OptionalInt.empty(), true, false, 0);
  }

  public StoreConfig withBlockSize(int bytes) {
    return new StoreConfig(
        directory, OptionalInt.of(bytes), create, readOnly, lockWaitMillis, purpose);
  }

  public StoreConfig withReadOnly(boolean value) {
    return new StoreConfig(directory, blockSize, create, value, lockWaitMillis, purpose);
  }

  public StoreConfig withLockWaitMillis(long millis) {
    return new StoreConfig(directory, blockSize, create, readOnly, millis, purpose);
  }

  public StoreConfig withPurpose(Purpose value) {
    return new StoreConfig(directory, blockSize, create, readOnly, lockWaitMillis, value);
  }

  /** Returns where a user's store is unless they say otherwise: {@code ~/.cache/unicache}. */
  public static Path defaultDirectory() {
    String configured = System.getenv("UNICACHE_STORE");
    if (configured != null && !configured.isBlank()) {
      return Path.of(configured);
    }
    String cacheHome = System.getenv("XDG_CACHE_HOME");
    Path base =
        cacheHome != null && Path.of(cacheHome).isAbsolute()
            ? Path.of(cacheHome)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("unicache");
  }
}

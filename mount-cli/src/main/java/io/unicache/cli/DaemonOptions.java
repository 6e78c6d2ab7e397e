package io.unicache.cli;

import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.store.StoreAccess;
import io.unicache.store.StoreConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What a daemon serves, and where.
 *
 * @param store directory, absolute
 * @param mountPoint directory, absolute
 * @param blockSize of a new store, in bytes
 * @param allowOther whether other users may use the mount
 * @param transport what serves the mount
 * @param passthrough whether the kernel may read files by itself
 * @param prefetch whether data is put into the kernel's cache ahead of readers
 */
record DaemonOptions(
    Path store,
    Path mountPoint,
    OptionalInt blockSize,
    boolean allowOther,
    boolean readOnly,
    Transport transport,
    boolean passthrough,
    boolean prefetch) {

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(20);

  StoreConfig storeConfig() {
    return new StoreConfig(store, blockSize, true, readOnly, StoreAccess.DEFAULT_WAIT_MILLIS);
  }

  /**
   * The mount's source in the mount table is the store, so that df shows it and umount finds it.
   */
  MountOptions mountOptions() {
    return new MountOptions(
        mountPoint, allowOther, readOnly, store.toString(), READY_TIMEOUT, passthrough, prefetch);
  }
}

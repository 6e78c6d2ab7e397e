package io.unicache.fs.fuse.mount;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * How to mount.
 *
 * @param mountPoint directory to mount on
 * @param allowOther whether other users may use the mount; for anyone but root that needs {@code
 *     user_allow_other} in /etc/fuse.conf
 * @param readOnly whether the kernel refuses all changes
 * @param fsName source in the mount table, without a comma
 * @param readyTimeout longest time until the mount answers
 * @param passthrough whether the kernel may read files by itself where it can
 * @param prefetch whether what readers will want is put into the kernel's cache ahead of them,
 *     where the adapter can do that
 */
public record MountOptions(
    Path mountPoint,
    boolean allowOther,
    boolean readOnly,
    String fsName,
    Duration readyTimeout,
    boolean passthrough,
    boolean prefetch) {

  /** The source that the mount table shows. */
  public static final String DEFAULT_FS_NAME = "unicache";

  /** What the mount table shows behind "fuse." in the type. */
  public static final String SUBTYPE = "unicache";

  /** The type that the mount table shows. */
  public static final String TYPE = "fuse." + SUBTYPE;

  private static final Duration DEFAULT_READY_TIMEOUT = Duration.ofSeconds(20);

  public MountOptions {
    Objects.requireNonNull(mountPoint, "mountPoint");
    if (fsName.isEmpty() || fsName.chars().anyMatch(c -> c == ',' || c == '\\' || c < ' ')) {
      throw new IllegalArgumentException(
          "the mount's source \""
              + fsName
              + "\" is empty or has a comma, backslash or control code");
    }
    if (readyTimeout.isNegative() || readyTimeout.isZero()) {
      throw new IllegalArgumentException("time to get ready: " + readyTimeout);
    }
  }

  /** Returns the options of a plain mount: private, writable. */
  public static MountOptions of(Path mountPoint) {
    return new MountOptions(
        mountPoint, false, false, DEFAULT_FS_NAME, DEFAULT_READY_TIMEOUT, true, true);
  }

  public MountOptions withMountPoint(Path value) {
    return new MountOptions(
        value, allowOther, readOnly, fsName, readyTimeout, passthrough, prefetch);
  }

  public MountOptions withAllowOther(boolean value) {
    return new MountOptions(
        mountPoint, value, readOnly, fsName, readyTimeout, passthrough, prefetch);
  }

  public MountOptions withReadOnly(boolean value) {
    return new MountOptions(
        mountPoint, allowOther, value, fsName, readyTimeout, passthrough, prefetch);
  }

  public MountOptions withReadyTimeout(Duration value) {
    return new MountOptions(mountPoint, allowOther, readOnly, fsName, value, passthrough, prefetch);
  }

  public MountOptions withPrefetch(boolean value) {
    return new MountOptions(
        mountPoint, allowOther, readOnly, fsName, readyTimeout, passthrough, value);
  }
}

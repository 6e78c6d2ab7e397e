package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import java.nio.charset.StandardCharsets;

/** Mounts with mount(2), which only root may do. */
final class RootMount {

  private static final String DEVICE = "/dev/fuse";

  private static final long MS_RDONLY = 1;
  private static final long MS_NOSUID = 2;
  private static final long MS_NODEV = 4;

  private RootMount() {}

  /**
   * Mounts.
   *
   * @return the descriptor of /dev/fuse, or a negative errno if it may not be opened or mounted
   * @throws MountException if another thing is wrong
   */
  static int mount(Libc libc, MountOptions options, int uid, int gid) throws MountException {
    int fd = libc.open(Native.string(DEVICE), Libc.O_RDWR | Libc.O_CLOEXEC);
    if (fd < 0) {
      return refused(libc.errno(), "/dev/fuse cannot be opened");
    }
    int result =
        libc.mount(
            Native.string(options.fsName()),
            Native.string(options.mountPoint().toString()),
            (MountOptions.TYPE + '\0').getBytes(StandardCharsets.US_ASCII),
            MS_NOSUID | MS_NODEV | (options.readOnly() ? MS_RDONLY : 0),
            Native.string(data(options, fd, uid, gid)));
    if (result == 0) {
      return fd;
    }
    int errno = libc.errno();
    libc.close(fd);
    return refused(errno, "mount(2) failed on " + options.mountPoint());
  }

  /** Options that the kernel parses. */
  static String data(MountOptions options, int fd, int uid, int gid) {
    return "fd="
        + fd
        + ",rootmode=40000,user_id="
        + Integer.toUnsignedString(uid)
        + ",group_id="
        + Integer.toUnsignedString(gid)
        + ",default_permissions,max_read="
        + Negotiation.LARGEST
        + (options.allowOther() ? ",allow_other" : "");
  }

  private static int refused(int errno, String what) throws MountException {
    if (errno == Libc.EPERM || errno == Libc.EACCES) {
      return -errno;
    }
    throw new MountException(
        what
            + ": errno "
            + errno
            + (errno == Libc.ENODEV
                ? " (the kernel's module is not loaded: \"modprobe fuse\")"
                : ""));
  }
}

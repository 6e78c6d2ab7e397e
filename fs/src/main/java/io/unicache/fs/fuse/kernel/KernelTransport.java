package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountPoint;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.ops.FileSystemOps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Mounts a file system by speaking the kernel's own protocol. Linux only; needs /dev/fuse. */
public final class KernelTransport {

  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final Path SELF = Path.of("/proc/self");
  private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(5);

  private KernelTransport() {}

  /** Returns whether this system is one that {@link #mount} works on. */
  public static boolean isSupported() {
    return System.getProperty("os.name").equals("Linux");
  }

  /**
   * Mounts, and returns when the mount answers.
   *
   * @param ops what to serve; the caller closes it, after the session's end
   * @throws MountException if it cannot be mounted, or does not answer in time; nothing is mounted
   *     then
   */
  public static FuseSession mount(FileSystemOps ops, MountOptions options) throws MountException {
    Libc libc = Libc.load();
    if (!Files.exists(DEVICE)) {
      throw new MountException(
          "there is no /dev/fuse: load the kernel's module (\"modprobe fuse\"); a container needs"
              + " \"--device /dev/fuse --cap-add SYS_ADMIN\"");
    }
    MountOptions resolved = options.withMountPoint(new MountPoint().prepare(options.mountPoint()));
    DeviceChannel channel = new DeviceChannel(libc, mountDevice(libc, resolved));
    MountTable.Mount mount;
    try {
      mount = MountTable.justMadeAt(resolved.mountPoint());
    } catch (MountException | RuntimeException e) {
      channel.close(); // Nobody serves it: the next mount takes it away.
      throw e;
    }
    KernelSession session =
        new KernelSession(
            ops,
            mount,
            channel,
            libc.getpagesize(),
            resolved.prefetch(),
            passthroughState(resolved));
    try {
      session.start(resolved.readyTimeout());
      // Not before: INIT sets it to what the kernel does by itself.
      ReadAhead.raise(mount);
      return session;
    } catch (MountException | RuntimeException e) {
      abort(session, e);
      throw e;
    }
  }

  private static String passthroughState(MountOptions options) throws MountException {
    if (!options.passthrough()) {
      return Passthrough.OFF;
    }
    return id("unix:uid") == 0 ? Passthrough.IN_USE : Passthrough.NOT_ROOT;
  }

  private static int mountDevice(Libc libc, MountOptions options) throws MountException {
    int uid = id("unix:uid");
    if (uid == 0) {
      int fd = RootMount.mount(libc, options, uid, id("unix:gid"));
      if (fd >= 0) {
        return fd;
      }
    }
    return new FusermountMount(libc).mount(options);
  }

  private static int id(String attribute) throws MountException {
    try {
      return (Integer) Files.getAttribute(SELF, attribute);
    } catch (IOException e) {
      throw new MountException("cannot find out who mounts: " + e.getMessage(), e);
    }
  }

  private static void abort(KernelSession session, Exception cause) {
    try {
      session.unmountLazily();
      session.awaitEnd(ABORT_TIMEOUT);
    } catch (MountException e) {
      cause.addSuppressed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cause.addSuppressed(e);
    }
  }
}

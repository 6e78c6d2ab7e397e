package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountPoint;
import io.unicache.fs.ops.FileSystemOps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Mounts a file system through libfuse 2. Linux only; needs libfuse.so.2 and /dev/fuse. */
public final class LibfuseTransport {

  private static final Path DEVICE = Path.of("/dev/fuse");
  private static final Path CONFIGURATION = Path.of("/etc/fuse.conf");
  private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(5);

  private LibfuseTransport() {}

  /**
   * Mounts, and returns when the mount answers.
   *
   * @param ops what to serve; the caller closes it, after the session's end
   * @throws MountException if it cannot be mounted, or does not answer in time; nothing is mounted
   *     then
   */
  public static FuseSession mount(FileSystemOps ops, MountOptions options) throws MountException {
    requirements(options);
    LibFuse libfuse = LibFuse.load();
    MountOptions resolved = options.withMountPoint(new MountPoint().prepare(options.mountPoint()));
    LibfuseSession session = LibfuseSession.create(libfuse, ops, resolved);
    try {
      session.start(resolved.readyTimeout());
      return session;
    } catch (MountException | RuntimeException e) {
      abort(session, e);
      throw e;
    }
  }

  private static void abort(LibfuseSession session, Exception cause) {
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

  /** Finds what would only make libfuse write a line to stderr. */
  private static void requirements(MountOptions options) throws MountException {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new MountException(
          "mounting through libfuse 2 works on Linux only, not on "
              + System.getProperty("os.name"));
    }
    if (!Files.exists(DEVICE)) {
      throw new MountException(
          "there is no /dev/fuse: load the kernel's module (\"modprobe fuse\"); a container needs"
              + " \"--device /dev/fuse --cap-add SYS_ADMIN\"");
    }
    try {
      boolean root =
          Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
      if (options.allowOther() && !root && !othersAllowed()) {
        throw new MountException(
            "other users can be let in only if "
                + CONFIGURATION
                + " has the line user_allow_other");
      }
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException("cannot find out who mounts: " + e.getMessage(), e);
    }
  }

  private static boolean othersAllowed() throws IOException {
    return Files.isReadable(CONFIGURATION)
        && Files.readAllLines(CONFIGURATION).stream()
            .anyMatch(line -> line.trim().equals("user_allow_other"));
  }

  /**
   * What fuse_setup returned.
   *
   * @param fuse struct fuse
   * @param mountPoint string that fuse_teardown frees
   */
  record Setup(Pointer fuse, Pointer mountPoint) {}

  /** Mounts and makes libfuse's session; no request is served yet. */
  static Setup setUp(LibFuse libfuse, OperationsTable table, MountOptions options)
      throws MountException {
    Runtime runtime = Runtime.getRuntime(libfuse);
    MountArguments arguments = MountArguments.of(options);
    Pointer argv = arguments.toNative(runtime);
    Pointer out = Memory.allocateDirect(runtime, 2 * Long.BYTES, true);
    Pointer fuse =
        libfuse.fuse_setup(
            arguments.words().size(),
            argv,
            table.memory(),
            OperationsTable.SIZE,
            out,
            out.slice(Long.BYTES),
            null);
    if (fuse == null) {
      throw new MountException(
          "libfuse cannot mount on "
              + options.mountPoint()
              + " (its reason is on standard error). The usual ones: fusermount is not installed"
              + " (package fuse), the directory belongs to another user, or /dev/fuse may not be"
              + " opened");
    }
    Objects.requireNonNull(argv, "argv stays reachable until here");
    return new Setup(fuse, out.getPointer(0));
  }
}

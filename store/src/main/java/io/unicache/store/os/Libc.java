package io.unicache.store.os;

import java.util.Optional;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;

/**
 * The C library of a 64-bit Linux, bound at the first use. Everywhere else, and where the native
 * part of jnr-ffi cannot be loaded, there is none.
 */
final class Libc {

  private static final System.Logger LOG = System.getLogger(Libc.class.getName());

  /** The functions; public because jnr-ffi implements it in a class loader of its own. */
  public interface Functions {
    int open(@In String path, int flags);

    int close(int fd);

    int fallocate(int fd, int mode, long offset, long length);

    int statx(int directoryFd, @In String path, int flags, int mask, @Out Pointer result);
  }

  private static final class Holder {
    static final Optional<Functions> FUNCTIONS = bind();
  }

  private Libc() {}

  /** Returns the functions, or nothing where this system does not have them. */
  static Optional<Functions> functions() {
    return Holder.FUNCTIONS;
  }

  static Runtime runtime(Functions functions) {
    return Runtime.getRuntime(functions);
  }

  /** Returns errno of the calling thread's last call that failed. */
  static int errno(Functions functions) {
    return runtime(functions).getLastError();
  }

  private static Optional<Functions> bind() {
    try {
      Platform platform = Platform.getNativePlatform();
      if (platform.getOS() != Platform.OS.LINUX || !platform.is64Bit()) {
        return Optional.empty();
      }
      return Optional.of(
          LibraryLoader.create(Functions.class)
              .failImmediately()
              .load(platform.getStandardCLibraryName()));
    } catch (LinkageError | RuntimeException e) {
      // A missing native library shows as any of these; the callers have a way to go on without.
      LOG.log(System.Logger.Level.WARNING, "the C library cannot be called from Java", e);
      return Optional.empty();
    }
  }
}

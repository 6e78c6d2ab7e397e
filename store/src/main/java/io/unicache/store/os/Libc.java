package io.unicache.store.os;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
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
    int open(@In byte[] path, int flags);

    int close(int fd);

    int fallocate(int fd, int mode, long offset, long length);

    int fcntl(int fd, int command, int argument);

    int statx(int directoryFd, @In byte[] path, int flags, int mask, @Out Pointer result);

    /** With pointers: jnr-ffi 2.2.18 mixes up the arguments of a function with six numbers. */
    Pointer mmap(@In Pointer address, long length, int protection, int flags, int fd, long offset);
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

  /**
   * Returns the bytes that the system knows a path by, with a zero behind them. A String would go
   * through a charset, which may not be the one that the JDK made the Path with; its URI has the
   * bytes.
   */
  static byte[] path(Path path) {
    String encoded = path.toUri().getRawPath();
    byte[] bytes = new byte[encoded.length() + 1];
    int length = 0;
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        c = (char) HexFormat.fromHexDigits(encoded, i + 1, i + 3);
        i += 2;
      }
      bytes[length++] = (byte) c;
    }
    return Arrays.copyOf(bytes, length + 1);
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

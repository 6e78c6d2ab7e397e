package io.unicache.store.os;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** File operations that the JDK lacks. Safe for use by many threads. */
public final class NativeFiles {

  // Values of the Linux kernel's interface, alike on x86-64 and arm64.
  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_WRLCK = 1;
  private static final int F_UNLCK = 2;
  private static final int SIGURG = 23;
  private static final int FALLOC_FL_KEEP_SIZE = 1;
  private static final int FALLOC_FL_PUNCH_HOLE = 2;
  private static final int AT_FDCWD = -100;
  private static final int STATX_BLOCKS = 0x400;

  /** {@code struct statx} is the same on every architecture, unlike {@code struct stat}. */
  private static final int STATX_BYTES = 256;

  private static final int STATX_BLOCKS_OFFSET = 48;
  private static final int STATX_BLOCK_UNIT = 512;

  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EIO = 5;
  private static final int EAGAIN = 11;
  private static final int ENOSPC = 28;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = 122;

  /** A signal may interrupt a call again and again; more often than this is an error. */
  private static final int MAX_INTERRUPTIONS = 100;

  private NativeFiles() {}

  /**
   * Gives the space of a range back to the file system; it reads as zeros then. The file keeps its
   * length. Pages that the range covers only in part are zeroed there and stay allocated.
   *
   * @param offset first byte, 0 or more
   * @param length bytes, 1 or more; may reach past the end of the file
   * @return false where the system or the file system has no such operation; nothing is changed
   *     then
   * @throws NoSuchFileException if the file is not there
   */
  public static boolean punchHole(Path file, long offset, long length) throws IOException {
    return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
  }

  /**
   * Takes disk space for the first bytes of a file, which reads as zeros there.
   *
   * @param length bytes, 1 or more
   * @return false where the system or the file system has no such operation; nothing is changed
   *     then
   * @throws NoSuchFileException if the file is not there
   */
  public static boolean allocate(Path file, long length) throws IOException {
    return fallocate(file, 0, 0, length);
  }

  private static boolean fallocate(Path file, int mode, long offset, long length)
      throws IOException {
    Optional<Libc.Functions> bound = Libc.functions();
    if (bound.isEmpty()) {
      return false;
    }
    Libc.Functions libc = bound.get();
    int fd = open(libc, file, O_RDWR);
    try {
      return fallocate(libc, fd, file, mode, offset, length);
    } finally {
      // Nothing was written through the descriptor, so its close has nothing to report.
      libc.close(fd);
    }
  }

  static int open(Libc.Functions libc, Path file, int access) throws IOException {
    for (int attempt = 0; ; attempt++) {
      int fd = libc.open(Libc.path(file), access | O_CLOEXEC);
      if (fd >= 0) {
        return fd;
      }
      int errno = Libc.errno(libc);
      if (errno != EINTR || attempt == MAX_INTERRUPTIONS) {
        throw failure("open", file, errno);
      }
    }
  }

  private static boolean fallocate(
      Libc.Functions libc, int fd, Path file, int mode, long offset, long length)
      throws IOException {
    for (int attempt = 0; ; attempt++) {
      if (libc.fallocate(fd, mode, offset, length) == 0) {
        return true;
      }
      int errno = Libc.errno(libc);
      if (errno == EOPNOTSUPP || errno == ENOSYS) {
        return false;
      }
      if (errno != EINTR || attempt == MAX_INTERRUPTIONS) {
        throw failure("fallocate", file, errno);
      }
    }
  }

  /**
   * Returns the bytes that a file takes on the disk, holes not counted; nothing where the system
   * cannot tell.
   *
   * @throws NoSuchFileException if the file is not there
   */
  public static OptionalLong allocatedBytes(Path file) throws IOException {
    Optional<Libc.Functions> bound = Libc.functions();
    if (bound.isEmpty()) {
      return OptionalLong.empty();
    }
    Libc.Functions libc = bound.get();
    Pointer result = Memory.allocateDirect(Libc.runtime(libc), STATX_BYTES, true);
    if (libc.statx(AT_FDCWD, Libc.path(file), 0, STATX_BLOCKS, result) == 0) {
      return OptionalLong.of(result.getLongLong(STATX_BLOCKS_OFFSET) * STATX_BLOCK_UNIT);
    }
    int errno = Libc.errno(libc);
    if (errno == ENOSYS) {
      return OptionalLong.empty();
    }
    throw failure("statx", file, errno);
  }

  /**
   * Tells whether a file is open or mapped, in this process or another: mappings count though the
   * descriptor that they were made through is closed. Whoever opens the file at the same moment may
   * have to wait for a moment.
   *
   * @throws NoSuchFileException if the file is not there
   */
  public static FileUse use(Path file) throws IOException {
    Optional<Libc.Functions> bound = Libc.functions();
    if (bound.isEmpty()) {
      return FileUse.UNKNOWN;
    }
    Libc.Functions libc = bound.get();
    int fd = open(libc, file, O_RDONLY);
    try {
      // Someone who opens the file during the lease has this process told, by default with a signal
      // that ends it; this one is ignored.
      libc.fcntl(fd, F_SETSIG, SIGURG);
      if (libc.fcntl(fd, F_SETLEASE, F_WRLCK) == 0) {
        libc.fcntl(fd, F_SETLEASE, F_UNLCK);
        return FileUse.NONE;
      }
      return Libc.errno(libc) == EAGAIN ? FileUse.SOME : FileUse.UNKNOWN;
    } finally {
      libc.close(fd);
    }
  }

  private static IOException failure(String call, Path file, int errno) {
    return switch (errno) {
      case ENOENT -> new NoSuchFileException(file.toString());
      case EIO -> new FileSystemException(file.toString(), null, call + ": Input/output error");
      case ENOSPC -> new FileSystemException(file.toString(), null, "No space left on device");
      case EDQUOT -> new FileSystemException(file.toString(), null, "Disk quota exceeded");
      default -> new FileSystemException(file.toString(), null, call + ": errno " + errno);
    };
  }
}

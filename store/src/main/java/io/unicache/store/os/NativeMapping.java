package io.unicache.store.os;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import jnr.ffi.Pointer;

/**
 * Part of a file in the address space of this process, to be read by system calls, which answer
 * EFAULT where there is nothing (Java code that touches the end of a file that has become shorter
 * would crash). Its addresses stay its own: after {@link #close} they lead nowhere, until {@link
 * #remap} gives them another file. Safe for use by many threads, except that these two come one
 * after the other.
 */
public final class NativeMapping {

  // Values of the Linux kernel's interface, alike on x86-64 and arm64.
  private static final int O_RDONLY = 0;
  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int MAP_SHARED = 0x01;
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  private static final long MAP_FAILED = -1;

  private final Libc.Functions libc;
  private final Pointer start;
  private final long length;

  private NativeMapping(Libc.Functions libc, Pointer start, long length) {
    this.libc = libc;
    this.start = start;
    this.length = length;
  }

  /**
   * Maps a range of a file, which may reach past its end: what the file grows by can be read then.
   *
   * @param offset first byte, a multiple of the page size
   * @param length bytes, 1 or more
   * @return nothing where the system cannot do it, or has no room for it
   * @throws NoSuchFileException if the file is not there
   */
  public static Optional<NativeMapping> map(Path file, long offset, long length)
      throws IOException {
    Optional<Libc.Functions> bound = Libc.functions();
    if (bound.isEmpty()) {
      return Optional.empty();
    }
    Libc.Functions libc = bound.get();
    int fd = NativeFiles.open(libc, file, O_RDONLY);
    try {
      Pointer start = libc.mmap(null, length, PROT_READ, MAP_SHARED, fd, offset);
      return start.address() == MAP_FAILED
          ? Optional.empty()
          : Optional.of(new NativeMapping(libc, start, length));
    } finally {
      libc.close(fd); // The mapping holds the file by itself.
    }
  }

  /**
   * Maps a file at the addresses of this mapping, which is closed and has been made with the same
   * length.
   *
   * @return false where the system cannot do it; then it is as it was
   * @throws NoSuchFileException if the file is not there
   */
  public boolean remap(Path file, long offset) throws IOException {
    int fd = NativeFiles.open(libc, file, O_RDONLY);
    try {
      int flags = MAP_SHARED | MAP_FIXED;
      return libc.mmap(start, length, PROT_READ, flags, fd, offset).address() != MAP_FAILED;
    } finally {
      libc.close(fd);
    }
  }

  /** Returns where the first byte is. */
  public long address() {
    return start.address();
  }

  /**
   * Lets the file go. The addresses stay reserved.
   *
   * @throws IOException if the system refuses; the mapping is as it was
   */
  public void close() throws IOException {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if (libc.mmap(start, length, PROT_NONE, flags, -1, 0).address() == MAP_FAILED) {
      throw new IOException("a mapping was not given back: errno " + Libc.errno(libc));
    }
  }
}

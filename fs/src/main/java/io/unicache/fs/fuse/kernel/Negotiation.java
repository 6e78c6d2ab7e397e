package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.InitIn;
import io.unicache.fs.fuse.kernel.Protocol.InitOut;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What the two sides have settled by INIT.
 *
 * @param minor version that both speak
 * @param flags what is in use, of {@link InitFlag}
 * @param maxWrite most bytes in a read or write
 */
record Negotiation(int minor, long flags, int maxWrite) {

  /** Most bytes in a read or write, where the kernel can do it. */
  static final int LARGEST = 1 << 20;

  /** What older kernels can do: 32 pages. */
  private static final int OLD_PAGES = 32;

  private static final int MAX_BACKGROUND = 64;
  private static final int CONGESTION_THRESHOLD = 48;

  /** Packs lie in a file system that is on no other one. */
  private static final int STACK_DEPTH = 1;

  private static final long LOWER_HALF = 0xffffffffL;

  /** Everything that this adapter knows how to use; the package's documentation has the reasons. */
  private static final long WANTED =
      InitFlag.ASYNC_READ
          | InitFlag.ATOMIC_O_TRUNC
          | InitFlag.BIG_WRITES
          | InitFlag.DONT_MASK
          | InitFlag.EXPORT_SUPPORT
          | InitFlag.DO_READDIRPLUS
          | InitFlag.READDIRPLUS_AUTO
          | InitFlag.ASYNC_DIO
          | InitFlag.PARALLEL_DIROPS
          | InitFlag.POSIX_ACL
          | InitFlag.MAX_PAGES
          | InitFlag.CACHE_SYMLINKS
          | InitFlag.EXPLICIT_INVAL_DATA
          | InitFlag.HANDLE_KILLPRIV_V2
          | InitFlag.SETXATTR_EXT
          | InitFlag.INIT_EXT;

  /**
   * Answers INIT.
   *
   * @param pageSize the kernel's
   * @param passthrough whether to ask for passthrough
   * @return what was settled; empty if the kernel has to ask again, with an older major version
   * @throws FileSystemException EINVAL if the kernel is too old to talk to
   */
  static Optional<Negotiation> answer(
      Request request, Reply reply, int pageSize, boolean passthrough) throws FileSystemException {
    request.take(InitIn.SHORT_SIZE);
    int major = request.getInt(InitIn.MAJOR);
    int minor = request.getInt(InitIn.MINOR);
    int readAhead = request.getInt(InitIn.MAX_READAHEAD);
    if (major < Protocol.MAJOR || (major == Protocol.MAJOR && minor < Protocol.OLDEST_MINOR)) {
      throw new FileSystemException(
          Errno.EINVAL,
          "the kernel speaks FUSE " + major + "." + minor + "; 7.12 is the least that works");
    }
    if (major > Protocol.MAJOR) {
      int at = reply.struct(InitOut.SIZE);
      reply.body().putInt(at + InitOut.MAJOR, Protocol.MAJOR);
      return Optional.empty();
    }
    long wanted = WANTED | (passthrough ? InitFlag.PASSTHROUGH : 0);
    long flags = offered(request) & wanted;
    boolean large = (flags & InitFlag.MAX_PAGES) != 0;
    Negotiation settled =
        new Negotiation(
            Math.min(minor, Protocol.MINOR),
            flags,
            large ? LARGEST : Math.min(LARGEST, OLD_PAGES * pageSize));
    settled.put(reply, readAhead, pageSize);
    return Optional.of(settled);
  }

  private static long offered(Request request) throws FileSystemException {
    long flags = request.getInt(InitIn.FLAGS) & LOWER_HALF;
    int longer = InitIn.SIZE - InitIn.SHORT_SIZE;
    if ((flags & InitFlag.INIT_EXT) != 0 && request.remaining() >= longer) {
      request.takeMore(longer);
      flags |= (long) request.getInt(InitIn.FLAGS2) << 32;
    }
    return flags;
  }

  private void put(Reply reply, int readAhead, int pageSize) {
    boolean longForm = minor >= Protocol.MINOR_OF_LONG_INIT;
    int at = reply.struct(longForm ? InitOut.SIZE : InitOut.SHORT_SIZE);
    ByteBuffer body = reply.body();
    body.putInt(at + InitOut.MAJOR, Protocol.MAJOR);
    body.putInt(at + InitOut.MINOR, minor);
    body.putInt(at + InitOut.MAX_READAHEAD, readAhead);
    body.putInt(at + InitOut.FLAGS, (int) flags);
    body.putShort(at + InitOut.MAX_BACKGROUND, (short) MAX_BACKGROUND);
    body.putShort(at + InitOut.CONGESTION_THRESHOLD, (short) CONGESTION_THRESHOLD);
    body.putInt(at + InitOut.MAX_WRITE, maxWrite);
    if (longForm) {
      body.putInt(at + InitOut.TIME_GRAN, 1);
      body.putShort(at + InitOut.MAX_PAGES, (short) Math.max(1, LARGEST / pageSize));
      body.putInt(at + InitOut.FLAGS2, (int) (flags >>> 32));
      if (has(InitFlag.PASSTHROUGH)) {
        body.putInt(at + InitOut.MAX_STACK_DEPTH, STACK_DEPTH);
      }
    }
  }

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Returns the version as people write it. */
  String version() {
    return Protocol.MAJOR + "." + minor;
  }
}

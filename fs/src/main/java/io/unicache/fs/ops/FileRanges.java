package io.unicache.fs.ops;

import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import java.util.OptionalLong;

/**
 * What is done to ranges of open files without their bytes passing through: copying, looking for
 * holes, making them. Safe for use by many threads.
 */
final class FileRanges {

  private final OpenFiles files;

  FileRanges(OpenFiles files) {
    this.files = files;
  }

  long copy(long handleIn, long offsetIn, long handleOut, long offsetOut, long length)
      throws CacheException, FileSystemException {
    OpenFile in = files.readable(handleIn);
    OpenFile out = files.writable(handleOut);
    if (offsetIn < 0 || offsetOut < 0 || length < 0) {
      throw new FileSystemException(
          Errno.EINVAL, length + " bytes from " + offsetIn + " to " + offsetOut);
    }
    if (length == 0 || offsetIn >= in.file().size()) {
      return 0;
    }
    long copied = out.file().copyFrom(in.file(), offsetIn, offsetOut, length);
    // The source may have been committed for it, and the kernel knows its content.
    files.remember(in.file());
    files.syncIfSynchronous(out);
    return copied;
  }

  long seekData(long handle, long offset) throws FileSystemException {
    return found(files.get(handle).file().nextData(checked(offset)), offset);
  }

  long seekHole(long handle, long offset) throws FileSystemException {
    return found(files.get(handle).file().nextHole(checked(offset)), offset);
  }

  /** lseek(2) knows one error for all offsets that cannot be sought from. */
  private static long checked(long offset) throws FileSystemException {
    if (offset < 0) {
      throw new FileSystemException(Errno.ENXIO, "offset " + offset);
    }
    return offset;
  }

  private static long found(OptionalLong offset, long from) throws FileSystemException {
    if (offset.isEmpty()) {
      throw new FileSystemException(Errno.ENXIO, "nothing from " + from + " on");
    }
    return offset.getAsLong();
  }

  void allocate(long handle, int mode, long offset, long length)
      throws CacheException, FileSystemException {
    OpenFile opened = files.writable(handle);
    if (offset < 0 || length <= 0) {
      throw new FileSystemException(Errno.EINVAL, length + " bytes at " + offset);
    }
    OpenFiles.checkRange(offset, length);
    LiveFile file = opened.file();
    switch (mode) {
      case FileSystemOps.ALLOCATE_KEEP_SIZE -> {
        return; // Nothing is set aside: a block is known only when it is written.
      }
      case 0 -> file.extend(offset + length);
      case FileSystemOps.ALLOCATE_ZERO_RANGE -> file.zero(offset, length, true);
      case FileSystemOps.ALLOCATE_ZERO_RANGE | FileSystemOps.ALLOCATE_KEEP_SIZE,
          FileSystemOps.ALLOCATE_PUNCH_HOLE | FileSystemOps.ALLOCATE_KEEP_SIZE ->
          file.zero(offset, length, false);
      default -> throw new FileSystemException(Errno.EOPNOTSUPP, "fallocate mode " + mode);
    }
    files.syncIfSynchronous(opened);
  }
}

package io.unicache.fs.fuse.jnr;

import jnr.ffi.Pointer;

/**
 * Fields of struct fuse_file_info (libfuse 2.9, 64 bit). By offset, not through jnr-fuse's class:
 * that cannot set the bit fields.
 */
final class FileInfo {

  static final int FLAGS = 0;
  static final int WRITEPAGE = 16;
  static final int BITS = 20;
  static final int HANDLE = 24;

  private static final byte BIT_DIRECT_IO = 1;
  private static final byte BIT_KEEP_CACHE = 2;

  private FileInfo() {}

  /** Returns open(2)'s flags; in a write, those of now, as fcntl(2) changes them. */
  static int flags(Pointer info) {
    return info.getInt(FLAGS);
  }

  static long handle(Pointer info) {
    return info.getLong(HANDLE);
  }

  static void setHandle(Pointer info, long handle) {
    info.putLong(HANDLE, handle);
  }

  /** Tells whether a write brings what was changed through a mapping, in nobody's name. */
  static boolean isPageOfMapping(Pointer info) {
    return info.getInt(WRITEPAGE) != 0;
  }

  /** Answers an open: how the kernel may cache. */
  static void setCaching(Pointer info, boolean directIo, boolean keepCache) {
    int bits = info.getByte(BITS) & ~(BIT_DIRECT_IO | BIT_KEEP_CACHE);
    bits |= directIo ? BIT_DIRECT_IO : 0;
    bits |= keepCache && !directIo ? BIT_KEEP_CACHE : 0;
    info.putByte(BITS, (byte) bits);
  }
}

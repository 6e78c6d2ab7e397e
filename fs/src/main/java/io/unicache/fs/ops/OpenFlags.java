package io.unicache.fs.ops;

/** Bits of open(2)'s flags that reach a file system, with Linux's values on x86-64 and arm64. */
public final class OpenFlags {

  public static final int ACCESS_MODE = 03;
  public static final int READ_ONLY = 00;
  public static final int WRITE_ONLY = 01;
  public static final int READ_WRITE = 02;
  public static final int CREATE = 0100;
  public static final int EXCLUSIVE = 0200;
  public static final int TRUNCATE = 01000;
  public static final int APPEND = 02000;
  public static final int DSYNC = 010000;
  public static final int SYNC = 04010000;
  public static final int NO_ACCESS_TIME = 01000000;

  /** O_TMPFILE without O_DIRECTORY, which is a part of it and has two values. */
  public static final int UNNAMED = 020000000;

  private OpenFlags() {}

  public static boolean reads(int flags) {
    return (flags & ACCESS_MODE) != WRITE_ONLY;
  }

  /** Tells whether reading is to leave the access time alone (O_NOATIME). */
  public static boolean keepsAccessTime(int flags) {
    return (flags & NO_ACCESS_TIME) != 0;
  }

  /**
   * Returns the flags that hold for a write. A page that was changed through a mapping goes where
   * it belongs, whatever handle the kernel has picked for it.
   *
   * @param flags those of the handle, as they are now
   * @param page whether the write brings such a page
   */
  public static int ofWrite(int flags, boolean page) {
    return page ? flags & ~APPEND : flags;
  }

  public static boolean writes(int flags) {
    return (flags & ACCESS_MODE) != READ_ONLY;
  }
}

package io.unicache.fs.control;

import io.unicache.store.block.ContentId;

/**
 * Inode numbers of what {@link ControlFileSystem} makes up. All have bit 62, which the tree,
 * counting up from 1, does not reach. Bit 61 marks contents, whose numbers come from their IDs: the
 * same in every process, with no table to keep.
 */
final class ControlInodes {

  private static final long BASE = 1L << 62;
  private static final long CONTENT = BASE | 1L << 61;

  static final long DIRECTORY = BASE | 1;
  static final long CONTROL = BASE | 2;
  static final long STATS = BASE | 3;
  static final long VERSION = BASE | 4;
  static final long BY_ID = BASE | 5;

  private ControlInodes() {}

  static boolean isVirtual(long inode) {
    return (inode & BASE) != 0;
  }

  static boolean isContent(long inode) {
    return (inode & CONTENT) == CONTENT;
  }

  static long of(ContentId id) {
    return CONTENT | ContentCatalog.number(id);
  }

  /** Returns the number of a content in the catalog. */
  static long contentNumber(long inode) {
    return inode & ~CONTENT;
  }

  /** Returns a handle that no file system beneath gives out. */
  static long handle(long count) {
    return BASE | count;
  }

  static boolean isVirtualHandle(long handle) {
    return (handle & BASE) != 0;
  }
}

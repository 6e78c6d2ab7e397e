package io.unicache.fs.fuse.jnr;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.provider.ClosureManager;

/**
 * A struct fuse_operations of libfuse 2.9 in native memory. It must be reachable as long as the
 * session lives: with it the callbacks would go.
 */
final class OperationsTable {

  /** The struct's fields that are used; {@link #FLAGS} is not a function. */
  enum Slot {
    GETATTR(0),
    READLINK(8),
    MKNOD(24),
    MKDIR(32),
    UNLINK(40),
    RMDIR(48),
    SYMLINK(56),
    RENAME(64),
    LINK(72),
    CHMOD(80),
    CHOWN(88),
    TRUNCATE(96),
    OPEN(112),
    READ(120),
    WRITE(128),
    STATFS(136),
    FLUSH(144),
    RELEASE(152),
    FSYNC(160),
    SETXATTR(168),
    GETXATTR(176),
    LISTXATTR(184),
    REMOVEXATTR(192),
    OPENDIR(200),
    READDIR(208),
    RELEASEDIR(216),
    FSYNCDIR(224),
    INIT(232),
    DESTROY(240),
    ACCESS(248),
    CREATE(256),
    FTRUNCATE(264),
    FGETATTR(272),
    UTIMENS(288),
    FLAGS(304),
    FALLOCATE(352);

    private final int offset;

    Slot(int offset) {
      this.offset = offset;
    }

    /** Returns where it is in the struct, in bytes. */
    int offset() {
      return offset;
    }
  }

  /** Size of the struct in bytes. */
  static final int SIZE = 360;

  /** Calls that have a handle can do without a path: that of an unlinked file is not known. */
  private static final int FLAG_NULLPATH_OK = 1;

  /** Nor need libfuse work the path out for them. */
  private static final int FLAG_NOPATH = 2;

  /** utimens understands UTIME_NOW and UTIME_OMIT. */
  private static final int FLAG_UTIME_OMIT_OK = 4;

  private final ClosureManager closures;
  private final Pointer memory;

  // jnr-ffi frees a callback when its Java object is gone, and knows the object only weakly.
  private final List<Object> callbacks = new ArrayList<>();

  OperationsTable(Runtime runtime) {
    closures = runtime.getClosureManager();
    memory = Memory.allocateDirect(runtime, SIZE, true);
    memory.putInt(Slot.FLAGS.offset(), FLAG_NULLPATH_OK | FLAG_NOPATH | FLAG_UTIME_OMIT_OK);
  }

  /** Sets a function; {@code type} is the interface with the method to call. */
  <T> void set(Slot slot, Class<T> type, T callback) {
    callbacks.add(callback);
    memory.putPointer(slot.offset(), closures.getClosurePointer(type, callback));
  }

  Pointer memory() {
    return memory;
  }
}

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

  /** Pointer-sized slots, in the struct's order; {@link #FLAGS} is not a function. */
  enum Slot {
    GETATTR,
    READLINK,
    GETDIR,
    MKNOD,
    MKDIR,
    UNLINK,
    RMDIR,
    SYMLINK,
    RENAME,
    LINK,
    CHMOD,
    CHOWN,
    TRUNCATE,
    UTIME,
    OPEN,
    READ,
    WRITE,
    STATFS,
    FLUSH,
    RELEASE,
    FSYNC,
    SETXATTR,
    GETXATTR,
    LISTXATTR,
    REMOVEXATTR,
    OPENDIR,
    READDIR,
    RELEASEDIR,
    FSYNCDIR,
    INIT,
    DESTROY,
    ACCESS,
    CREATE,
    FTRUNCATE,
    FGETATTR,
    LOCK,
    UTIMENS,
    BMAP,
    FLAGS,
    IOCTL,
    POLL,
    WRITE_BUF,
    READ_BUF,
    FLOCK,
    FALLOCATE;

    int offset() {
      return ordinal() * Long.BYTES;
    }
  }

  /** Size of the struct in bytes. */
  static final int SIZE = Slot.values().length * Long.BYTES;

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

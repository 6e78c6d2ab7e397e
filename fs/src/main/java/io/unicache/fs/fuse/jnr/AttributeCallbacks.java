package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.jnr.Callbacks.AccessCall;
import io.unicache.fs.fuse.jnr.Callbacks.BufferCall;
import io.unicache.fs.fuse.jnr.Callbacks.ChownCall;
import io.unicache.fs.fuse.jnr.Callbacks.GetxattrCall;
import io.unicache.fs.fuse.jnr.Callbacks.ModeCall;
import io.unicache.fs.fuse.jnr.Callbacks.PathStructCall;
import io.unicache.fs.fuse.jnr.Callbacks.SetxattrCall;
import io.unicache.fs.fuse.jnr.Callbacks.TwoPathsCall;
import io.unicache.fs.fuse.jnr.Callbacks.UtimensCall;
import io.unicache.fs.fuse.jnr.OperationsTable.Slot;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.store.meta.Timestamp;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/** Callbacks that read and change attributes, by path. */
final class AttributeCallbacks {

  /** tv_nsec: the present time. */
  static final long UTIME_NOW = 0x3fffffff;

  /** tv_nsec: leave it as it is. */
  static final long UTIME_OMIT = 0x3ffffffe;

  private static final int TIMESPEC_SIZE = 16;

  private final FileSystemOps ops;
  private final PathResolver paths;
  private final CallerContext context;

  AttributeCallbacks(FileSystemOps ops, PathResolver paths, CallerContext context) {
    this.ops = ops;
    this.paths = paths;
    this.context = context;
  }

  void register(OperationsTable table) {
    table.set(Slot.GETATTR, PathStructCall.class, this::getattr);
    table.set(Slot.CHMOD, ModeCall.class, this::chmod);
    table.set(Slot.CHOWN, ChownCall.class, this::chown);
    table.set(Slot.UTIMENS, UtimensCall.class, this::utimens);
    table.set(Slot.ACCESS, AccessCall.class, this::access);
    table.set(Slot.STATFS, PathStructCall.class, this::statfs);
    table.set(Slot.SETXATTR, SetxattrCall.class, this::setxattr);
    table.set(Slot.GETXATTR, GetxattrCall.class, this::getxattr);
    table.set(Slot.LISTXATTR, BufferCall.class, this::listxattr);
    table.set(Slot.REMOVEXATTR, TwoPathsCall.class, this::removexattr);
  }

  private int getattr(Pointer path, Pointer stat) {
    return Guard.call(
        "getattr",
        () -> {
          StatLayout.putStat(stat, paths.attributes(NativeBytes.string(path)));
          return 0;
        });
  }

  private int chmod(Pointer path, long mode) {
    return Guard.call("chmod", () -> change(path, AttributeChange.mode((int) mode)));
  }

  private int chown(Pointer path, long uid, long gid) {
    return Guard.call("chown", () -> change(path, AttributeChange.owner((int) uid, (int) gid)));
  }

  private int utimens(Pointer path, Pointer times) {
    return Guard.call(
        "utimens",
        () -> {
          Timestamp accessed = time(times, 0);
          Timestamp modified = time(times, TIMESPEC_SIZE);
          return change(path, AttributeChange.times(accessed, modified));
        });
  }

  /** Reads a timespec; null if the time is to stay as it is. */
  static Timestamp time(Pointer times, int offset) {
    long nanos = times.getLong(offset + (long) Long.BYTES);
    if (nanos == UTIME_OMIT) {
      return null;
    }
    return nanos == UTIME_NOW
        ? AttributeChange.NOW
        : new Timestamp(times.getLong(offset), (int) nanos);
  }

  private int change(Pointer path, AttributeChange change) throws FileSystemException {
    ops.setattr(inode(path), change, context.caller());
    return 0;
  }

  private int access(Pointer path, int mask) {
    return Guard.call(
        "access",
        () -> {
          ops.access(inode(path), mask, context.caller());
          return 0;
        });
  }

  private int statfs(Pointer path, Pointer statvfs) {
    return Guard.call(
        "statfs",
        () -> {
          StatLayout.putStatistics(statvfs, ops.statfs());
          return 0;
        });
  }

  private int setxattr(Pointer path, Pointer name, Pointer value, long size, int flags) {
    return Guard.call(
        "setxattr",
        () -> {
          byte[] bytes = new byte[Math.toIntExact(size)];
          if (size > 0) {
            value.get(0, bytes, 0, bytes.length);
          }
          ops.setxattr(inode(path), attribute(name), bytes, flags, context.caller());
          return 0;
        });
  }

  private int getxattr(Pointer path, Pointer name, Pointer room, long size) {
    return Guard.call(
        "getxattr",
        () -> NativeBytes.reply(ops.getxattr(inode(path), attribute(name)), room, size));
  }

  /** The names, each with a closing zero. */
  private int listxattr(Pointer path, Pointer room, long size) {
    return Guard.call(
        "listxattr",
        () -> {
          ByteArrayOutputStream names = new ByteArrayOutputStream();
          for (byte[] name : ops.listxattr(inode(path), context.caller())) {
            if (!isAccessControlList(name)) {
              names.writeBytes(name);
              names.write(0);
            }
          }
          return NativeBytes.reply(names.toByteArray(), room, size);
        });
  }

  private int removexattr(Pointer path, Pointer name) {
    return Guard.call(
        "removexattr",
        () -> {
          ops.removexattr(inode(path), attribute(name), context.caller());
          return 0;
        });
  }

  /** The kernel would not check by them: libfuse 2 cannot ask it to. */
  private static boolean isAccessControlList(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1).startsWith("system.posix_acl_");
  }

  private static byte[] attribute(Pointer name) throws FileSystemException {
    byte[] bytes = NativeBytes.string(name);
    if (isAccessControlList(bytes)) {
      throw new FileSystemException(Errno.EOPNOTSUPP, "no access control lists through libfuse 2");
    }
    return bytes;
  }

  private long inode(Pointer path) throws FileSystemException {
    return paths.inode(NativeBytes.string(path));
  }
}

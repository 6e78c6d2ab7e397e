package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.AccessIn;
import io.unicache.fs.fuse.kernel.Protocol.Fattr;
import io.unicache.fs.fuse.kernel.Protocol.GetxattrIn;
import io.unicache.fs.fuse.kernel.Protocol.GetxattrOut;
import io.unicache.fs.fuse.kernel.Protocol.SetattrIn;
import io.unicache.fs.fuse.kernel.Protocol.SetxattrIn;
import io.unicache.fs.fuse.kernel.Protocol.StatfsOut;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Statistics;
import io.unicache.store.meta.Timestamp;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Requests on attributes, plain and extended, and on the file system as a whole. */
final class AttributeRequests {

  private static final int NANOS = 1_000_000_000;

  private final FileSystemOps ops;
  private final Entries entries;
  private final Privileges privileges;
  private final Prefetcher prefetcher;

  AttributeRequests(
      FileSystemOps ops, Entries entries, Privileges privileges, Prefetcher prefetcher) {
    this.ops = ops;
    this.entries = entries;
    this.privileges = privileges;
    this.prefetcher = prefetcher;
  }

  /** By inode also where the kernel gives a handle: an open file's attributes are the inode's. */
  void getattr(Request request, Reply reply) throws FileSystemException {
    long mark = entries.mark();
    entries.putAttributes(reply, ops.getattr(request.node()), mark);
  }

  /** The kernel asks so if someone wants to know when a file was made. */
  void statx(Request request, Reply reply) throws FileSystemException {
    long mark = entries.mark();
    entries.putExtended(reply, ops.getattr(request.node()), mark);
  }

  void setattr(Request request, Reply reply) throws FileSystemException {
    AttributeChange change = change(request.take(SetattrIn.SIZE));
    long mark = entries.mark();
    long inode = request.node();
    privileges.beforeChange(inode, change);
    boolean resizes = change.size() != null;
    if (resizes) {
      prefetcher.opened(inode, true);
    }
    try {
      entries.putAttributes(reply, ops.setattr(inode, change, request.caller()), mark);
    } finally {
      if (resizes) {
        prefetcher.closed(inode, true);
      }
    }
  }

  static AttributeChange change(Request in) throws FileSystemException {
    int valid = in.getInt(SetattrIn.VALID);
    return new AttributeChange(
        (valid & Fattr.MODE) != 0 ? in.getInt(SetattrIn.MODE) : null,
        (valid & Fattr.UID) != 0 ? in.getInt(SetattrIn.UID) : null,
        (valid & Fattr.GID) != 0 ? in.getInt(SetattrIn.GID) : null,
        (valid & Fattr.SIZE) != 0 ? in.getLong(SetattrIn.SIZE_FIELD) : null,
        time(in, valid, Fattr.ATIME, Fattr.ATIME_NOW, SetattrIn.ATIME, SetattrIn.ATIMENSEC),
        time(in, valid, Fattr.MTIME, Fattr.MTIME_NOW, SetattrIn.MTIME, SetattrIn.MTIMENSEC));
  }

  private static Timestamp time(
      Request in, int valid, int given, int now, int seconds, int nanoseconds)
      throws FileSystemException {
    if ((valid & now) != 0) {
      return AttributeChange.NOW;
    }
    if ((valid & given) == 0) {
      return null;
    }
    int nanos = in.getInt(nanoseconds);
    if (nanos < 0 || nanos >= NANOS) {
      throw new FileSystemException(Errno.EINVAL, "nanoseconds " + nanos);
    }
    return new Timestamp(in.getLong(seconds), nanos);
  }

  void access(Request request) throws FileSystemException {
    int mask = request.take(AccessIn.SIZE).getInt(AccessIn.MASK);
    ops.access(request.node(), mask, request.caller());
  }

  void statfs(Reply reply) throws FileSystemException {
    Statistics s = ops.statfs();
    int at = reply.struct(StatfsOut.SIZE);
    ByteBuffer body = reply.body();
    body.putLong(at + StatfsOut.BLOCKS, s.blocks());
    body.putLong(at + StatfsOut.BFREE, s.free());
    body.putLong(at + StatfsOut.BAVAIL, s.available());
    body.putLong(at + StatfsOut.FILES, s.files());
    body.putLong(at + StatfsOut.FFREE, s.freeFiles());
    body.putInt(at + StatfsOut.BSIZE, s.blockSize());
    body.putInt(at + StatfsOut.NAMELEN, s.maxName());
    body.putInt(at + StatfsOut.FRSIZE, s.blockSize());
  }

  /**
   * @param extended whether the struct is the longer one
   */
  void setxattr(Request request, boolean extended) throws FileSystemException {
    request.take(extended ? SetxattrIn.SIZE : SetxattrIn.SHORT_SIZE);
    int size = request.getInt(SetxattrIn.SIZE_FIELD);
    int flags = request.getInt(SetxattrIn.FLAGS);
    byte[] name = request.name();
    ByteBuffer data = request.data(size);
    byte[] value = new byte[size];
    data.get(value);
    ops.setxattr(request.node(), name, value, flags, request.caller());
  }

  void getxattr(Request request, Reply reply) throws FileSystemException {
    int room = request.take(GetxattrIn.SIZE).getInt(GetxattrIn.SIZE_FIELD);
    putSized(reply, ops.getxattr(request.node(), request.name()), room);
  }

  /** The names, each with a closing zero. */
  void listxattr(Request request, Reply reply) throws FileSystemException {
    int room = request.take(GetxattrIn.SIZE).getInt(GetxattrIn.SIZE_FIELD);
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (byte[] name : ops.listxattr(request.node(), request.caller())) {
      names.writeBytes(name);
      names.write(0);
    }
    putSized(reply, names.toByteArray(), room);
  }

  /** Without room the size is the answer. */
  private static void putSized(Reply reply, byte[] value, int room) throws FileSystemException {
    if (room == 0) {
      int at = reply.struct(GetxattrOut.SIZE);
      reply.body().putInt(at + GetxattrOut.SIZE_FIELD, value.length);
    } else if (Integer.compareUnsigned(value.length, room) > 0) {
      throw new FileSystemException(
          Errno.ERANGE, value.length + " bytes do not fit into " + Integer.toUnsignedLong(room));
    } else {
      reply.requireRoom(value.length);
      reply.room(value.length).put(value);
    }
  }

  void removexattr(Request request) throws FileSystemException {
    ops.removexattr(request.node(), request.name(), request.caller());
  }
}

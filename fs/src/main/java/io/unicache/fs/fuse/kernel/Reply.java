package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.Attr;
import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.nio.ByteBuffer;

/**
 * The reply that a thread makes: the body is written in place, the header comes before it, and both
 * go to the kernel in one call. One object serves a thread for all its life. The body starts at a
 * page, so that file data are read into aligned memory.
 */
final class Reply {

  private static final int BODY = 4096;
  private static final int HEADER = BODY - OutHeader.SIZE;

  /** What to do if the kernel does not take the reply. */
  @FunctionalInterface
  interface Undo {
    void run();
  }

  private final NativeBuffer buffer;
  private final ByteBuffer bytes;
  private boolean wanted;
  private Undo undo;

  Reply(int bodySize) {
    buffer = new NativeBuffer(BODY + bodySize);
    bytes = buffer.bytes();
  }

  /** Starts an empty reply. */
  void begin() {
    bytes.clear().position(BODY);
    wanted = true;
    undo = null;
  }

  /** Says that this request gets none. */
  void none() {
    wanted = false;
  }

  /** Says how to take back what was done, in case that the kernel gets an error or nothing. */
  void ifUndelivered(Undo action) {
    undo = action;
  }

  /** Returns the buffer, positioned where the next byte of the body goes. */
  ByteBuffer body() {
    return bytes;
  }

  /** Returns the bytes of body that there are. */
  int length() {
    return bytes.position() - BODY;
  }

  /** Sets the length of the body, whatever was written. */
  void setLength(int length) {
    bytes.limit(BODY + length).position(BODY + length);
  }

  /** Makes room for so many bytes of body and not more; EINVAL if there is no such room. */
  ByteBuffer room(int size) throws FileSystemException {
    if (size < 0 || size > bytes.capacity() - BODY) {
      throw new FileSystemException(
          Errno.EINVAL, size + " bytes asked for; at most " + (bytes.capacity() - BODY));
    }
    return bytes.limit(BODY + size);
  }

  /** Appends a struct of zeros, and returns its position in {@link #body}. */
  int struct(int size) {
    int start = bytes.position();
    for (int i = 0; i < size; i += Long.BYTES) {
      bytes.putLong(0);
    }
    return start;
  }

  /** Writes struct fuse_attr at a position. */
  void putAttributes(int at, Attributes a) {
    bytes.putLong(at + Attr.INO, a.inode());
    bytes.putLong(at + Attr.SIZE_FIELD, a.size());
    bytes.putLong(at + Attr.BLOCKS, a.blocks());
    bytes.putLong(at + Attr.ATIME, a.accessed().seconds());
    bytes.putLong(at + Attr.MTIME, a.modified().seconds());
    bytes.putLong(at + Attr.CTIME, a.changed().seconds());
    bytes.putInt(at + Attr.ATIMENSEC, a.accessed().nanos());
    bytes.putInt(at + Attr.MTIMENSEC, a.modified().nanos());
    bytes.putInt(at + Attr.CTIMENSEC, a.changed().nanos());
    bytes.putInt(at + Attr.MODE, a.mode());
    bytes.putInt(at + Attr.NLINK, a.links());
    bytes.putInt(at + Attr.UID, a.uid());
    bytes.putInt(at + Attr.GID, a.gid());
    bytes.putInt(at + Attr.RDEV, a.device());
    bytes.putInt(at + Attr.BLKSIZE, a.blockSize());
  }

  /**
   * Sends the reply, unless none is wanted.
   *
   * @param errno 0, or the error; then there is no body
   * @return 0 or a negative errno
   */
  int send(Channel channel, long unique, int errno) {
    if (!wanted) {
      return 0;
    }
    int length = OutHeader.SIZE + (errno == 0 ? length() : 0);
    bytes.limit(bytes.capacity());
    bytes.putInt(HEADER + OutHeader.LEN, length);
    bytes.putInt(HEADER + OutHeader.ERROR, -errno);
    bytes.putLong(HEADER + OutHeader.UNIQUE, unique);
    int result = channel.send(buffer, HEADER, length);
    if (undo != null && (result < 0 || errno != 0)) {
      undo.run();
    }
    return result;
  }
}

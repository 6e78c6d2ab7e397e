package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.Attr;
import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import io.unicache.fs.fuse.kernel.Protocol.Statx;
import io.unicache.fs.fuse.kernel.Protocol.SxTime;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.read.ReadTarget;
import java.nio.ByteBuffer;

/**
 * The reply that a thread makes: the body is written in place, the header comes before it, and both
 * go to the kernel in one call. File data may stay where they are in memory: then the kernel takes
 * them from there, once the read delivers. One object serves a thread for all its life. The body
 * starts at a page, so that file data are read into aligned memory.
 */
final class Reply implements ReadTarget {

  private static final int BODY = 4096;
  private static final int HEADER = BODY - OutHeader.SIZE;

  /** What to do if the kernel does not take the reply. */
  @FunctionalInterface
  interface Undo {
    void run();
  }

  private final Channel channel;
  private final Runnable beforeWaiting;
  private final NativeBuffer buffer;
  private final ByteBuffer bytes;

  /** Empty, or the pieces of the reply: the header, copied bytes and mapped ones. */
  private final IoVector pieces = new IoVector();

  /** Where the bytes begin that were copied since the last mapped ones. */
  private int copied;

  private long unique;
  private boolean wanted;
  private boolean sent;
  private int result;
  private Undo undo;

  /**
   * @param beforeWaiting run before something that may take long
   */
  Reply(Channel channel, int bodySize, Runnable beforeWaiting) {
    this.channel = channel;
    this.beforeWaiting = beforeWaiting;
    buffer = NativeBuffer.uncleared(BODY + bodySize);
    bytes = buffer.bytes();
  }

  /** Gives the memory back. */
  void free() {
    buffer.free();
  }

  /** Starts an empty reply to a request. */
  void begin(long requestUnique) {
    bytes.clear().position(BODY);
    pieces.clear();
    copied = BODY;
    unique = requestUnique;
    wanted = true;
    sent = false;
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

  /** Throws EINVAL if there is no room for so many bytes of body. */
  void requireRoom(int size) throws FileSystemException {
    if (size < 0 || size > bytes.capacity() - BODY) {
      throw new FileSystemException(
          Errno.EINVAL, size + " bytes asked for; at most " + (bytes.capacity() - BODY));
    }
  }

  @Override
  public ByteBuffer room(int count) {
    return bytes.limit(bytes.position() + count);
  }

  @Override
  public void mapped(long address, int count) {
    if (pieces.count() == 0) {
      pieces.add(buffer.address(HEADER), OutHeader.SIZE);
    }
    addCopied();
    pieces.add(address, count);
  }

  private void addCopied() {
    if (bytes.position() > copied) {
      pieces.add(buffer.address(copied), bytes.position() - copied);
      copied = bytes.position();
    }
  }

  @Override
  public void mayWait() {
    beforeWaiting.run();
  }

  /** Sends at once what is mapped; what was copied can wait. */
  @Override
  public void deliver() {
    if (pieces.count() > 0) {
      addCopied();
      putHeader((int) pieces.bytes(), 0);
      result = channel.send(pieces);
      sent = true;
    }
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

  /** Writes struct fuse_statx at a position. */
  void putExtended(int at, Attributes a) {
    bytes.putInt(at + Statx.MASK, Statx.BASIC_AND_BTIME);
    bytes.putInt(at + Statx.BLKSIZE, a.blockSize());
    bytes.putInt(at + Statx.NLINK, a.links());
    bytes.putInt(at + Statx.UID, a.uid());
    bytes.putInt(at + Statx.GID, a.gid());
    bytes.putShort(at + Statx.MODE, (short) a.mode());
    bytes.putLong(at + Statx.INO, a.inode());
    bytes.putLong(at + Statx.SIZE_FIELD, a.size());
    bytes.putLong(at + Statx.BLOCKS, a.blocks());
    putTime(at + Statx.ATIME, a.accessed());
    putTime(at + Statx.BTIME, a.born());
    putTime(at + Statx.CTIME, a.changed());
    putTime(at + Statx.MTIME, a.modified());
    // As the kernel packs the two into 32 bits: the minor number lies around the major one.
    bytes.putInt(at + Statx.RDEV_MAJOR, (a.device() >>> 8) & 0xfff);
    bytes.putInt(at + Statx.RDEV_MINOR, (a.device() & 0xff) | ((a.device() >>> 12) & 0xfff00));
  }

  private void putTime(int at, Timestamp time) {
    bytes.putLong(at + SxTime.SEC, time.seconds());
    bytes.putInt(at + SxTime.NSEC, time.nanos());
  }

  /**
   * Sends the reply, unless none is wanted or it has been sent.
   *
   * @param errno 0, or the error; then there is no body
   * @return 0 or a negative errno
   */
  int send(int errno) {
    if (!wanted || sent) {
      return wanted ? result : 0;
    }
    int length = OutHeader.SIZE + (errno == 0 ? length() : 0);
    bytes.limit(bytes.capacity());
    putHeader(length, errno);
    result = channel.send(buffer, HEADER, length);
    if (undo != null && (result < 0 || errno != 0)) {
      undo.run();
    }
    return result;
  }

  private void putHeader(int length, int errno) {
    bytes.putInt(HEADER + OutHeader.LEN, length);
    bytes.putInt(HEADER + OutHeader.ERROR, -errno);
    bytes.putLong(HEADER + OutHeader.UNIQUE, unique);
  }
}

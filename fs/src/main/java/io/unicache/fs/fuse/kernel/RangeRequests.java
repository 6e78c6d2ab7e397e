package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.fuse.kernel.Protocol.CopyFileRangeIn;
import io.unicache.fs.fuse.kernel.Protocol.CopyFileRangeOut;
import io.unicache.fs.fuse.kernel.Protocol.FallocateIn;
import io.unicache.fs.fuse.kernel.Protocol.LseekIn;
import io.unicache.fs.fuse.kernel.Protocol.LseekOut;
import io.unicache.fs.fuse.kernel.Protocol.WriteOut;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;

/** Requests on ranges of open files whose bytes do not pass through here. */
final class RangeRequests {

  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  /** The most that the answer to COPY_FILE_RANGE can say: 32 bits. */
  private static final long MAX_SHORT_ANSWER = 0xffffffffL;

  /** The largest block of any store: a copy in parts begins each of them at a block. */
  private static final long LARGEST_BLOCK = 16 << 20;

  private final FileSystemOps ops;
  private final OpenHandles handles;
  private final Privileges privileges;

  RangeRequests(FileSystemOps ops, OpenHandles handles, Privileges privileges) {
    this.ops = ops;
    this.handles = handles;
    this.privileges = privileges;
  }

  /** The kernel asks only for what it cannot know itself. */
  void lseek(Request request, Reply reply) throws FileSystemException {
    request.take(LseekIn.SIZE);
    long handle = request.getLong(LseekIn.FH);
    long offset = request.getLong(LseekIn.OFFSET);
    int whence = request.getInt(LseekIn.WHENCE);
    long found =
        switch (whence) {
          case SEEK_DATA -> ops.seekData(handle, offset);
          case SEEK_HOLE -> ops.seekHole(handle, offset);
          default -> throw new FileSystemException(Errno.EINVAL, "whence " + whence);
        };
    int at = reply.struct(LseekOut.SIZE);
    reply.body().putLong(at + LseekOut.OFFSET, found);
  }

  void copyFileRange(Request request, Reply reply) throws FileSystemException {
    long copied = copy(request, MAX_SHORT_ANSWER);
    int at = reply.struct(WriteOut.SIZE);
    reply.body().putInt(at + WriteOut.SIZE_FIELD, (int) copied);
  }

  void copyFileRange64(Request request, Reply reply) throws FileSystemException {
    long copied = copy(request, Long.MAX_VALUE);
    int at = reply.struct(CopyFileRangeOut.SIZE);
    reply.body().putLong(at + CopyFileRangeOut.BYTES_COPIED, copied);
  }

  private long copy(Request request, long most) throws FileSystemException {
    request.take(CopyFileRangeIn.SIZE);
    long handleOut = request.getLong(CopyFileRangeIn.FH_OUT);
    long offsetOut = request.getLong(CopyFileRangeIn.OFF_OUT);
    long length = request.getLong(CopyFileRangeIn.LEN);
    if (length > most) {
      length = most - (offsetOut + most) % LARGEST_BLOCK;
    }
    beforeChange(request, handleOut);
    return ops.copyRange(
        request.getLong(CopyFileRangeIn.FH_IN),
        request.getLong(CopyFileRangeIn.OFF_IN),
        handleOut,
        offsetOut,
        length);
  }

  void fallocate(Request request) throws FileSystemException {
    request.take(FallocateIn.SIZE);
    long handle = request.getLong(FallocateIn.FH);
    beforeChange(request, handle);
    ops.allocate(
        handle,
        request.getInt(FallocateIn.MODE),
        request.getLong(FallocateIn.OFFSET),
        request.getLong(FallocateIn.LENGTH));
  }

  /** Unlike WRITE, these requests do not say whether the caller may keep the set-ID bits. */
  private void beforeChange(Request request, long handle) throws FileSystemException {
    OpenFile file = handles.file(handle);
    if (file != null) {
      privileges.beforeWrite(file, handle, request.uid() != 0, request.caller());
    }
  }
}

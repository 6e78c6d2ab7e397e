package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.fuse.kernel.Protocol.CreateIn;
import io.unicache.fs.fuse.kernel.Protocol.FlushIn;
import io.unicache.fs.fuse.kernel.Protocol.FsyncIn;
import io.unicache.fs.fuse.kernel.Protocol.OpenFlag;
import io.unicache.fs.fuse.kernel.Protocol.OpenIn;
import io.unicache.fs.fuse.kernel.Protocol.OpenOut;
import io.unicache.fs.fuse.kernel.Protocol.ReadIn;
import io.unicache.fs.fuse.kernel.Protocol.ReleaseIn;
import io.unicache.fs.fuse.kernel.Protocol.WriteIn;
import io.unicache.fs.fuse.kernel.Protocol.WriteOut;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Created;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.OpenFlags;

/** Requests on open files. */
final class FileRequests {

  /** Bit of the open flags in OPEN and CREATE: take the set-ID bits off, with O_TRUNC. */
  private static final int KILL_SUIDGID = 1;

  private final FileSystemOps ops;
  private final Entries entries;
  private final OpenHandles handles;
  private final Privileges privileges;

  FileRequests(FileSystemOps ops, Entries entries, OpenHandles handles, Privileges privileges) {
    this.ops = ops;
    this.entries = entries;
    this.handles = handles;
    this.privileges = privileges;
  }

  void open(Request request, Reply reply) throws FileSystemException {
    request.take(OpenIn.SIZE);
    int flags = request.getInt(OpenIn.FLAGS);
    if ((flags & OpenFlags.TRUNCATE) != 0) {
      boolean kill = (request.getInt(OpenIn.OPEN_FLAGS) & KILL_SUIDGID) != 0;
      privileges.beforeTruncate(request.node(), kill, request.caller());
    }
    Opened opened = ops.open(request.node(), flags, request.caller());
    putOpened(reply, opened, note(request, request.node(), opened));
  }

  void create(Request request, Reply reply) throws FileSystemException {
    request.take(CreateIn.SIZE);
    int flags = request.getInt(CreateIn.FLAGS);
    int mode = request.getInt(CreateIn.MODE);
    int umask = request.getInt(CreateIn.UMASK);
    byte[] name = request.name();
    long mark = entries.mark();
    putCreated(
        request, reply, ops.create(request.node(), name, mode, flags, request.caller(umask)), mark);
  }

  /** The name that comes with it means nothing. */
  void tmpfile(Request request, Reply reply) throws FileSystemException {
    request.take(CreateIn.SIZE);
    int flags = request.getInt(CreateIn.FLAGS);
    int mode = request.getInt(CreateIn.MODE);
    int umask = request.getInt(CreateIn.UMASK);
    long mark = entries.mark();
    putCreated(
        request,
        reply,
        ops.createUnnamed(request.node(), mode, flags, request.caller(umask)),
        mark);
  }

  private void putCreated(Request request, Reply reply, Created created, long mark)
      throws FileSystemException {
    long inode = created.attributes().inode();
    Reply.Undo undoOpening = note(request, inode, created.opened());
    try {
      entries.reply(reply, request.node(), created.attributes(), mark);
    } catch (FileSystemException e) {
      undoOpening.run();
      throw e;
    }
    putOpened(
        reply,
        created.opened(),
        () -> {
          undoOpening.run();
          entries.counts().forget(inode, 1);
        });
  }

  /** Notes that a file is open; returns what takes that back. */
  private Reply.Undo note(Request request, long inode, Opened opened) {
    long handle = opened.handle();
    handles.opened(handle, new OpenFile(inode, request.uid() == 0));
    return () -> close(handle);
  }

  private static void putOpened(Reply reply, Opened opened, Reply.Undo undo) {
    int at = reply.struct(OpenOut.SIZE);
    int flags =
        (opened.keepCache() ? OpenFlag.KEEP_CACHE : 0)
            | (opened.directIo() ? OpenFlag.DIRECT_IO : 0);
    reply.body().putLong(at + OpenOut.FH, opened.handle()).putInt(at + OpenOut.OPEN_FLAGS, flags);
    reply.ifUndelivered(undo);
  }

  /** The file system reads straight into the reply. */
  void read(Request request, Reply reply) throws FileSystemException {
    request.take(ReadIn.SIZE);
    long handle = request.getLong(ReadIn.FH);
    long offset = request.getLong(ReadIn.OFFSET);
    int count = ops.read(handle, offset, reply.room(request.getInt(ReadIn.SIZE_FIELD)));
    reply.setLength(count);
  }

  void write(Request request, Reply reply) throws FileSystemException {
    request.take(WriteIn.SIZE);
    long handle = request.getLong(WriteIn.FH);
    long offset = request.getLong(WriteIn.OFFSET);
    int size = request.getInt(WriteIn.SIZE_FIELD);
    boolean kill = (request.getInt(WriteIn.WRITE_FLAGS) & WriteIn.KILL_SUIDGID) != 0;
    OpenFile file = handles.file(handle);
    if (file != null) {
      privileges.beforeWrite(file, kill, request.caller());
    }
    int written = ops.write(handle, offset, request.data(size));
    int at = reply.struct(WriteOut.SIZE);
    reply.body().putInt(at + WriteOut.SIZE_FIELD, written);
  }

  void flush(Request request) throws FileSystemException {
    ops.flush(request.take(FlushIn.SIZE).getLong(FlushIn.FH));
  }

  void fsync(Request request) throws FileSystemException {
    request.take(FsyncIn.SIZE);
    boolean dataOnly = (request.getInt(FsyncIn.FSYNC_FLAGS) & FsyncIn.DATA_ONLY) != 0;
    ops.fsync(request.getLong(FsyncIn.FH), dataOnly);
  }

  void release(Request request) throws FileSystemException {
    close(request.take(ReleaseIn.SIZE).getLong(ReleaseIn.FH));
  }

  private void close(long handle) {
    if (handles.closed(handle)) {
      ops.release(handle);
    }
  }
}

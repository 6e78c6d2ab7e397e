package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.fuse.kernel.Protocol.CreateIn;
import io.unicache.fs.fuse.kernel.Protocol.FlushIn;
import io.unicache.fs.fuse.kernel.Protocol.FsyncIn;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/** Requests on open files. */
final class FileRequests {

  /** Bit of the open flags in OPEN and CREATE: take the set-ID bits off, with O_TRUNC. */
  private static final int KILL_SUIDGID = 1;

  /** Writes from so many bytes on may have to wait until others have been hashed and stored. */
  private static final int LARGE_WRITE = 64 << 10;

  private final FileSystemOps ops;
  private final Entries entries;
  private final OpenHandles handles;
  private final Privileges privileges;
  private final Prefetcher prefetcher;
  private final Passthrough passthrough;
  private final LongConsumer attributesChange;
  private final LongAdder reads = new LongAdder();

  /**
   * @param attributesChange takes an inode whose attributes the kernel must not believe any more
   */
  FileRequests(
      FileSystemOps ops,
      Entries entries,
      OpenHandles handles,
      Privileges privileges,
      Prefetcher prefetcher,
      Passthrough passthrough,
      LongConsumer attributesChange) {
    this.prefetcher = prefetcher;
    this.ops = ops;
    this.entries = entries;
    this.handles = handles;
    this.privileges = privileges;
    this.passthrough = passthrough;
    this.attributesChange = attributesChange;
  }

  /** Returns how many reads the kernel has asked for. */
  long reads() {
    return reads.sum();
  }

  void open(Request request, Reply reply) throws FileSystemException {
    request.take(OpenIn.SIZE);
    int flags = request.getInt(OpenIn.FLAGS);
    if ((flags & OpenFlags.TRUNCATE) != 0) {
      boolean kill = (request.getInt(OpenIn.OPEN_FLAGS) & KILL_SUIDGID) != 0;
      privileges.beforeTruncate(request.node(), kill, request.caller());
    }
    long inode = request.node();
    prefetcher.opened(inode, changes(flags));
    Opened opened;
    try {
      opened = ops.open(inode, flags, request.caller());
    } catch (FileSystemException | RuntimeException e) {
      prefetcher.closed(inode, changes(flags));
      throw e;
    }
    reply.ifUndelivered(note(inode, opened, flags)); // at once, whatever comes now
    putOpened(reply, opened, mode(inode, opened, flags));
  }

  void create(Request request, Reply reply) throws FileSystemException {
    request.take(CreateIn.SIZE);
    int flags = request.getInt(CreateIn.FLAGS);
    int mode = request.getInt(CreateIn.MODE);
    int umask = request.getInt(CreateIn.UMASK);
    byte[] name = request.name();
    long mark = entries.mark();
    Created created = ops.create(request.node(), name, mode, flags, request.caller(umask));
    putCreated(request, reply, created, flags, mark);
  }

  /** The name that comes with it means nothing. */
  void tmpfile(Request request, Reply reply) throws FileSystemException {
    request.take(CreateIn.SIZE);
    int flags = request.getInt(CreateIn.FLAGS);
    int mode = request.getInt(CreateIn.MODE);
    int umask = request.getInt(CreateIn.UMASK);
    long mark = entries.mark();
    Created created = ops.createUnnamed(request.node(), mode, flags, request.caller(umask));
    putCreated(request, reply, created, flags, mark);
  }

  private void putCreated(Request request, Reply reply, Created created, int flags, long mark)
      throws FileSystemException {
    long inode = created.attributes().inode();
    prefetcher.opened(inode, true);
    Reply.Undo undoOpening = note(inode, created.opened(), flags | OpenFlags.TRUNCATE);
    reply.ifUndelivered(undoOpening);
    Passthrough.Mode how = mode(inode, created.opened(), flags);
    entries.reply(reply, request.node(), created.attributes(), mark);
    reply.ifUndelivered(
        () -> {
          undoOpening.run();
          entries.counts().forget(inode, 1);
        });
    putOpened(reply, created.opened(), how);
  }

  /** Notes that a file is open; returns what takes that back. */
  private Reply.Undo note(long inode, Opened opened, int flags) {
    long handle = opened.handle();
    handles.opened(handle, new OpenFile(inode, changes(flags)));
    return () -> close(handle);
  }

  private static boolean changes(int flags) {
    return OpenFlags.writes(flags) || (flags & OpenFlags.TRUNCATE) != 0;
  }

  private Passthrough.Mode mode(long inode, Opened opened, int flags) {
    Passthrough.Mode mode = passthrough.opened(inode, opened, flags);
    if (mode.backingId() != 0 && OpenFlags.writes(flags)) {
      // From now on size and times may change without a request.
      attributesChange.accept(inode);
    }
    return mode;
  }

  private static void putOpened(Reply reply, Opened opened, Passthrough.Mode mode) {
    int at = reply.struct(OpenOut.SIZE);
    reply
        .body()
        .putLong(at + OpenOut.FH, opened.handle())
        .putInt(at + OpenOut.OPEN_FLAGS, mode.flags())
        .putInt(at + OpenOut.BACKING_ID, mode.backingId());
  }

  /** The file system hands its bytes to the reply, or copies them there. */
  void read(Request request, Reply reply) throws FileSystemException {
    reads.increment();
    request.take(ReadIn.SIZE);
    int size = request.getInt(ReadIn.SIZE_FIELD);
    reply.requireRoom(size);
    long handle = request.getLong(ReadIn.FH);
    long offset = request.getLong(ReadIn.OFFSET);
    int count = ops.read(handle, offset, size, reply);
    prefetcher.read(request.node(), handle, offset, count);
  }

  void write(Request request, Reply reply) throws FileSystemException {
    request.take(WriteIn.SIZE);
    long handle = request.getLong(WriteIn.FH);
    long offset = request.getLong(WriteIn.OFFSET);
    int size = request.getInt(WriteIn.SIZE_FIELD);
    if (size >= LARGE_WRITE) {
      reply.mayWait();
    }
    int flags = request.getInt(WriteIn.WRITE_FLAGS);
    boolean kill = (flags & WriteIn.KILL_SUIDGID) != 0;
    OpenFile file = handles.file(handle);
    if (file != null) {
      privileges.beforeWrite(file, handle, kill, request.caller());
    }
    boolean page = (flags & WriteIn.FROM_CACHE) != 0;
    int openFlags = OpenFlags.ofWrite(request.getInt(WriteIn.FLAGS), page);
    int written = ops.write(handle, offset, request.data(size), openFlags);
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

  void release(Request request, Reply reply) throws FileSystemException {
    long handle = request.take(ReleaseIn.SIZE).getLong(ReleaseIn.FH);
    OpenFile file = handles.file(handle);
    if (file != null && file.changes()) {
      reply.mayWait(); // for the commit
    }
    close(handle);
  }

  private void close(long handle) {
    OpenFile file = handles.file(handle);
    if (handles.closed(handle)) {
      passthrough.closed(file.inode()); // before the file system finds out who has the file open
      ops.release(handle);
      handles.released(file);
      prefetcher.closed(file.inode(), file.changes());
    }
  }
}

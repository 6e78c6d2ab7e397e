package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.Dirent;
import io.unicache.fs.fuse.kernel.Protocol.DirentPlus;
import io.unicache.fs.fuse.kernel.Protocol.EntryOut;
import io.unicache.fs.fuse.kernel.Protocol.FsyncIn;
import io.unicache.fs.fuse.kernel.Protocol.OpenIn;
import io.unicache.fs.fuse.kernel.Protocol.OpenOut;
import io.unicache.fs.fuse.kernel.Protocol.ReadIn;
import io.unicache.fs.fuse.kernel.Protocol.ReleaseIn;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Entry;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Requests on open directories. */
final class DirectoryRequests {

  /** Length of a name as it is guessed, to find out how many entries to ask for. */
  private static final int USUAL_NAME = 16;

  private final FileSystemOps ops;
  private final Entries entries;
  private final OpenHandles handles;

  DirectoryRequests(FileSystemOps ops, Entries entries, OpenHandles handles) {
    this.ops = ops;
    this.entries = entries;
    this.handles = handles;
  }

  void opendir(Request request, Reply reply) throws FileSystemException {
    long handle =
        ops.openDirectory(
            request.node(), request.take(OpenIn.SIZE).getInt(OpenIn.FLAGS), request.caller());
    handles.openedDirectory(handle);
    int at = reply.struct(OpenOut.SIZE);
    reply.body().putLong(at + OpenOut.FH, handle);
    reply.ifUndelivered(() -> close(handle));
  }

  void readdir(Request request, Reply reply) throws FileSystemException {
    list(request, reply, Dirent.SIZE, entry -> putPlain(reply, entry));
  }

  void readdirplus(Request request, Reply reply) throws FileSystemException {
    long directory = request.node();
    List<Long> counted = new ArrayList<>();
    reply.ifUndelivered(() -> counted.forEach(inode -> entries.counts().forget(inode, 1)));
    list(
        request,
        reply,
        DirentPlus.SIZE,
        entry -> putWithAttributes(reply, directory, entry, counted));
  }

  /** Appends an entry. */
  private interface Writer {
    void put(Entry entry) throws FileSystemException;
  }

  /** Lists until the reply is full or the directory ends. */
  private void list(Request request, Reply reply, int structSize, Writer writer)
      throws FileSystemException {
    request.take(ReadIn.SIZE);
    long handle = request.getLong(ReadIn.FH);
    long position = request.getLong(ReadIn.OFFSET);
    int size = request.getInt(ReadIn.SIZE_FIELD);
    reply.requireRoom(size);
    ByteBuffer body = reply.room(size);
    List<Entry> batch;
    int limit;
    do {
      limit = 1 + body.remaining() / Protocol.aligned(structSize + USUAL_NAME);
      batch = ops.readdir(handle, position, limit);
      for (Entry entry : batch) {
        if (Protocol.aligned(structSize + entry.name().length) > body.remaining()) {
          return;
        }
        writer.put(entry);
        position = entry.offset();
      }
    } while (batch.size() == limit);
  }

  private static void putPlain(Reply reply, Entry entry) {
    putDirent(reply, entry);
  }

  private static void putDirent(Reply reply, Entry entry) {
    ByteBuffer body = reply.body();
    int at = reply.struct(Dirent.SIZE);
    byte[] name = entry.name();
    body.putLong(at + Dirent.INO, entry.inode());
    body.putLong(at + Dirent.OFF, entry.offset());
    body.putInt(at + Dirent.NAMELEN, name.length);
    body.putInt(at + Dirent.TYPE, entry.mode() >>> 12 & 0xf);
    body.put(name);
    for (int i = name.length; i < Protocol.aligned(name.length); i++) {
      body.put((byte) 0);
    }
  }

  private void putWithAttributes(Reply reply, long directory, Entry entry, List<Long> counted)
      throws FileSystemException {
    long mark = entries.mark();
    Attributes attributes = isDot(entry.name()) ? null : known(entry.inode());
    if (attributes == null) {
      reply.struct(EntryOut.SIZE); // Node 0: a name only.
    } else {
      counted.add(entry.inode());
      entries.put(reply, directory, attributes, mark);
    }
    putDirent(reply, entry);
  }

  /** The kernel does not count these, so they must not be counted here. */
  private static boolean isDot(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  /** Returns the attributes of an inode and counts it; null if it has gone since it was listed. */
  private Attributes known(long inode) throws FileSystemException {
    try {
      entries.counts().add(inode);
    } catch (FileSystemException e) {
      return nullIfGone(e);
    }
    try {
      return ops.getattr(inode);
    } catch (FileSystemException e) {
      entries.counts().forget(inode, 1);
      return nullIfGone(e);
    }
  }

  private static Attributes nullIfGone(FileSystemException e) throws FileSystemException {
    if (e.errno() == Errno.ESTALE || e.errno() == Errno.ENOENT) {
      return null;
    }
    throw e;
  }

  void fsyncdir(Request request) throws FileSystemException {
    ops.syncDirectory(request.take(FsyncIn.SIZE).getLong(FsyncIn.FH));
  }

  void releasedir(Request request) throws FileSystemException {
    close(request.take(ReleaseIn.SIZE).getLong(ReleaseIn.FH));
  }

  private void close(long handle) {
    if (handles.closedDirectory(handle)) {
      ops.releaseDirectory(handle);
    }
  }
}

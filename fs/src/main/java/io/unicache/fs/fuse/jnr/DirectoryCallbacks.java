package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.jnr.Callbacks.FsyncCall;
import io.unicache.fs.fuse.jnr.Callbacks.PathStructCall;
import io.unicache.fs.fuse.jnr.Callbacks.ReaddirCall;
import io.unicache.fs.fuse.jnr.OperationsTable.Slot;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Entry;
import java.util.List;
import jnr.ffi.Pointer;

/** Callbacks that list directories. */
final class DirectoryCallbacks {

  /**
   * Entries to ask for at a time. The kernel's buffer is a page, mostly, and an entry takes at
   * least 32 bytes of it.
   */
  private static final int BATCH = 128;

  private final FileSystemOps ops;
  private final PathResolver paths;
  private final CallerContext context;

  DirectoryCallbacks(FileSystemOps ops, PathResolver paths, CallerContext context) {
    this.ops = ops;
    this.paths = paths;
    this.context = context;
  }

  void register(OperationsTable table) {
    table.set(Slot.OPENDIR, PathStructCall.class, this::opendir);
    table.set(Slot.READDIR, ReaddirCall.class, this::readdir);
    table.set(Slot.RELEASEDIR, PathStructCall.class, this::releasedir);
    table.set(Slot.FSYNCDIR, FsyncCall.class, this::fsyncdir);
  }

  private int opendir(Pointer path, Pointer info) {
    return Guard.call(
        "opendir",
        () -> {
          long inode = paths.inode(NativeBytes.string(path));
          FileInfo.setHandle(
              info, ops.openDirectory(inode, FileInfo.flags(info), context.caller()));
          return 0;
        });
  }

  private int readdir(Pointer path, Pointer buffer, Pointer filler, long offset, Pointer info) {
    return Guard.call(
        "readdir", () -> fill(FileInfo.handle(info), offset, new DirectoryFiller(filler, buffer)));
  }

  /** Lists until libfuse's buffer is full or the directory ends. */
  private int fill(long handle, long offset, DirectoryFiller filler) throws FileSystemException {
    long position = offset;
    List<Entry> entries;
    do {
      entries = ops.readdir(handle, position, BATCH);
      for (Entry entry : entries) {
        if (!filler.add(entry)) {
          return 0;
        }
        position = entry.offset();
      }
    } while (entries.size() == BATCH);
    return 0;
  }

  private int releasedir(Pointer path, Pointer info) {
    return Guard.call(
        "releasedir",
        () -> {
          ops.releaseDirectory(FileInfo.handle(info));
          return 0;
        });
  }

  private int fsyncdir(Pointer path, int dataOnly, Pointer info) {
    return Guard.call(
        "fsyncdir",
        () -> {
          ops.sync();
          return 0;
        });
  }
}

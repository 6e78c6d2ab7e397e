package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.jnr.Callbacks.CreateCall;
import io.unicache.fs.fuse.jnr.Callbacks.FallocateCall;
import io.unicache.fs.fuse.jnr.Callbacks.FgetattrCall;
import io.unicache.fs.fuse.jnr.Callbacks.FsyncCall;
import io.unicache.fs.fuse.jnr.Callbacks.FtruncateCall;
import io.unicache.fs.fuse.jnr.Callbacks.PathStructCall;
import io.unicache.fs.fuse.jnr.Callbacks.TransferCall;
import io.unicache.fs.fuse.jnr.Callbacks.TruncateCall;
import io.unicache.fs.fuse.jnr.OpenFiles.OpenFile;
import io.unicache.fs.fuse.jnr.OperationsTable.Slot;
import io.unicache.fs.fuse.jnr.PathResolver.Target;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Created;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.fs.ops.Permissions;
import java.util.function.LongConsumer;
import jnr.ffi.Pointer;

/** Callbacks that open files and work on open ones. The path of an open file may be null. */
final class FileCallbacks {

  private final FileSystemOps ops;
  private final PathResolver paths;
  private final HiddenFiles hidden;
  private final OpenFiles files;
  private final NodeCache nodes = new NodeCache();
  private final CallerContext context;
  private final LongConsumer invalidateNode;

  FileCallbacks(
      FileSystemOps ops,
      PathResolver paths,
      HiddenFiles hidden,
      OpenFiles files,
      CallerContext context,
      LongConsumer invalidateNode) {
    this.ops = ops;
    this.paths = paths;
    this.hidden = hidden;
    this.files = files;
    this.context = context;
    this.invalidateNode = invalidateNode;
  }

  void register(OperationsTable table) {
    table.set(Slot.OPEN, PathStructCall.class, this::open);
    table.set(Slot.CREATE, CreateCall.class, this::create);
    table.set(Slot.READ, TransferCall.class, this::read);
    table.set(Slot.WRITE, TransferCall.class, this::write);
    table.set(Slot.FLUSH, PathStructCall.class, this::flush);
    table.set(Slot.RELEASE, PathStructCall.class, this::release);
    table.set(Slot.FSYNC, FsyncCall.class, this::fsync);
    table.set(Slot.FGETATTR, FgetattrCall.class, this::fgetattr);
    table.set(Slot.TRUNCATE, TruncateCall.class, this::truncate);
    table.set(Slot.FTRUNCATE, FtruncateCall.class, this::ftruncate);
    table.set(Slot.FALLOCATE, FallocateCall.class, this::fallocate);
  }

  private int open(Pointer path, Pointer info) {
    return Guard.call(
        "open",
        () -> {
          Attributes attributes = paths.attributes(NativeBytes.string(path));
          long inode = attributes.inode();
          long node = Request.current().node();
          Opened opened = ops.open(inode, FileInfo.flags(info), context.caller());
          files.add(opened.handle(), inode, node);
          boolean sameNode = nodes.use(node, inode);
          if ((FileInfo.flags(info) & OpenFlags.TRUNCATE) != 0) {
            invalidateOthers(inode, node);
          }
          FileInfo.setHandle(info, opened.handle());
          FileInfo.setCaching(
              info, opened.directIo(), opened.keepCache() && sameNode && attributes.links() == 1);
          return 0;
        });
  }

  private int create(Pointer path, long mode, Pointer info) {
    return Guard.call(
        "create",
        () -> {
          Target target = paths.target(NativeBytes.string(path));
          Created created =
              ops.create(
                  target.parent(),
                  target.name(),
                  (int) mode,
                  FileInfo.flags(info),
                  context.caller());
          Opened opened = created.opened();
          files.add(opened.handle(), created.attributes().inode(), OpenFiles.UNKNOWN_NODE);
          FileInfo.setHandle(info, opened.handle());
          FileInfo.setCaching(info, opened.directIo(), false);
          return 0;
        });
  }

  private int read(Pointer path, Pointer buffer, long size, long offset, Pointer info) {
    return Guard.call(
        "read", () -> ops.read(FileInfo.handle(info), offset, NativeBytes.buffer(buffer, size)));
  }

  private int write(Pointer path, Pointer buffer, long size, long offset, Pointer info) {
    return Guard.call(
        "write",
        () -> {
          long handle = FileInfo.handle(info);
          OpenFile file = files.get(handle);
          learnNode(file);
          boolean page = FileInfo.isPageOfMapping(info);
          if (!page) {
            clearSetGroupId(handle, file.inode());
          }
          int flags = OpenFlags.ofWrite(FileInfo.flags(info), page);
          int written = ops.write(handle, offset, NativeBytes.buffer(buffer, size), flags);
          invalidateOthers(file.inode(), file.node());
          return written;
        });
  }

  private int flush(Pointer path, Pointer info) {
    return Guard.call(
        "flush",
        () -> {
          long handle = FileInfo.handle(info);
          learnNode(files.get(handle));
          ops.flush(handle);
          return 0;
        });
  }

  private int release(Pointer path, Pointer info) {
    return Guard.call(
        "release",
        () -> {
          long handle = FileInfo.handle(info);
          // Before the handle can be given out again.
          long closed = files.remove(handle);
          try {
            ops.release(handle);
          } finally {
            if (closed != 0) {
              hidden.removeInode(closed);
            }
          }
          return 0;
        });
  }

  private int fsync(Pointer path, int dataOnly, Pointer info) {
    return Guard.call(
        "fsync",
        () -> {
          ops.fsync(FileInfo.handle(info), dataOnly != 0);
          return 0;
        });
  }

  private int fgetattr(Pointer path, Pointer stat, Pointer info) {
    return Guard.call(
        "fgetattr",
        () -> {
          long inode = files.get(FileInfo.handle(info)).inode();
          StatLayout.putStat(stat, ops.getattr(inode));
          return 0;
        });
  }

  private int truncate(Pointer path, long size) {
    return Guard.call("truncate", () -> truncate(paths.inode(NativeBytes.string(path)), size));
  }

  private int ftruncate(Pointer path, long size, Pointer info) {
    return Guard.call("ftruncate", () -> truncate(files.get(FileInfo.handle(info)).inode(), size));
  }

  private int fallocate(Pointer path, int mode, long offset, long length, Pointer info) {
    return Guard.call(
        "fallocate",
        () -> {
          long handle = FileInfo.handle(info);
          OpenFile file = files.get(handle);
          learnNode(file);
          clearSetGroupId(handle, file.inode());
          ops.allocate(handle, mode, offset, length);
          invalidateOthers(file.inode(), file.node());
          return 0;
        });
  }

  /**
   * The kernel takes set-ID bits off by itself before a write, but for the set-group-ID bit of a
   * file that the group may not execute.
   */
  private void clearSetGroupId(long handle, long inode) throws FileSystemException {
    Caller caller = context.caller();
    if (!Permissions.isRoot(caller)
        && Permissions.hasOnlyIdleSetGroupId(ops.getattr(inode).mode())) {
      ops.clearSetId(handle, caller);
    }
  }

  private int truncate(long inode, long size) throws FileSystemException {
    ops.setattr(inode, AttributeChange.size(size), context.caller());
    // The kernel has cut its pages of this node only.
    long node = Request.current().node();
    nodes.use(node, inode);
    invalidateOthers(inode, node);
    return 0;
  }

  /** The kernel names a new file's node in the first request on its handle. */
  private void learnNode(OpenFile file) {
    if (file.node() == OpenFiles.UNKNOWN_NODE) {
      file.setNode(Request.current().node());
      nodes.created(file.node(), file.inode());
    }
  }

  /** Other names of the inode have pages of their own, which are old now. */
  private void invalidateOthers(long inode, long node) {
    files.nodes(inode, node).forEach(invalidateNode::accept);
  }
}

package io.unicache.fs.fuse.jnr;

import io.unicache.fs.fuse.jnr.Callbacks.BufferCall;
import io.unicache.fs.fuse.jnr.Callbacks.MknodCall;
import io.unicache.fs.fuse.jnr.Callbacks.ModeCall;
import io.unicache.fs.fuse.jnr.Callbacks.PathCall;
import io.unicache.fs.fuse.jnr.Callbacks.TwoPathsCall;
import io.unicache.fs.fuse.jnr.OperationsTable.Slot;
import io.unicache.fs.fuse.jnr.PathResolver.Target;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;

/** Callbacks that make, remove and move names. */
final class NamespaceCallbacks {

  private final FileSystemOps ops;
  private final PathResolver paths;
  private final HiddenFiles hidden;
  private final CallerContext context;

  NamespaceCallbacks(
      FileSystemOps ops, PathResolver paths, HiddenFiles hidden, CallerContext context) {
    this.ops = ops;
    this.paths = paths;
    this.hidden = hidden;
    this.context = context;
  }

  void register(OperationsTable table) {
    table.set(Slot.MKNOD, MknodCall.class, this::mknod);
    table.set(Slot.MKDIR, ModeCall.class, this::mkdir);
    table.set(Slot.UNLINK, PathCall.class, this::unlink);
    table.set(Slot.RMDIR, PathCall.class, this::rmdir);
    table.set(Slot.SYMLINK, TwoPathsCall.class, this::symlink);
    table.set(Slot.READLINK, BufferCall.class, this::readlink);
    table.set(Slot.RENAME, TwoPathsCall.class, this::rename);
    table.set(Slot.LINK, TwoPathsCall.class, this::link);
  }

  private int mknod(Pointer path, long mode, long device) {
    return Guard.call(
        "mknod",
        () -> {
          Target target = target(path);
          ops.mknod(target.parent(), target.name(), (int) mode, (int) device, context.caller());
          return 0;
        });
  }

  private int mkdir(Pointer path, long mode) {
    return Guard.call(
        "mkdir",
        () -> {
          Target target = target(path);
          ops.mkdir(target.parent(), target.name(), (int) mode, context.caller());
          return 0;
        });
  }

  private int unlink(Pointer path) {
    return Guard.call(
        "unlink",
        () -> {
          byte[] bytes = NativeBytes.string(path);
          byte[] name = PathResolver.lastName(bytes);
          if (Request.current().opcode() != Request.UNLINK || hidden.inode(name).isPresent()) {
            // libfuse cleans up what it believes to have renamed: a hidden file was closed.
            hidden.remove(name);
            return 0;
          }
          Target target = paths.target(bytes);
          ops.unlink(target.parent(), target.name(), context.caller());
          return 0;
        });
  }

  private int rmdir(Pointer path) {
    return Guard.call(
        "rmdir",
        () -> {
          Target target = target(path);
          ops.rmdir(target.parent(), target.name(), context.caller());
          return 0;
        });
  }

  private int symlink(Pointer linkTarget, Pointer path) {
    return Guard.call(
        "symlink",
        () -> {
          String text = new String(NativeBytes.string(linkTarget), StandardCharsets.ISO_8859_1);
          Target target = target(path);
          ops.symlink(target.parent(), target.name(), text, context.caller());
          return 0;
        });
  }

  /** The target is cut to the room, and a zero closes it. */
  private int readlink(Pointer path, Pointer room, long size) {
    return Guard.call(
        "readlink",
        () -> {
          String text = ops.readlink(paths.inode(NativeBytes.string(path)));
          byte[] target = text.getBytes(StandardCharsets.ISO_8859_1);
          int length = (int) Math.min(target.length, size - 1);
          room.put(0, target, 0, length);
          room.putByte(length, (byte) 0);
          return 0;
        });
  }

  private int rename(Pointer from, Pointer to) {
    return Guard.call(
        "rename",
        () -> {
          byte[] newPath = NativeBytes.string(to);
          byte[] newName = PathResolver.lastName(newPath);
          Target source = paths.target(NativeBytes.string(from));
          // The kernel asks for a rename to this very name, or libfuse thought of it.
          if (HiddenFiles.isHiddenName(newName) && !Request.current().renamesTo(newName)) {
            hide(source, newName);
            return 0;
          }
          Target target = paths.target(newPath);
          ops.rename(
              source.parent(), source.name(), target.parent(), target.name(), 0, context.caller());
          return 0;
        });
  }

  /**
   * Does what libfuse really wants with a file that is open: for an unlink, to unlink it. For a
   * rename that replaces it nothing, as the rename itself follows; so the name is there all the
   * time.
   */
  private void hide(Target file, byte[] hiddenName) throws FileSystemException {
    var caller = context.caller();
    hidden.add(hiddenName, ops.lookup(file.parent(), file.name(), caller).inode());
    if (Request.current().opcode() == Request.UNLINK) {
      try {
        ops.unlink(file.parent(), file.name(), caller);
      } catch (FileSystemException e) {
        hidden.remove(hiddenName);
        throw e;
      }
    }
  }

  private int link(Pointer existing, Pointer path) {
    return Guard.call(
        "link",
        () -> {
          long inode = paths.inode(NativeBytes.string(existing));
          Target target = target(path);
          ops.link(inode, target.parent(), target.name(), context.caller());
          return 0;
        });
  }

  private Target target(Pointer path) throws FileSystemException {
    return paths.target(NativeBytes.string(path));
  }
}

package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import io.unicache.store.tree.Tree.NewFile;
import io.unicache.store.tree.Tree.RenameMode;

/** Operations on names: looking up, making, linking, removing, renaming. */
final class Names {

  private static final int PERMISSIONS = 07777;
  private static final int GROUP_EXECUTE = 0010;

  private final Tree tree;
  private final Stat stat;
  private final AccessTimes accessTimes;
  private final AccessControl accessControl;

  Names(Store store, Stat stat, AccessTimes accessTimes, AccessControl accessControl) {
    this.accessControl = accessControl;
    this.tree = store.tree();
    this.stat = stat;
    this.accessTimes = accessTimes;
  }

  Attributes lookup(long parent, byte[] name) throws CacheException {
    if (name.length == 1 && name[0] == '.') {
      return stat.attributes(parent); // a file as well: one that is opened by its handle
    }
    if (name.length == 2 && name[0] == '.' && name[1] == '.') {
      return stat.attributes(parentOf(directory(parent)));
    }
    return stat.attributes(tree.lookup(parent, Name.of(name)));
  }

  Attributes mknod(long parent, byte[] name, int mode, int device, Caller caller)
      throws CacheException, FileSystemException {
    Inode.Type type = typeOf(mode);
    switch (type) {
      case DIRECTORY -> throw new FileSystemException(Errno.EPERM, "mknod makes no directories");
      case SYMLINK -> throw new FileSystemException(Errno.EINVAL, "mknod makes no symlinks");
      case BLOCK_DEVICE, CHARACTER_DEVICE -> {
        if (!Permissions.isRoot(caller)) {
          throw new FileSystemException(Errno.EPERM, "only root makes device nodes");
        }
      }
      case REGULAR, FIFO, SOCKET -> {}
    }
    return stat.attributes(createFile(parent, Name.of(name), type, mode, device, caller));
  }

  /** Makes a file of any type but a directory or symlink. */
  Inode createFile(long parent, Name name, Inode.Type type, int mode, int device, Caller caller)
      throws CacheException, FileSystemException {
    return tree.createFile(parent, name, type, device, newFile(parent, mode, caller));
  }

  /** Makes a regular file without a name, held once for the caller. */
  Inode createUnnamed(long parent, int mode, Caller caller)
      throws CacheException, FileSystemException {
    return tree.createUnnamed(parent, newFile(parent, mode, caller));
  }

  private NewFile newFile(long parent, int mode, Caller caller)
      throws CacheException, FileSystemException {
    Inode directory = tree.inode(parent);
    int permissions = mode & PERMISSIONS;
    boolean inherits = (directory.mode() & Permissions.SET_GID) != 0;
    if (inherits && (permissions & GROUP_EXECUTE) != 0) {
      permissions = Permissions.withGroupsSetId(permissions, directory.gid(), caller);
    }
    return accessControl.newFile(directory, false, permissions, gid(directory, caller), caller);
  }

  Attributes mkdir(long parent, byte[] name, int mode, Caller caller)
      throws CacheException, FileSystemException {
    Inode directory = tree.inode(parent);
    int permissions = (mode & PERMISSIONS) | (directory.mode() & Permissions.SET_GID);
    return stat.attributes(
        tree.createDirectory(
            parent,
            Name.of(name),
            accessControl.newFile(directory, true, permissions, gid(directory, caller), caller)));
  }

  Attributes symlink(long parent, byte[] name, String target, Caller caller)
      throws CacheException, FileSystemException {
    if (target.isEmpty()) {
      throw new FileSystemException(Errno.ENOENT, "a symlink's target cannot be empty");
    }
    if (target.length() > Tree.MAX_TARGET_BYTES) {
      throw new FileSystemException(
          Errno.ENAMETOOLONG,
          "target of "
              + target.length()
              + " bytes; at most "
              + Tree.MAX_TARGET_BYTES
              + " are allowed");
    }
    int gid = gid(tree.inode(parent), caller);
    return stat.attributes(
        tree.createSymlink(parent, Name.of(name), target, new NewFile(0777, caller.uid(), gid)));
  }

  String readlink(long number) throws CacheException, FileSystemException {
    Inode inode = tree.inode(number);
    if (inode.type() != Inode.Type.SYMLINK) {
      throw new FileSystemException(Errno.EINVAL, "inode " + number + " is not a symlink");
    }
    accessTimes.read(number);
    return inode.target();
  }

  Attributes link(long inode, long newParent, byte[] newName) throws CacheException {
    return stat.attributes(tree.link(inode, newParent, Name.of(newName)));
  }

  void unlink(long parent, byte[] bytes) throws CacheException {
    Name name = Name.of(bytes);
    tree.unlink(parent, name);
  }

  void rmdir(long parent, byte[] bytes) throws CacheException {
    Name name = Name.of(bytes);
    tree.removeDirectory(parent, name);
  }

  void rename(long parent, byte[] bytes, long newParent, byte[] newBytes, int flags)
      throws CacheException, FileSystemException {
    RenameMode mode = renameMode(flags);
    Name name = Name.of(bytes);
    Name newName = Name.of(newBytes);
    tree.rename(parent, name, newParent, newName, mode);
  }

  private static RenameMode renameMode(int flags) throws FileSystemException {
    return switch (flags) {
      case 0 -> RenameMode.REPLACE;
      case FileSystemOps.RENAME_NO_REPLACE -> RenameMode.NO_REPLACE;
      case FileSystemOps.RENAME_EXCHANGE -> RenameMode.EXCHANGE;
      default -> throw new FileSystemException(Errno.EINVAL, "rename flags " + flags);
    };
  }

  private Inode directory(long number) throws CacheException {
    Inode inode = tree.inode(number);
    if (!inode.isDirectory()) {
      throw new CacheException.Namespace(
          CacheException.Namespace.Reason.NOT_A_DIRECTORY, "inode " + number + " is no directory");
    }
    return inode;
  }

  private Inode parentOf(Inode directory) throws CacheException {
    return directory.number() == Inode.ROOT ? directory : tree.inode(directory.parent());
  }

  /** A set-group-ID directory hands its group on to what is made in it. */
  private static int gid(Inode directory, Caller caller) {
    return (directory.mode() & Permissions.SET_GID) != 0 ? directory.gid() : caller.gid();
  }

  private static Inode.Type typeOf(int mode) throws FileSystemException {
    int bits = mode & Inode.Type.MASK;
    if (bits == 0) {
      return Inode.Type.REGULAR;
    }
    for (Inode.Type type : Inode.Type.values()) {
      if (type.bits() == bits) {
        return type;
      }
    }
    throw new FileSystemException(Errno.EINVAL, "mode 0" + Integer.toOctalString(mode));
  }
}

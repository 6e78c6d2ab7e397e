package io.unicache.fs.ops;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import io.unicache.store.tree.Tree.Attribute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * POSIX ACLs in the tree: extended attributes like others to the store, tied to the mode bits here.
 * A file whose list says no more than its mode has none. Safe for use by many threads; of two
 * changes of one inode at the same time the kernel lets one wait.
 */
final class AccessControl {

  private static final byte[] ACCESS =
      "system.posix_acl_access".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEFAULT =
      "system.posix_acl_default".getBytes(StandardCharsets.US_ASCII);

  private static final int PERMISSIONS = 0777;

  private final Tree tree;

  AccessControl(Tree tree) {
    this.tree = tree;
  }

  /** Tells whether an extended attribute of this name is a list. */
  static boolean isList(byte[] name) {
    return Arrays.equals(name, ACCESS) || Arrays.equals(name, DEFAULT);
  }

  /** Sets a list; that of the file itself sets the mode as well. */
  void set(Inode inode, byte[] name, byte[] value, Caller caller)
      throws CacheException, FileSystemException {
    AccessControlList list = AccessControlList.parse(value);
    Tree.AttributeChange change = Tree.AttributeChange.NONE;
    if (Arrays.equals(name, DEFAULT)) {
      if (!inode.isDirectory()) {
        throw new FileSystemException(Errno.EACCES, "only directories have a default");
      }
      change = change.with(new Attribute(Name.of(DEFAULT), value));
    } else {
      int permissions = (inode.permissions() & ~PERMISSIONS) | list.permissions();
      change =
          new Tree.AttributeChange(
                  Permissions.withGroupsSetId(permissions, inode.gid(), caller),
                  null,
                  null,
                  null,
                  null)
              .with(access(list));
    }
    tree.change(inode.number(), change);
  }

  /** Removes a list; goes well where there is none. The mode stays. */
  void remove(Inode inode, byte[] name) throws CacheException {
    tree.change(inode.number(), Tree.AttributeChange.NONE.with(new Attribute(Name.of(name), null)));
  }

  /** Returns what becomes of an inode's list by a chmod; empty if it has none. */
  List<Attribute> afterChmod(long inode, int permissions)
      throws CacheException, FileSystemException {
    Optional<AccessControlList> list = list(inode, ACCESS);
    return list.isEmpty() ? List.of() : List.of(access(list.get().withPermissions(permissions)));
  }

  /**
   * Returns how a new file starts in a directory: with what the directory's default leaves of the
   * mode, or without a default with what the umask leaves.
   */
  Tree.NewFile newFile(Inode directory, boolean isDirectory, int mode, int gid, Caller caller)
      throws CacheException, FileSystemException {
    Optional<AccessControlList> found = list(directory.number(), DEFAULT);
    if (found.isEmpty()) {
      return new Tree.NewFile(mode & ~caller.umask(), caller.uid(), gid);
    }
    AccessControlList list = found.get().inheritedBy(mode);
    List<Attribute> attributes = new ArrayList<>();
    if (!list.isMinimal()) {
      attributes.add(access(list));
    }
    if (isDirectory) {
      attributes.add(new Attribute(Name.of(DEFAULT), found.get().toBytes()));
    }
    int permissions = (mode & ~PERMISSIONS) | list.permissions();
    return new Tree.NewFile(permissions, caller.uid(), gid, attributes);
  }

  private static Attribute access(AccessControlList list) throws CacheException {
    return new Attribute(Name.of(ACCESS), list.isMinimal() ? null : list.toBytes());
  }

  private Optional<AccessControlList> list(long inode, byte[] name)
      throws CacheException, FileSystemException {
    try {
      return Optional.of(AccessControlList.parse(tree.attribute(inode, Name.of(name))));
    } catch (Namespace e) {
      if (e.reason() == Reason.NO_ATTRIBUTE) {
        return Optional.empty();
      }
      throw e;
    }
  }
}

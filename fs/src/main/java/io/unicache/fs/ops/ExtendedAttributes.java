package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Extended attributes by their namespaces: {@code user.} on files and directories, {@code trusted.}
 * for root, {@code security.} as the kernel wants it, access control lists; nothing else. {@code
 * user.unicache.} is ours.
 */
final class ExtendedAttributes {

  /**
   * Where a download came from; stored by the tree, never changed through the mount. It is not
   * listed: programs that copy all attributes would fail to set it.
   */
  static final String SOURCE = "user.unicache.source";

  private static final String USER = "user.";
  private static final String TRUSTED = "trusted.";
  private static final String SECURITY = "security.";

  private final Tree tree;
  private final VirtualAttributes virtual;
  private final AccessControl accessControl;

  ExtendedAttributes(Store store, AccessControl accessControl) {
    this.accessControl = accessControl;
    this.tree = store.tree();
    this.virtual = new VirtualAttributes(store);
  }

  byte[] get(long number, byte[] bytes) throws CacheException, FileSystemException {
    String name = text(bytes);
    checkNamespace(bytes);
    Inode inode = tree.inode(number);
    if (name.startsWith(USER) && !takesUserAttributes(inode)) {
      throw new FileSystemException(Errno.ENODATA, name + " is only for files and directories");
    }
    if (isVirtual(inode, name)) {
      return virtual.get(inode, name);
    }
    return tree.attribute(number, Name.ofAttribute(bytes));
  }

  List<byte[]> list(long number, Caller caller) throws CacheException {
    List<byte[]> names = new ArrayList<>();
    for (Name name : tree.attributes(number)) {
      byte[] bytes = name.toBytes();
      String text = text(bytes);
      if (!text.equals(SOURCE) && (Permissions.isRoot(caller) || !text.startsWith(TRUSTED))) {
        names.add(bytes);
      }
    }
    if (tree.inode(number).isRegular()) {
      for (String name : VirtualAttributes.LISTED) {
        names.add(name.getBytes(StandardCharsets.US_ASCII));
      }
    }
    return names;
  }

  void set(long number, byte[] bytes, byte[] value, int flags, Caller caller)
      throws CacheException, FileSystemException {
    String name = text(bytes);
    Inode inode = checkChange(number, bytes, caller);
    if (AccessControl.isList(bytes)) {
      accessControl.set(inode, bytes, value, caller);
      return;
    }
    Tree.AttributeMode mode = mode(flags);
    if (isVirtual(inode, name)) {
      return; // A copy with attributes brings the original's along; its own are worked out.
    }
    if (name.equals(SOURCE)) {
      checkSourceStays(number, bytes, value);
      return;
    }
    tree.setAttribute(number, Name.ofAttribute(bytes), value, mode);
  }

  void remove(long number, byte[] bytes, Caller caller) throws CacheException, FileSystemException {
    String name = text(bytes);
    Inode inode = checkChange(number, bytes, caller);
    if (AccessControl.isList(bytes)) {
      accessControl.remove(inode, bytes);
      return;
    }
    if (isVirtual(inode, name) || name.equals(SOURCE)) {
      throw new FileSystemException(Errno.EPERM, name + " cannot be removed");
    }
    tree.removeAttribute(number, Name.ofAttribute(bytes));
  }

  private void checkSourceStays(long number, byte[] name, byte[] value)
      throws CacheException, FileSystemException {
    boolean stays =
        tree.attributes(number).contains(Name.ofAttribute(name))
            && Arrays.equals(tree.attribute(number, Name.ofAttribute(name)), value);
    if (!stays) {
      throw new FileSystemException(Errno.EPERM, SOURCE + " is set by downloads only");
    }
  }

  private Inode checkChange(long number, byte[] bytes, Caller caller)
      throws CacheException, FileSystemException {
    String name = text(bytes);
    checkNamespace(bytes);
    Inode inode = tree.inode(number);
    if (name.startsWith(TRUSTED) && !Permissions.isRoot(caller)) {
      throw new FileSystemException(Errno.EPERM, name + " is for root");
    }
    if (name.startsWith(USER) && !takesUserAttributes(inode)) {
      throw new FileSystemException(Errno.EPERM, name + " is only for files and directories");
    }
    return inode;
  }

  private static void checkNamespace(byte[] bytes) throws FileSystemException {
    if (AccessControl.isList(bytes)) {
      return;
    }
    String name = text(bytes);
    for (String prefix : List.of(USER, TRUSTED, SECURITY)) {
      if (name.startsWith(prefix)) {
        if (name.length() == prefix.length()) {
          throw new FileSystemException(Errno.EINVAL, "attribute name without a name: " + name);
        }
        if (name.length() > Name.MAX_BYTES) {
          throw new FileSystemException(
              Errno.ERANGE, "attribute name of " + name.length() + " bytes");
        }
        return;
      }
    }
    throw new FileSystemException(Errno.EOPNOTSUPP, "attribute namespace of " + name);
  }

  private static Tree.AttributeMode mode(int flags) throws FileSystemException {
    return switch (flags) {
      case 0 -> Tree.AttributeMode.ANY;
      case FileSystemOps.XATTR_CREATE -> Tree.AttributeMode.CREATE;
      case FileSystemOps.XATTR_REPLACE -> Tree.AttributeMode.REPLACE;
      default -> throw new FileSystemException(Errno.EINVAL, "setxattr flags " + flags);
    };
  }

  private static boolean takesUserAttributes(Inode inode) {
    return inode.isRegular() || inode.isDirectory();
  }

  private static boolean isVirtual(Inode inode, String name) {
    return inode.isRegular() && VirtualAttributes.NAMES.contains(name);
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}

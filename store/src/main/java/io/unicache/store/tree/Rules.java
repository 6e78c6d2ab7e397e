package io.unicache.store.tree;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.util.Optional;

/**
 * The steps that operations on the namespace are made of, with the errors that POSIX gives them.
 */
final class Rules {

  private static final int SET_GROUP_ID = 02000;

  private Rules() {}

  static Namespace broken(Reason reason, String message) {
    return new Namespace(reason, message);
  }

  /** Returns an inode. Throws STALE if there is none. */
  static Inode inode(Transaction tx, long number) throws CacheException {
    return tx.inode(number).orElseThrow(() -> broken(Reason.STALE, "inode " + number + " is gone"));
  }

  /** Returns an inode that must be a directory. Throws STALE, NOT_A_DIRECTORY. */
  static Inode directory(Transaction tx, long number) throws CacheException {
    return requireDirectory(inode(tx, number));
  }

  static Inode requireDirectory(Inode inode) throws Namespace {
    if (!inode.isDirectory()) {
      throw broken(Reason.NOT_A_DIRECTORY, "inode " + inode.number() + " is not a directory");
    }
    return inode;
  }

  static Inode requireRegular(Inode inode) throws Namespace {
    if (!inode.isRegular()) {
      throw broken(
          inode.isDirectory() ? Reason.IS_A_DIRECTORY : Reason.INVALID,
          "inode " + inode.number() + " is no regular file");
    }
    return inode;
  }

  /** Returns a directory that may get new names. Throws NOT_FOUND if it has been removed. */
  static Inode liveDirectory(Transaction tx, long number) throws CacheException {
    Inode directory = directory(tx, number);
    if (directory.links() == 0) {
      throw broken(Reason.NOT_FOUND, "directory " + number + " has been removed");
    }
    return directory;
  }

  /** Returns an entry and, through it, proof of a directory. Throws NOT_FOUND. */
  static DirectoryEntry entry(Transaction tx, long directory, Name name) throws CacheException {
    Optional<DirectoryEntry> entry = tx.entry(directory, name);
    if (entry.isPresent()) {
      return entry.get();
    }
    directory(tx, directory);
    throw notFound(directory, name);
  }

  static Namespace notFound(long directory, Name name) {
    return broken(Reason.NOT_FOUND, "no \"" + name + "\" in directory " + directory);
  }

  static void requireAbsent(Transaction tx, long directory, Name name) throws CacheException {
    if (tx.entry(directory, name).isPresent()) {
      throw broken(Reason.EXISTS, "\"" + name + "\" is in directory " + directory + " already");
    }
  }

  static void requireEmpty(Transaction tx, Inode directory) throws CacheException {
    if (!tx.isEmptyDirectory(directory.number())) {
      throw broken(Reason.NOT_EMPTY, "directory " + directory.number() + " is not empty");
    }
  }

  /**
   * Adds to a directory's links and marks it changed.
   *
   * @param links subdirectories that have come, negative if they went
   */
  static Inode changeDirectory(Transaction tx, long number, int links, Timestamp now)
      throws CacheException {
    Inode directory = inode(tx, number);
    Inode changed =
        directory.toBuilder().links(directory.links() + links).modified(now).changed(now).build();
    tx.putInode(changed);
    return changed;
  }

  /** Puts a new name into a directory. */
  static void addEntry(Transaction tx, long directory, Name name, Inode inode, Timestamp now)
      throws CacheException {
    tx.putEntry(directory, new DirectoryEntry(name, inode.number(), inode.type(), tx.nextNumber()));
    changeDirectory(tx, directory, inode.isDirectory() ? 1 : 0, now);
  }

  /** Takes a name out of a directory. */
  static void removeEntry(Transaction tx, long directory, DirectoryEntry entry, Timestamp now)
      throws CacheException {
    tx.deleteEntry(directory, entry);
    changeDirectory(tx, directory, entry.type() == Inode.Type.DIRECTORY ? -1 : 0, now);
  }

  /**
   * Starts an inode in a directory. In one with the set-group-ID bit, group and, for a
   * subdirectory, the bit are inherited.
   */
  static Inode.Builder newInode(
      Transaction tx, Inode directory, Inode.Type type, Tree.NewFile file, Timestamp now)
      throws CacheException {
    boolean inherits = (directory.permissions() & SET_GROUP_ID) != 0;
    boolean inheritsBit = inherits && type == Inode.Type.DIRECTORY;
    int permissions = (file.permissions() & 07777) | (inheritsBit ? SET_GROUP_ID : 0);
    return Inode.builder(tx.nextNumber(), type.bits() | permissions)
        .owner(file.uid(), inherits ? directory.gid() : file.gid())
        .times(now);
  }

  /** Takes one name off an inode that is no directory, and the inode too if it was the last. */
  static Inode dropName(Holds.Scope scope, Inode inode, Timestamp now) throws CacheException {
    Inode changed = inode.toBuilder().links(inode.links() - 1).changed(now).build();
    if (changed.links() == 0) {
      scope.unnamed(changed);
    } else {
      scope.tx().putInode(changed);
    }
    return changed;
  }

  /** Takes an empty directory's name, and the directory unless it is held. */
  static Inode dropDirectory(Holds.Scope scope, Inode directory, Timestamp now)
      throws CacheException {
    Inode changed = directory.toBuilder().links(0).changed(now).build();
    scope.unnamed(changed);
    return changed;
  }
}

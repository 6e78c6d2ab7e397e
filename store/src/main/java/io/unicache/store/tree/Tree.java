package io.unicache.store.tree;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Directories, names, inodes and extended attributes: the namespace, with POSIX's rules but without
 * permission checks (the kernel or fs does those) and without open files. Each operation is one atomic
 * change. Safe for use by many threads.
 *
 * <p>An inode that loses its last name while someone holds it (see {@link #hold}) lives on without a
 * name until the last hold is dropped; after a crash such inodes are deleted when the tree is opened.
 */
public final class Tree {

  /** Who makes a new file, and with which permission bits (the umask has been applied). */
  public record NewFile(int permissions, int uid, int gid) {}

  /** How rename treats a target that exists. */
  public enum RenameMode {
    REPLACE,
    NO_REPLACE,
    EXCHANGE
  }

  /**
   * What setattr changes; null leaves a value as it is.
   */
  public record AttributeChange(
      Integer permissions, Integer uid, Integer gid, Timestamp accessed, Timestamp modified) {}

  /** Most names that one inode can have. */
  public static final int MAX_LINKS = 65_000;

  /** Most bytes in a symlink's target. */
  public static final int MAX_TARGET_BYTES = 4_095;

  private Tree() {}

  /**
   * Opens the tree: makes the root directory if there is none (permissions 0755, owner = the given
   * IDs) and deletes inodes that a crash left without a name.
   */
  public static Tree open(MetaStore meta, Clock clock, int uid, int gid) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns an inode. Throws Namespace STALE if there is none. */
  public Inode inode(long number) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Looks a name up. Throws NOT_A_DIRECTORY, NOT_FOUND. */
  public Inode lookup(long directory, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Follows a path from the root, without following symlinks; "/" is the root. Empty and "."
   * components are skipped, ".." goes up.
   */
  public Inode resolve(String path) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes directories along a path as needed (as mkdir -p) and returns the last. */
  public Inode makeDirectories(String path, NewFile attributes) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Returns up to {@code limit} entries behind a cookie (0 for the first), without "." and "..". An
   * entry that is there all the while is seen exactly once, whatever else changes.
   */
  public List<DirectoryEntry> list(long directory, long cookie, int limit) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns every path of an inode ("/a/b"), sorted; scans the directories. */
  public List<String> pathsOf(long inode) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes a regular file, FIFO, socket or device node. Throws EXISTS. */
  public Inode createFile(long directory, Name name, Inode.Type type, int device, NewFile attributes)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes a regular file that has no name, held once by the caller (O_TMPFILE). */
  public Inode createUnnamed(long directory, NewFile attributes) throws CacheException {
    throw new UnsupportedOperationException();
  }

  public Inode createDirectory(long directory, Name name, NewFile attributes) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes a symlink; {@code target} as {@link Inode#target()}. */
  public Inode createSymlink(long directory, Name name, String target, NewFile attributes)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Gives an inode another name. Throws NOT_PERMITTED for directories, EXISTS, TOO_MANY_LINKS. */
  public Inode link(long inode, long directory, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Removes a name of anything but a directory; returns the inode as it is then. */
  public Inode unlink(long directory, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Removes an empty directory; returns it as it was. */
  public Inode removeDirectory(long directory, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** What a rename did: the inode that moved, and the one that was replaced or exchanged, if any. */
  public record Renamed(Inode moved, Optional<Inode> other) {}

  /**
   * Renames as rename(2) and renameat2(2) say. Throws INVALID for a directory into itself, NOT_EMPTY,
   * IS_A_DIRECTORY, NOT_A_DIRECTORY, EXISTS.
   */
  public Renamed rename(long from, Name name, long to, Name newName, RenameMode mode)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Changes attributes; the change time follows. */
  public Inode change(long inode, AttributeChange change) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Sets the access time alone, without touching the change time. */
  public void touchAccessed(long inode, Timestamp accessed) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Replaces a regular file's content in one batch: retains the new, releases the old. The blocks of
   * the manifest are pinned or in the table.
   *
   * @param id content ID of {@code manifest}
   * @param modified the new modification time; the change time is set to now
   */
  public Inode setContent(long inode, ContentId id, Manifest manifest, Timestamp modified)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes or replaces a regular file with a content in one batch (for store --as and downloads). If
   * the name exists, {@code replace} decides between replacing it and EXISTS; a directory is never
   * replaced.
   *
   * @param source URL that it came from, or ""; kept as an attribute
   */
  public Inode putFile(
      long directory,
      Name name,
      ContentId id,
      Manifest manifest,
      NewFile attributes,
      String source,
      boolean replace)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns an extended attribute. Throws NO_ATTRIBUTE. */
  public byte[] attribute(long inode, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns the names of the extended attributes, sorted. */
  public List<Name> attributes(long inode) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** How setxattr treats an attribute that exists or does not. */
  public enum AttributeMode {
    ANY,
    CREATE,
    REPLACE
  }

  /** Sets an extended attribute. Throws EXISTS, NO_ATTRIBUTE, ATTRIBUTE_TOO_LARGE (64 KiB). */
  public void setAttribute(long inode, Name name, byte[] value, AttributeMode mode)
      throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Removes an extended attribute. Throws NO_ATTRIBUTE. */
  public void removeAttribute(long inode, Name name) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Keeps an inode alive though it loses its last name; holds are counted. Throws STALE. */
  public void hold(long inode) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Drops a hold; with the last one an inode without a name is deleted. */
  public void drop(long inode) throws CacheException {
    throw new UnsupportedOperationException();
  }
}

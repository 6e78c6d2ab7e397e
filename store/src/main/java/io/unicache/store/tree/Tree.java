package io.unicache.store.tree;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Directories, names, inodes and extended attributes: the namespace, with POSIX's rules but without
 * permission checks (the kernel or fs does those) and without open files. Each operation is one
 * atomic change. Safe for use by many threads.
 *
 * <p>An inode that loses its last name while someone holds it (see {@link #hold}) lives on without
 * a name until the last hold is dropped; after a crash such inodes are deleted when the tree is
 * opened.
 */
public final class Tree {

  /**
   * An extended attribute.
   *
   * @param value null for one that is to go, if it is there
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Attribute(Name name, byte[] value) {}

  /**
   * Who makes a new file, with which permission bits (the umask has been applied), and which
   * extended attributes it starts with.
   */
  public record NewFile(int permissions, int uid, int gid, List<Attribute> attributes) {

    /** A file without extended attributes. */
    public NewFile(int permissions, int uid, int gid) {
      this(permissions, uid, gid, List.of());
    }
  }

  /** How rename treats a target that exists. */
  public enum RenameMode {
    REPLACE,
    NO_REPLACE,
    EXCHANGE
  }

  /** What setattr changes; null leaves a value as it is. */
  public record AttributeChange(
      Integer permissions,
      Integer uid,
      Integer gid,
      Timestamp accessed,
      Timestamp modified,
      List<Attribute> attributes) {

    /** Changes nothing; but the change time follows. */
    public static final AttributeChange NONE = new AttributeChange(null, null, null, null, null);

    /** Leaves the extended attributes alone. */
    public AttributeChange(
        Integer permissions, Integer uid, Integer gid, Timestamp accessed, Timestamp modified) {
      this(permissions, uid, gid, accessed, modified, List.of());
    }

    /** Changes an extended attribute as well. */
    public AttributeChange with(Attribute attribute) {
      return with(List.of(attribute));
    }

    /** Changes extended attributes as well. */
    public AttributeChange with(List<Attribute> more) {
      return new AttributeChange(permissions, uid, gid, accessed, modified, more);
    }
  }

  /** Most names that one inode can have. */
  public static final int MAX_LINKS = 65_000;

  /** Most bytes in a symlink's target. */
  public static final int MAX_TARGET_BYTES = 4_095;

  private final MetaStore meta;
  private final Clock clock;
  private final Holds holds;

  private Tree(MetaStore meta, Clock clock) {
    this.meta = meta;
    this.clock = clock;
    holds = new Holds(meta);
  }

  /**
   * Opens the tree: makes the root directory if there is none (permissions 0755, owner = the given
   * IDs) and deletes inodes that a crash left without a name.
   */
  public static Tree open(MetaStore meta, Clock clock, int uid, int gid) throws CacheException {
    Tree tree = new Tree(meta, clock);
    tree.holds.deleteLeftOrphans();
    if (meta.inode(Inode.ROOT).isEmpty()) {
      meta.update(
          tx -> {
            tx.putInode(
                Inode.builder(Inode.ROOT, Inode.Type.DIRECTORY.bits() | 0755)
                    .owner(uid, gid)
                    .links(2)
                    .parent(Inode.ROOT)
                    .times(tree.now())
                    .build());
            return null;
          });
    }
    return tree;
  }

  /** Returns an inode. Throws Namespace STALE if there is none. */
  public Inode inode(long number) throws CacheException {
    return meta.inode(number)
        .orElseThrow(() -> Rules.broken(Reason.STALE, "inode " + number + " is gone"));
  }

  /** Looks a name up. Throws NOT_A_DIRECTORY, NOT_FOUND. */
  public Inode lookup(long directory, Name name) throws CacheException {
    Optional<DirectoryEntry> entry = meta.entry(directory, name);
    while (entry.isPresent()) {
      Optional<Inode> found = meta.inode(entry.get().inode());
      if (found.isPresent()) {
        return found.get();
      }
      // Between the two reads another file may have taken the name.
      Optional<DirectoryEntry> again = meta.entry(directory, name);
      if (again.equals(entry)) {
        throw new CacheException.Corrupt(
            "\""
                + name
                + "\" in directory "
                + directory
                + " names inode "
                + entry.get().inode()
                + ", which does not exist; run a check of the store");
      }
      entry = again;
    }
    Rules.requireDirectory(inode(directory));
    throw Rules.notFound(directory, name);
  }

  /**
   * Follows a path from the root, without following symlinks; "/" is the root. Empty and "."
   * components are skipped, ".." goes up.
   */
  public Inode resolve(String path) throws CacheException {
    return Paths.resolve(this, path);
  }

  /** Makes directories along a path as needed (as mkdir -p) and returns the last. */
  public Inode makeDirectories(String path, NewFile attributes) throws CacheException {
    return meta.update(tx -> Paths.makeDirectories(tx, path, attributes, now()));
  }

  /**
   * Returns up to {@code limit} entries behind a cookie (0 for the first), without "." and "..". An
   * entry that is there all the while is seen exactly once, whatever else changes.
   */
  public List<DirectoryEntry> list(long directory, long cookie, int limit) throws CacheException {
    if (limit < 1) {
      throw new IllegalArgumentException("a list of up to " + limit + " entries");
    }
    List<DirectoryEntry> entries = new ArrayList<>();
    meta.forEachEntry(
        directory,
        cookie,
        entry -> {
          entries.add(entry);
          return entries.size() < limit;
        });
    if (entries.isEmpty()) {
      Rules.requireDirectory(inode(directory));
    }
    return entries;
  }

  /** Returns a cookie behind every entry that is there, and before those that are still to come. */
  public long endOfLists() {
    return meta.lastNumber();
  }

  /** Returns every path of an inode ("/a/b"), sorted; scans the directories. */
  public List<String> pathsOf(long inode) throws CacheException {
    return Paths.of(meta, inode(inode));
  }

  /** Makes a regular file, FIFO, socket or device node. Throws EXISTS. */
  public Inode createFile(
      long directory, Name name, Inode.Type type, int device, NewFile attributes)
      throws CacheException {
    if (type == Inode.Type.DIRECTORY || type == Inode.Type.SYMLINK) {
      throw new IllegalArgumentException("createFile does not make a " + type);
    }
    boolean isDevice = type == Inode.Type.CHARACTER_DEVICE || type == Inode.Type.BLOCK_DEVICE;
    return create(directory, name, type, attributes, inode -> inode.device(isDevice ? device : 0));
  }

  /** Makes a regular file that has no name, held once by the caller (O_TMPFILE). */
  public Inode createUnnamed(long directory, NewFile attributes) throws CacheException {
    return holds.update(
        scope -> {
          Inode parent = Rules.liveDirectory(scope.tx(), directory);
          Inode made =
              Rules.newInode(scope.tx(), parent, Inode.Type.REGULAR, attributes, now())
                  .links(0)
                  .build();
          scope.startUnnamed(made);
          ExtendedAttributes.put(scope.tx(), made.number(), attributes.attributes());
          return made;
        });
  }

  public Inode createDirectory(long directory, Name name, NewFile attributes)
      throws CacheException {
    return meta.update(
        tx -> {
          Inode parent = Rules.liveDirectory(tx, directory);
          Rules.requireAbsent(tx, directory, name);
          return Paths.makeDirectory(tx, parent, name, attributes, now());
        });
  }

  /** Makes a symlink; {@code target} as {@link Inode#target()}. */
  public Inode createSymlink(long directory, Name name, String target, NewFile attributes)
      throws CacheException {
    requireTarget(target);
    return create(directory, name, Inode.Type.SYMLINK, attributes, inode -> inode.target(target));
  }

  /** Gives an inode another name. Throws NOT_PERMITTED for directories, EXISTS, TOO_MANY_LINKS. */
  public Inode link(long inode, long directory, Name name) throws CacheException {
    return holds.update(
        scope -> {
          Inode found = Rules.inode(scope.tx(), inode);
          if (found.isDirectory()) {
            throw Rules.broken(
                Reason.NOT_PERMITTED, "directory " + inode + " cannot have another name");
          }
          Rules.liveDirectory(scope.tx(), directory);
          Rules.requireAbsent(scope.tx(), directory, name);
          if (found.links() >= MAX_LINKS) {
            throw Rules.broken(
                Reason.TOO_MANY_LINKS, "inode " + inode + " has " + MAX_LINKS + " names already");
          }
          if (found.links() == 0) {
            scope.named(found);
          }
          Timestamp now = now();
          Inode linked = found.toBuilder().links(found.links() + 1).changed(now).build();
          scope.tx().putInode(linked);
          Rules.addEntry(scope.tx(), directory, name, linked, now);
          return linked;
        });
  }

  /** Removes a name of anything but a directory; returns the inode as it is then. */
  public Inode unlink(long directory, Name name) throws CacheException {
    return holds.update(
        scope -> {
          DirectoryEntry entry = Rules.entry(scope.tx(), directory, name);
          Inode inode = Rules.inode(scope.tx(), entry.inode());
          if (inode.isDirectory()) {
            throw Rules.broken(
                Reason.IS_A_DIRECTORY,
                "\"" + name + "\" in directory " + directory + " is a directory");
          }
          Timestamp now = now();
          Rules.removeEntry(scope.tx(), directory, entry, now);
          return Rules.dropName(scope, inode, now);
        });
  }

  /** Removes an empty directory; returns it as it was. */
  public Inode removeDirectory(long directory, Name name) throws CacheException {
    return holds.update(
        scope -> {
          DirectoryEntry entry = Rules.entry(scope.tx(), directory, name);
          Inode removed = Rules.directory(scope.tx(), entry.inode());
          Rules.requireEmpty(scope.tx(), removed);
          Timestamp now = now();
          Rules.removeEntry(scope.tx(), directory, entry, now);
          Rules.dropDirectory(scope, removed, now);
          return removed;
        });
  }

  /**
   * What a rename did: the inode that moved, and the one that was replaced or exchanged, if any.
   */
  public record Renamed(Inode moved, Optional<Inode> other) {}

  /**
   * Renames as rename(2) and renameat2(2) say. Throws INVALID for a directory into itself,
   * NOT_EMPTY, IS_A_DIRECTORY, NOT_A_DIRECTORY, EXISTS.
   */
  public Renamed rename(long from, Name name, long to, Name newName, RenameMode mode)
      throws CacheException {
    return holds.update(scope -> new Renaming(scope, from, name, to, newName, now()).run(mode));
  }

  /** Changes attributes; the change time follows. */
  public Inode change(long inode, AttributeChange change) throws CacheException {
    return meta.update(
        tx -> {
          Inode old = Rules.inode(tx, inode);
          Inode.Builder changed = old.toBuilder().changed(now());
          if (change.permissions() != null) {
            changed.permissions(change.permissions());
          }
          changed.owner(
              change.uid() != null ? change.uid() : old.uid(),
              change.gid() != null ? change.gid() : old.gid());
          if (change.accessed() != null) {
            changed.accessed(change.accessed());
          }
          if (change.modified() != null) {
            changed.modified(change.modified());
          }
          Inode next = changed.build();
          tx.putInode(next);
          ExtendedAttributes.put(tx, inode, change.attributes());
          return next;
        });
  }

  /** Sets the access time alone, without touching the change time. */
  public void touchAccessed(long inode, Timestamp accessed) throws CacheException {
    meta.update(
        tx -> {
          tx.putInode(Rules.inode(tx, inode).toBuilder().accessed(accessed).build());
          return null;
        });
  }

  /**
   * Replaces a regular file's content in one batch: retains the new, releases the old. The blocks
   * of the manifest are pinned or in the table.
   *
   * @param id content ID of {@code manifest}
   * @param modified the new modification time; the change time is not earlier
   * @param durable whether all blocks are durable already
   */
  public Inode setContent(
      long inode, ContentId id, Manifest manifest, Timestamp modified, boolean durable)
      throws CacheException {
    return meta.update(tx -> Contents.set(tx, inode, id, manifest, modified, durable));
  }

  /**
   * Makes or replaces a regular file with a content in one batch (for store --as and downloads). If
   * the name exists, {@code replace} decides between replacing it and EXISTS; a directory is never
   * replaced. Who wants to replace has made all blocks durable: a power cut must leave one of the
   * two.
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
    return holds.update(
        scope ->
            Contents.putFile(
                scope, directory, name, id, manifest, attributes, source, replace, now()));
  }

  /** Returns an extended attribute. Throws NO_ATTRIBUTE. */
  public byte[] attribute(long inode, Name name) throws CacheException {
    Optional<byte[]> value = meta.attribute(inode, name);
    if (value.isEmpty()) {
      inode(inode);
      throw ExtendedAttributes.missing(inode, name);
    }
    return value.get();
  }

  /** Returns the names of the extended attributes, sorted. */
  public List<Name> attributes(long inode) throws CacheException {
    List<Name> names = new ArrayList<>();
    meta.forEachAttribute(inode, names::add);
    if (names.isEmpty()) {
      inode(inode);
    }
    return names;
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
    meta.update(
        tx -> {
          ExtendedAttributes.set(tx, inode, name, value, mode, now());
          return null;
        });
  }

  /** Removes an extended attribute. Throws NO_ATTRIBUTE. */
  public void removeAttribute(long inode, Name name) throws CacheException {
    meta.update(
        tx -> {
          ExtendedAttributes.remove(tx, inode, name, now());
          return null;
        });
  }

  /** Keeps an inode alive though it loses its last name; holds are counted. Throws STALE. */
  public void hold(long inode) throws CacheException {
    holds.hold(inode);
  }

  /** Drops a hold; with the last one an inode without a name is deleted. */
  public void drop(long inode) throws CacheException {
    holds.drop(inode);
  }

  private Inode create(
      long directory,
      Name name,
      Inode.Type type,
      NewFile attributes,
      UnaryOperator<Inode.Builder> finish)
      throws CacheException {
    return meta.update(
        tx -> {
          Inode parent = Rules.liveDirectory(tx, directory);
          Rules.requireAbsent(tx, directory, name);
          Timestamp now = now();
          Inode made = finish.apply(Rules.newInode(tx, parent, type, attributes, now)).build();
          tx.putInode(made);
          ExtendedAttributes.put(tx, made.number(), attributes.attributes());
          Rules.addEntry(tx, directory, name, made, now);
          return made;
        });
  }

  private static void requireTarget(String target) throws CacheException {
    if (target.isEmpty()) {
      throw Rules.broken(Reason.NOT_FOUND, "a symlink's target cannot be empty");
    }
    if (target.length() > MAX_TARGET_BYTES) {
      throw Rules.broken(
          Reason.NAME_TOO_LONG,
          "target of " + target.length() + " bytes; at most " + MAX_TARGET_BYTES + " are allowed");
    }
    if (target.chars().anyMatch(c -> c == 0 || c > 0xff)) {
      throw Rules.broken(
          Reason.INVALID, "a symlink's target is bytes other than zero, as ISO-8859-1 characters");
    }
  }

  /** Returns the time that changes have at this moment. */
  public Timestamp now() {
    return Timestamp.now(clock);
  }
}

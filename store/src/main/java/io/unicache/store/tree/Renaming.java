package io.unicache.store.tree;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.util.Optional;

/**
 * One rename, as rename(2) and renameat2(2) have it. An entry at the target keeps its cookie: the
 * name was there all the while, so a listing under way sees it exactly once.
 */
final class Renaming {

  private final Holds.Scope scope;
  private final Transaction tx;
  private final long from;
  private final Name name;
  private final long to;
  private final Name newName;
  private final Timestamp now;

  Renaming(Holds.Scope scope, long from, Name name, long to, Name newName, Timestamp now) {
    this.scope = scope;
    this.tx = scope.tx();
    this.from = from;
    this.name = name;
    this.to = to;
    this.newName = newName;
    this.now = now;
  }

  Tree.Renamed run(Tree.RenameMode mode) throws CacheException {
    DirectoryEntry source = Rules.entry(tx, from, name);
    Rules.liveDirectory(tx, to);
    Optional<DirectoryEntry> target = tx.entry(to, newName);
    if (mode == Tree.RenameMode.NO_REPLACE && target.isPresent()) {
      throw Rules.broken(Reason.EXISTS, "\"" + newName + "\" is in directory " + to + " already");
    }
    if (mode == Tree.RenameMode.EXCHANGE) {
      return exchange(source, target.orElseThrow(() -> Rules.notFound(to, newName)));
    }
    if (isDirectory(source)) {
      refuseInside(source.inode(), to, Reason.INVALID);
    }
    if (target.isEmpty()) {
      return move(source);
    }
    if (isDirectory(target.get())) {
      // An ancestor of the source is a directory that is not empty, whatever the source is.
      refuseInside(target.get().inode(), from, Reason.NOT_EMPTY);
    }
    return replace(source, target.get());
  }

  private Tree.Renamed move(DirectoryEntry source) throws CacheException {
    Rules.removeEntry(tx, from, source, now);
    Inode moved = arrive(source, to);
    Rules.addEntry(tx, to, newName, moved, now);
    return new Tree.Renamed(moved, Optional.empty());
  }

  private Tree.Renamed replace(DirectoryEntry source, DirectoryEntry target) throws CacheException {
    if (source.inode() == target.inode()) {
      // Two names of one inode: POSIX has both stay.
      return new Tree.Renamed(Rules.inode(tx, source.inode()), Optional.empty());
    }
    Inode victim = Rules.inode(tx, target.inode());
    if (isDirectory(source) && !victim.isDirectory()) {
      throw Rules.broken(
          Reason.NOT_A_DIRECTORY, "\"" + newName + "\" in directory " + to + " is no directory");
    }
    if (!isDirectory(source) && victim.isDirectory()) {
      throw Rules.broken(
          Reason.IS_A_DIRECTORY, "\"" + newName + "\" in directory " + to + " is a directory");
    }
    if (victim.isDirectory()) {
      Rules.requireEmpty(tx, victim);
    }
    Rules.removeEntry(tx, from, source, now);
    Inode moved = arrive(source, to);
    // The directory loses a subdirectory and gets one, or has to do with none.
    occupy(to, target, moved);
    Rules.changeDirectory(tx, to, 0, now);
    Inode left =
        victim.isDirectory()
            ? Rules.dropDirectory(scope, victim, now)
            : Rules.dropName(scope, victim, now);
    return new Tree.Renamed(moved, Optional.of(left));
  }

  private Tree.Renamed exchange(DirectoryEntry source, DirectoryEntry target)
      throws CacheException {
    if (isDirectory(source)) {
      refuseInside(source.inode(), to, Reason.INVALID);
    }
    if (isDirectory(target)) {
      refuseInside(target.inode(), from, Reason.INVALID);
    }
    Inode moved = arrive(source, to);
    if (source.inode() == target.inode()) {
      return new Tree.Renamed(moved, Optional.of(moved));
    }
    Inode other = arrive(target, from);
    occupy(to, target, moved);
    occupy(from, source, other);
    int gain = (moved.isDirectory() ? 1 : 0) - (other.isDirectory() ? 1 : 0);
    Rules.changeDirectory(tx, to, gain, now);
    Rules.changeDirectory(tx, from, -gain, now);
    // One of the two may be the directory that the other has come out of.
    return new Tree.Renamed(
        Rules.inode(tx, moved.number()), Optional.of(Rules.inode(tx, other.number())));
  }

  /** Writes the inode of an entry that comes to a directory. */
  private Inode arrive(DirectoryEntry entry, long directory) throws CacheException {
    Inode inode = Rules.inode(tx, entry.inode());
    Inode.Builder changed = inode.toBuilder().changed(now);
    if (inode.isDirectory()) {
      changed.parent(directory);
    }
    Inode moved = changed.build();
    tx.putInode(moved);
    return moved;
  }

  /** Puts an inode in the place of an entry, cookie and all. */
  private void occupy(long directory, DirectoryEntry place, Inode inode) throws CacheException {
    tx.putEntry(
        directory, new DirectoryEntry(place.name(), inode.number(), inode.type(), place.cookie()));
  }

  /** Throws if {@code directory} is {@code ancestor} or anywhere below it. */
  private void refuseInside(long ancestor, long directory, Reason reason) throws CacheException {
    long at = directory;
    while (at != ancestor) {
      if (at == Inode.ROOT) {
        return;
      }
      at = Rules.directory(tx, at).parent();
    }
    throw Rules.broken(
        reason, "directory " + ancestor + " is directory " + directory + " or contains it");
  }

  private static boolean isDirectory(DirectoryEntry entry) {
    return entry.type() == Inode.Type.DIRECTORY;
  }
}

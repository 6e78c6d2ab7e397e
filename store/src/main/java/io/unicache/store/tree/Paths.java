package io.unicache.store.tree;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Paths from the root to inodes, and back. */
final class Paths {

  private Paths() {}

  /** Returns the components that lead somewhere: neither empty nor ".". */
  private static List<String> components(String path) {
    return Arrays.stream(path.split("/"))
        .filter(component -> !component.isEmpty() && !component.equals("."))
        .toList();
  }

  static Inode resolve(Tree tree, String path) throws CacheException {
    Inode at = tree.inode(Inode.ROOT);
    for (String component : components(path)) {
      Rules.requireDirectory(at);
      at =
          component.equals("..")
              ? tree.inode(at.parent())
              : tree.lookup(at.number(), Name.of(component));
    }
    return at;
  }

  static Inode makeDirectories(Transaction tx, String path, Tree.NewFile attributes, Timestamp now)
      throws CacheException {
    Inode at = Rules.inode(tx, Inode.ROOT);
    for (String component : components(path)) {
      if (component.equals("..")) {
        at = Rules.inode(tx, at.parent());
        continue;
      }
      Name name = Name.of(component);
      var entry = tx.entry(at.number(), name);
      at =
          entry.isPresent()
              ? Rules.directory(tx, entry.get().inode())
              : makeDirectory(tx, at, name, attributes, now);
    }
    return at;
  }

  static Inode makeDirectory(
      Transaction tx, Inode parent, Name name, Tree.NewFile attributes, Timestamp now)
      throws CacheException {
    Inode made =
        Rules.newInode(tx, parent, Inode.Type.DIRECTORY, attributes, now)
            .links(2)
            .parent(parent.number())
            .build();
    tx.putInode(made);
    ExtendedAttributes.put(tx, made.number(), attributes.attributes());
    Rules.addEntry(tx, parent.number(), name, made, now);
    return made;
  }

  /** Returns every path of an inode, sorted. */
  static List<String> of(MetaStore meta, Inode inode) throws CacheException {
    List<String> paths = new ArrayList<>();
    if (inode.isDirectory()) {
      if (inode.links() > 0) {
        paths.add(ofDirectory(meta, inode));
      }
      return paths;
    }
    // No row leads from an inode to its names, so every directory is looked through.
    meta.forEachInode(
        directory -> {
          if (directory.isDirectory()) {
            for (Name name : namesIn(meta, directory.number(), inode.number())) {
              paths.add(child(ofDirectory(meta, directory), name));
            }
          }
          return paths.size() < inode.links();
        });
    Collections.sort(paths);
    return paths;
  }

  private static String ofDirectory(MetaStore meta, Inode directory) throws CacheException {
    String path = "";
    Inode at = directory;
    while (at.number() != Inode.ROOT) {
      long parent = at.parent();
      List<Name> names = namesIn(meta, parent, at.number());
      if (names.isEmpty()) {
        throw gone(at.number());
      }
      path = "/" + names.get(0) + path;
      at = meta.inode(parent).orElseThrow(() -> gone(parent));
    }
    return path.isEmpty() ? "/" : path;
  }

  private static CacheException gone(long number) {
    return Rules.broken(Reason.STALE, "directory " + number + " was removed or moved meanwhile");
  }

  private static String child(String directory, Name name) {
    return (directory.equals("/") ? "" : directory) + "/" + name;
  }

  private static List<Name> namesIn(MetaStore meta, long directory, long inode)
      throws CacheException {
    List<Name> names = new ArrayList<>();
    meta.forEachEntry(
        directory,
        0,
        entry -> {
          if (entry.inode() == inode) {
            names.add(entry.name());
          }
          return true;
        });
    return names;
  }
}

package io.unicache.store.tree;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Changes of what regular files contain. */
final class Contents {

  /** The attribute that says where a file was downloaded from. */
  static final String SOURCE_ATTRIBUTE = "user.unicache.source";

  private Contents() {}

  static Inode set(
      Transaction tx,
      long number,
      ContentId id,
      Manifest manifest,
      Timestamp modified,
      boolean durable)
      throws CacheException {
    Inode inode = Rules.requireRegular(Rules.inode(tx, number));
    ContentId next = retained(tx, id, manifest);
    if (inode.content().equals(Optional.ofNullable(next))) {
      if (next != null) {
        tx.release(next); // It is referred to already.
      }
    } else if (durable) {
      tx.replaceContentDurably(inode);
    } else {
      tx.replaceContent(inode);
    }
    // Of the last write, not of this commit: whoever looked in between saw that time already.
    Timestamp last = modified.compareTo(inode.changed()) > 0 ? modified : inode.changed();
    Inode changed =
        inode.toBuilder().content(next, manifest.size()).modified(modified).changed(last).build();
    tx.putInode(changed);
    tx.deleteJournal(number); // All that is in it is in this content.
    return changed;
  }

  static Inode putFile(
      Holds.Scope scope,
      long directory,
      Name name,
      ContentId id,
      Manifest manifest,
      Tree.NewFile attributes,
      String source,
      boolean replace,
      Timestamp now)
      throws CacheException {
    Transaction tx = scope.tx();
    Inode parent = Rules.liveDirectory(tx, directory);
    Optional<DirectoryEntry> old = tx.entry(directory, name);
    if (old.isPresent() && old.get().type() == Inode.Type.DIRECTORY) {
      throw Rules.broken(
          Reason.IS_A_DIRECTORY, "\"" + name + "\" in directory " + directory + " is a directory");
    }
    if (!replace) {
      Rules.requireAbsent(tx, directory, name);
    }
    Inode empty = Rules.newInode(tx, parent, Inode.Type.REGULAR, attributes, now).build();
    Inode file = empty.toBuilder().content(retained(tx, id, manifest), manifest.size()).build();
    tx.putInode(file);
    if (!replace && manifest.size() > 0) {
      tx.replaceContent(empty);
    }
    if (!source.isEmpty()) {
      tx.putAttribute(
          file.number(), Name.of(SOURCE_ATTRIBUTE), source.getBytes(StandardCharsets.UTF_8));
    }
    if (old.isEmpty()) {
      Rules.addEntry(tx, directory, name, file, now);
    } else {
      // The name was there all the while: it keeps its place in a listing.
      tx.putEntry(
          directory, new DirectoryEntry(name, file.number(), file.type(), old.get().cookie()));
      Rules.changeDirectory(tx, directory, 0, now);
      Rules.dropName(scope, Rules.inode(tx, old.get().inode()), now);
    }
    return file;
  }

  /** Retains a content and returns its ID, or null for the empty file, which has none. */
  private static ContentId retained(Transaction tx, ContentId id, Manifest manifest)
      throws CacheException {
    if (manifest.size() == 0) {
      return null;
    }
    tx.retain(id, manifest);
    return id;
  }
}

package io.unicache.store.check;

import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.time.Clock;
import java.util.Optional;

/**
 * The directory for what a repair finds without a name: it is never deleted. Made when something
 * comes into it; only root and its owner can look into it.
 */
final class LostAndFound {

  /** What findings say of such things. */
  static final String KEPT = "; a repair keeps it in /lost+found";

  private static final String NAME = "lost+found";
  private static final int DIRECTORY_PERMISSIONS = 0700;
  private static final int FILE_PERMISSIONS = 0600;

  private final Clock clock;

  LostAndFound(Clock clock) {
    this.clock = clock;
  }

  /** Gives a content a name; the caller sees to its references. */
  void keepContent(Transaction tx, ContentId id, long size) throws CacheException {
    Inode directory = directory(tx);
    Inode file =
        Inode.builder(tx.nextNumber(), Inode.Type.REGULAR.bits() | FILE_PERMISSIONS)
            .owner(directory.uid(), directory.gid())
            .times(now())
            .content(id, size)
            .build();
    tx.putInode(file);
    put(tx, directory, id.toString(), file);
  }

  /** Gives an inode a name; its links and its parent follow. */
  void keepInode(Transaction tx, Inode inode, int subdirectories) throws CacheException {
    Inode directory = directory(tx);
    Inode named =
        inode.isDirectory()
            ? inode.toBuilder().links(2 + subdirectories).parent(directory.number()).build()
            : inode.toBuilder().links(1).build();
    tx.putInode(named);
    tx.deleteOrphan(inode.number());
    put(tx, directory, "inode-" + inode.number(), named);
  }

  private void put(Transaction tx, Inode directory, String name, Inode inode)
      throws CacheException {
    Name unused = Name.of(name);
    for (int i = 2; tx.entry(directory.number(), unused).isPresent(); i++) {
      unused = Name.of(name + "-" + i);
    }
    tx.putEntry(
        directory.number(),
        new DirectoryEntry(unused, inode.number(), inode.type(), tx.nextNumber()));
    if (inode.isDirectory()) {
      Inode parent = tx.inode(directory.number()).orElseThrow();
      tx.putInode(parent.toBuilder().links(parent.links() + 1).changed(now()).build());
    }
  }

  private Inode directory(Transaction tx) throws CacheException {
    Inode root = tx.inode(Inode.ROOT).orElseThrow();
    String name = NAME;
    for (int i = 2; ; i++) {
      Optional<DirectoryEntry> entry = tx.entry(Inode.ROOT, Name.of(name));
      if (entry.isEmpty()) {
        return make(tx, root, Name.of(name));
      }
      Optional<Inode> found = tx.inode(entry.get().inode());
      if (found.isPresent() && found.get().isDirectory()) {
        return found.get();
      }
      name = NAME + "-" + i; // A file has the name.
    }
  }

  private Inode make(Transaction tx, Inode root, Name name) throws CacheException {
    Inode made =
        Inode.builder(tx.nextNumber(), Inode.Type.DIRECTORY.bits() | DIRECTORY_PERMISSIONS)
            .owner(root.uid(), root.gid())
            .links(2)
            .parent(Inode.ROOT)
            .times(now())
            .build();
    tx.putInode(made);
    tx.putEntry(Inode.ROOT, new DirectoryEntry(name, made.number(), made.type(), tx.nextNumber()));
    tx.putInode(root.toBuilder().links(root.links() + 1).modified(now()).changed(now()).build());
    return made;
  }

  private Timestamp now() {
    return Timestamp.of(clock.instant());
  }
}

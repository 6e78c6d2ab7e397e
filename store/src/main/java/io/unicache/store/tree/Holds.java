package io.unicache.store.tree;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.MetaStore.Change;
import io.unicache.store.meta.MetaStore.Transaction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Who holds which inodes, and the orphans: inodes without a name that live only because they are
 * held. Safe for use by many threads.
 *
 * <p>Holding takes the shared side of a lock whose other side is taken by changes that may cost an
 * inode its last name ({@link #update}). So such a change knows for certain whether an inode is
 * held, and no one comes to hold an inode that is on its way out.
 */
final class Holds {

  private final MetaStore meta;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final ConcurrentMap<Long, Integer> counts = new ConcurrentHashMap<>();

  /** Orphans, and whether they may be given a name: those that never had one. */
  private final Map<Long, Boolean> orphans = new ConcurrentHashMap<>();

  Holds(MetaStore meta) {
    this.meta = meta;
  }

  /** Deletes the orphans of a process that has ended. */
  void deleteLeftOrphans() throws CacheException {
    List<Long> left = new ArrayList<>();
    meta.forEachOrphan(left::add);
    for (long number : left) {
      meta.update(
          tx -> {
            tx.deleteInode(number);
            tx.deleteOrphan(number);
            return null;
          });
    }
  }

  void hold(long number) throws CacheException {
    lock.readLock().lock();
    try {
      if (meta.inode(number).isEmpty()) {
        throw Rules.broken(Reason.STALE, "inode " + number + " is gone");
      }
      counts.merge(number, 1, Integer::sum);
    } finally {
      lock.readLock().unlock();
    }
  }

  void drop(long number) throws CacheException {
    boolean last;
    lock.readLock().lock();
    try {
      last = release(number) && orphans.containsKey(number);
    } finally {
      lock.readLock().unlock();
    }
    if (last) {
      deleteOrphan(number);
    }
  }

  /** Returns whether that was the last hold. */
  private boolean release(long number) {
    Integer left =
        counts.compute(
            number,
            (n, count) -> {
              if (count == null) {
                throw new IllegalStateException("inode " + n + " is not held");
              }
              return count == 1 ? null : Integer.valueOf(count - 1);
            });
    return left == null;
  }

  private void deleteOrphan(long number) throws CacheException {
    lock.writeLock().lock();
    try {
      // Meanwhile someone may have held it again, or given it a name, or deleted it.
      if (!counts.containsKey(number) && orphans.containsKey(number)) {
        meta.update(
            tx -> {
              tx.deleteInode(number);
              return null;
            });
        orphans.remove(number);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** What a change does to orphans; takes effect in memory when it has been committed. */
  final class Scope {
    private final Transaction tx;
    private final Map<Long, Boolean> made = new ConcurrentHashMap<>();
    private final Set<Long> named = new HashSet<>();

    private Scope(Transaction tx) {
      this.tx = tx;
    }

    Transaction tx() {
      return tx;
    }

    /** An inode has lost its last name: it stays as an orphan if it is held, else it is deleted. */
    void unnamed(Inode inode) throws CacheException {
      tx.putInode(inode);
      if (counts.containsKey(inode.number())) {
        tx.putOrphan(inode.number());
        made.put(inode.number(), false);
      } else {
        tx.deleteInode(inode.number());
      }
    }

    /** A new inode starts without a name, held once. */
    void startUnnamed(Inode inode) throws CacheException {
      tx.putInode(inode);
      tx.putOrphan(inode.number());
      made.put(inode.number(), true);
    }

    /** An inode without a name gets one. Throws NOT_FOUND where it has had its last one. */
    void named(Inode inode) throws CacheException {
      if (!orphans.getOrDefault(inode.number(), false)) {
        throw Rules.broken(Reason.NOT_FOUND, "inode " + inode.number() + " has been removed");
      }
      tx.deleteOrphan(inode.number());
      named.add(inode.number());
    }

    private void committed() {
      orphans.putAll(made);
      orphans.keySet().removeAll(named);
      // Only inodes that start without a name are held by the change itself.
      made.forEach(
          (number, linkable) -> {
            if (linkable) {
              counts.merge(number, 1, Integer::sum);
            }
          });
    }
  }

  /** A change that may take or give an inode's last name. */
  @FunctionalInterface
  interface NameChange<T> {
    T apply(Scope scope) throws CacheException;
  }

  /** Runs a change while nobody comes or goes. */
  <T> T update(NameChange<T> change) throws CacheException {
    lock.writeLock().lock();
    try {
      Scope[] used = new Scope[1];
      Change<T> inner =
          tx -> {
            used[0] = new Scope(tx);
            return change.apply(used[0]);
          };
      T result = meta.update(inner);
      used[0].committed();
      return result;
    } finally {
      lock.writeLock().unlock();
    }
  }
}

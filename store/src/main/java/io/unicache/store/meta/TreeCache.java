package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.util.Optional;
import java.util.Set;

/**
 * The inodes and directory entries that were read last, so that a second look at them costs no
 * reading and decoding of rows. Always what the tables say: every batch is written through here.
 * Safe for use by many threads.
 */
final class TreeCache {

  /** Rows of each table: together about 30 MiB on the heap with usual names. */
  private static final int ROWS = 65_536;

  /** A longer symlink target is not kept, so that the cache is small whatever is in the tree. */
  private static final int LONGEST_TARGET = 255;

  private final RowCache<Inode> inodes;
  private final RowCache<DirectoryEntry> entries;

  TreeCache(RocksTables tables) {
    inodes =
        new RowCache<>(
            ROWS,
            key -> {
              byte[] value = tables.get(Family.INODES, key);
              return value == null ? Optional.empty() : Optional.of(InodeRow.decode(key, value));
            },
            inode -> inode.target().length() <= LONGEST_TARGET);
    entries =
        new RowCache<>(
            ROWS,
            key -> {
              byte[] value = tables.get(Family.ENTRIES, key);
              return value == null ? Optional.empty() : Optional.of(EntryRow.decode(key, value));
            },
            entry -> true);
  }

  Optional<Inode> inode(long number) throws CacheException {
    return inodes.get(InodeRow.key(number));
  }

  Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException {
    return entries.get(EntryRow.key(directory, name));
  }

  /** Forgets everything; nobody else may be at work. */
  void clear() {
    inodes.clear();
    entries.clear();
  }

  /** Writes a batch; one at a time. */
  void write(Batch batch) throws CacheException {
    Set<byte[]> changedInodes = batch.changedKeys(Family.INODES);
    Set<byte[]> changedEntries = batch.changedKeys(Family.ENTRIES);
    inodes.beginChange(changedInodes);
    entries.beginChange(changedEntries);
    try {
      batch.write();
    } finally {
      inodes.endChange(changedInodes);
      entries.endChange(changedEntries);
    }
  }
}

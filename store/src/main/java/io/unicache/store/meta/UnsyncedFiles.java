package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a change does to the rows of "unsynced". Not thread-safe. */
final class UnsyncedFiles {

  private final Batch batch;
  private final References references;
  private final UnsyncedKeys keys;
  private final List<byte[]> added = new ArrayList<>();
  private boolean cleared;

  UnsyncedFiles(Batch batch, References references, UnsyncedKeys keys) {
    this.batch = batch;
    this.references = references;
    this.keys = keys;
  }

  /** See {@link MetaStore.Transaction#replaceContent}. */
  void replace(Inode inode) throws CacheException {
    if (isThere(UnsyncedRow.key(inode.number()))) {
      release(inode);
      return;
    }
    boolean was = inode.content().isPresent() || !keys.isNew(inode.number());
    put(
        new Unsynced.OfInode(
            inode.number(),
            was
                ? Optional.of(new Unsynced.Before(inode.modified(), inode.content()))
                : Optional.empty()));
  }

  /** See {@link MetaStore.Transaction#replaceStoredFile}. */
  void replace(String id, Optional<StoredFile> old) throws CacheException {
    if (!isThere(UnsyncedRow.key(id))) {
      put(new Unsynced.OfStoredFile(id, old));
    } else if (old.isPresent()) {
      references.release(old.get().content());
    }
  }

  /** The content of a file goes, and what it was before is of no interest any more. */
  void replaceForGood(Inode inode) throws CacheException {
    drop(UnsyncedRow.key(inode.number()));
    release(inode);
  }

  private void release(Inode inode) throws CacheException {
    if (inode.content().isPresent()) {
      references.release(inode.content().get());
    }
  }

  private void put(Unsynced row) {
    byte[] key = UnsyncedRow.key(row);
    batch.put(Family.UNSYNCED, key, UnsyncedRow.encode(row));
    added.add(key);
  }

  private boolean isThere(byte[] key) throws CacheException {
    return batch.get(Family.UNSYNCED, key) != null;
  }

  /** Deletes a row, if it is there, with what it refers to. */
  void drop(byte[] key) throws CacheException {
    byte[] value = batch.get(Family.UNSYNCED, key);
    if (value != null) {
      Unsynced row = UnsyncedRow.decode(key, value);
      batch.delete(Family.UNSYNCED, key);
      if (row.kept().isPresent()) {
        references.release(row.kept().get());
      }
    }
  }

  /** Deletes a row; what it refers to is the caller's. */
  void take(Unsynced row) {
    batch.delete(Family.UNSYNCED, UnsyncedRow.key(row));
  }

  /** Deletes all rows. */
  void clear() throws CacheException {
    List<byte[]> all = keys.all();
    if (all == null) {
      all = batch.keys(Family.UNSYNCED, new byte[0], Integer.MAX_VALUE);
    }
    for (byte[] key : all) {
      drop(key);
    }
    cleared = true;
  }

  /**
   * The batch has been written.
   *
   * @param lastNumber see {@link UnsyncedKeys#clear}
   */
  void committed(long lastNumber) {
    if (cleared) {
      keys.clear(lastNumber);
    }
    keys.addAll(added);
  }
}

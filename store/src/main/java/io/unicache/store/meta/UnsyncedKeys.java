package io.unicache.store.meta;

import java.util.ArrayList;
import java.util.List;

/**
 * Which rows there are in "unsynced", so that a sync need not look for them between those that are
 * deleted. Guarded by the lock of changes.
 */
final class UnsyncedKeys {

  /** Keys that are remembered: about 10 MiB. When there are more the table is scanned. */
  private static final int MOST = 100_000;

  private final List<byte[]> keys = new ArrayList<>();

  /** At first there may be rows of an earlier process. */
  private boolean incomplete = true;

  /** No inode with a greater number was there at the last sync. */
  private long lastSynced;

  UnsyncedKeys(long lastNumber) {
    lastSynced = lastNumber;
  }

  /** Tells whether an inode was made since the last sync. */
  boolean isNew(long inode) {
    return inode > lastSynced;
  }

  void addAll(List<byte[]> added) {
    if (keys.size() + added.size() > MOST) {
      keys.clear();
      incomplete = true;
    }
    if (!incomplete) {
      keys.addAll(added);
    }
  }

  /** Returns all keys, some of which may be deleted; null if they are not known. */
  List<byte[]> all() {
    return incomplete ? null : keys;
  }

  /** All rows are gone. */
  void clear(long lastNumber) {
    keys.clear();
    incomplete = false;
    lastSynced = lastNumber;
  }
}

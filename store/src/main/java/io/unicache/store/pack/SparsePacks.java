package io.unicache.store.pack;

import io.unicache.store.error.CacheException;
import java.util.List;
import java.util.Optional;

/** Packs of which little may be left, and how they are emptied. Safe for use by many threads. */
public final class SparsePacks {

  private final PackSet set;

  SparsePacks(PackSet set) {
    this.set = set;
  }

  /** Returns how much of each pack is needed. */
  public List<PackUsage> usage() {
    return set.all().stream().map(Pack::usage).toList();
  }

  /** Returns the bytes that a pack and its index take on the disk; 0 if it is gone. */
  public long bytesOnDisk(int number) throws CacheException {
    Pack pack = set.pack(number);
    return pack == null ? 0 : pack.bytesOnDisk();
  }

  /** Tells whether what is freed in a pack stays there until all of the pack goes. */
  public boolean isLeaving(int number) {
    Pack pack = set.pack(number);
    return pack != null && pack.isLeaving();
  }

  /**
   * Begins to empty a pack: nothing is appended to it any more, nothing in it is punched out and
   * nobody is given its file.
   *
   * @return nothing if a stream appends to it, or not all of it is known
   */
  public Optional<Emptying> empty(int number) {
    Pack pack = set.pack(number);
    return pack != null && set.beginLeaving(pack)
        ? Optional.of(new Emptying(set, pack))
        : Optional.empty();
  }
}

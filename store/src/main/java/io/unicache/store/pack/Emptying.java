package io.unicache.store.pack;

import io.unicache.store.error.CacheException;

/**
 * A pack whose live blocks move to other packs, one after the other, until it can be deleted. In
 * this order: the caller appends each of {@link #forEachLive} elsewhere, makes the copies durable,
 * then the metadata that refers to them; {@link #finish}. Who has read where a block lies may go on
 * reading there until the pack is gone, as nothing is punched out; from then on such reads fail.
 *
 * <p>Once metadata refers to a copy the pack must not {@link #stay}: what has moved would be
 * punched out under its readers. It may be left like this, to go on later or after the store has
 * been opened anew.
 */
public final class Emptying {

  private final PackSet set;
  private final Pack pack;

  Emptying(PackSet set, Pack pack) {
    this.set = set;
    this.pack = pack;
  }

  /** Returns the pack's number. */
  public int pack() {
    return pack.number();
  }

  /** Visits the blocks of the index that have not been freed; the caller knows which have moved. */
  public void forEachLive(PackSet.IndexVisitor visitor) throws CacheException {
    pack.forEachLive(visitor);
  }

  /** Leaves the pack as it was; only if no metadata refers to a copy. */
  public void stay() {
    pack.stay();
  }

  /** Deletes the pack. No metadata, as it is on the disk, refers to a block in it. */
  public void finish() throws CacheException {
    pack.buryAll();
    set.deleteIfUnused(pack);
  }
}

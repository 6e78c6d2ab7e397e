package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;

/**
 * Writes single rows for a repair, exactly as they are given: no count, total or freed location
 * follows, and nothing is asked but that a row can be read. Whoever uses it knows from all other
 * rows what this one has to be. Good for one change; see {@link MetaStore#mend}.
 */
public final class RowMender {

  private final Batch batch;
  private final Numbers numbers;

  RowMender(Batch batch, Numbers numbers) {
    this.batch = batch;
    this.numbers = numbers;
  }

  /** Writes a row of the block table; one without references is noted as idle, others are not. */
  public void putBlock(BlockEntry block) {
    byte[] key = BlockRow.key(block.hash());
    batch.put(Family.BLOCKS, key, BlockRow.encode(block));
    if (block.references() == 0) {
      batch.put(Family.IDLE, key, PlainRow.nothing());
    } else {
      batch.delete(Family.IDLE, key);
    }
  }

  /** Takes a row out of the block table; its location is not freed. */
  public void deleteBlock(BlockHash hash) {
    batch.delete(Family.BLOCKS, BlockRow.key(hash));
    batch.delete(Family.IDLE, BlockRow.key(hash));
  }

  /** Takes a note off that a block is idle. */
  public void deleteIdle(BlockHash hash) {
    batch.delete(Family.IDLE, BlockRow.key(hash));
  }

  /** Writes a manifest with the references that it is known to have. */
  public void putManifest(ContentId id, Manifest manifest, long references) {
    batch.put(Family.MANIFESTS, ManifestRow.key(id), ManifestRow.encode(manifest, references));
  }

  /** Sets the references of a manifest that is there. */
  public void setReferences(ContentId id, long references) throws CacheException {
    byte[] key = ManifestRow.key(id);
    byte[] value = batch.get(Family.MANIFESTS, key);
    if (value != null) {
      batch.put(Family.MANIFESTS, key, ManifestRow.withReferences(value, references));
    }
  }

  /** Takes away the row by which a name is found, not the one that lists it. */
  public void deleteEntry(long directory, Name name) {
    batch.delete(Family.ENTRIES, EntryRow.key(directory, name));
  }

  /** Takes away the row that lists a name, not the one by which it is found. */
  public void deleteListing(long directory, long cookie) {
    batch.delete(Family.LISTING, EntryRow.listingKey(directory, cookie));
  }

  /** Takes a location off the freed ones, whose space is not free. */
  public void deleteFreed(BlockLocation location) {
    batch.delete(Family.FREED, FreedRow.key(location));
  }

  /** Makes every number that is given out from now on greater than one that is in use. */
  public void raiseNumbers(long used) {
    numbers.raiseAbove(used, batch);
  }
}

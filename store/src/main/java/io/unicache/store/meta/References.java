package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The reference counts of contents and blocks within one change. Counts move in memory first; only
 * at the end is it decided which blocks go, so the order of retaining and releasing does not
 * matter. Not thread-safe.
 */
final class References {

  /** A block as it is committed and as the change leaves it; null where it is not in the table. */
  private static final class Counted {
    private final BlockEntry before;
    private BlockEntry after;

    Counted(BlockEntry before) {
      this.before = before;
      this.after = before;
    }
  }

  private static final Logger LOG = System.getLogger(References.class.getName());

  private final Batch batch;
  private final BlockPins pins;
  private final TotalsChange totals;
  private final Consumer<BlockLocation> freed;
  private final Map<BlockHash, Counted> blocks = new HashMap<>();

  /**
   * @param freed takes the locations of blocks that go
   */
  References(Batch batch, BlockPins pins, TotalsChange totals, Consumer<BlockLocation> freed) {
    this.batch = batch;
    this.pins = pins;
    this.totals = totals;
    this.freed = freed;
  }

  void retain(ContentId id, Manifest manifest) throws CacheException {
    byte[] key = ManifestRow.key(id);
    byte[] value = batch.get(Family.MANIFESTS, key);
    if (value != null) {
      retainAgain(key, value);
      return;
    }
    List<BlockHash> hashes = manifest.blocks();
    for (BlockHash hash : hashes) {
      requireBlock(id, hash);
    }
    for (BlockHash hash : hashes) {
      add(hash, 1);
    }
    batch.put(Family.MANIFESTS, key, ManifestRow.encode(manifest, 1));
  }

  void retain(ContentId id) throws CacheException {
    byte[] key = ManifestRow.key(id);
    retainAgain(key, requireManifest(id, key));
  }

  void release(ContentId id) throws CacheException {
    byte[] key = ManifestRow.key(id);
    byte[] value = requireManifest(id, key);
    long references = ManifestRow.references(key, value);
    if (references > 1) {
      batch.put(Family.MANIFESTS, key, ManifestRow.withReferences(value, references - 1));
      return;
    }
    for (BlockHash hash : ManifestRow.decode(key, value).manifest().blocks()) {
      add(hash, -1);
    }
    batch.delete(Family.MANIFESTS, key);
  }

  BlockLocation relocate(BlockHash hash, BlockLocation from, BlockLocation to)
      throws CacheException {
    Counted block = counted(hash);
    if (block.after == null || !block.after.location().equals(from)) {
      return block.after != null ? block.after.location() : from;
    }
    block.after = new BlockEntry(hash, to, block.after.references());
    return to;
  }

  boolean deleteIfUnreferenced(BlockHash hash) throws CacheException {
    // The row is looked at again in finish(), which deletes or keeps it by the same rule.
    BlockEntry block = counted(hash).after;
    return block != null && block.references() == 0 && !pins.isPinned(hash);
  }

  /** Puts the rows of all blocks that were counted into the batch. */
  void finish() {
    blocks.forEach(this::finish);
  }

  private void finish(BlockHash hash, Counted block) {
    if (block.after == null) {
      return;
    }
    boolean idle = block.after.references() == 0;
    boolean wasIdle = block.before != null && block.before.references() == 0;
    byte[] key = BlockRow.key(hash);
    if (idle && !pins.isPinned(hash)) {
      freed.accept(block.after.location());
      block.after = null;
    }
    if (idle && block.after != null) {
      batch.put(Family.IDLE, key, PlainRow.nothing());
    } else if (wasIdle) {
      batch.delete(Family.IDLE, key);
    }
    if (block.after == null) {
      batch.delete(Family.BLOCKS, key);
    } else if (!block.after.equals(block.before)) {
      batch.put(Family.BLOCKS, key, BlockRow.encode(block.after));
    }
    totals.block(block.before, -1);
    totals.block(block.after, 1);
  }

  /** Tells the pins what the batch, now written, says of their blocks. */
  void committed() {
    blocks.forEach(
        (hash, block) -> {
          if (block.after != null) {
            pins.committed(hash, block.after.references() == 0);
          }
        });
  }

  private void retainAgain(byte[] key, byte[] value) throws CacheException {
    long references = ManifestRow.references(key, value);
    batch.put(Family.MANIFESTS, key, ManifestRow.withReferences(value, references + 1));
  }

  private byte[] requireManifest(ContentId id, byte[] key) throws CacheException {
    byte[] value = batch.get(Family.MANIFESTS, key);
    if (value == null) {
      throw new CacheException.Missing("content " + id + " is not in the store");
    }
    return value;
  }

  private void requireBlock(ContentId id, BlockHash hash) throws CacheException {
    if (counted(hash).after == null && pins.pending(hash).isEmpty()) {
      throw new CacheException.Missing(
          "block "
              + hash
              + " of content "
              + id
              + " is neither in the store nor pinned with a location; store the content again");
    }
  }

  private void add(BlockHash hash, int references) throws CacheException {
    Counted block = counted(hash);
    if (block.after == null && references > 0) {
      BlockLocation location = pins.pending(hash).orElseThrow();
      block.after = new BlockEntry(hash, location, 0);
    }
    if (block.after == null) {
      // A damaged file can be removed all the same; a check reports what it misses.
      LOG.log(Level.WARNING, "block {0} of a content that goes is not in the block table", hash);
      return;
    }
    long sum = block.after.references() + references;
    if (sum < 0) {
      throw Rows.corrupt(
          Family.BLOCKS, BlockRow.key(hash), "manifests refer to it more often than it says", null);
    }
    block.after = new BlockEntry(hash, block.after.location(), sum);
  }

  private Counted counted(BlockHash hash) throws CacheException {
    Counted block = blocks.get(hash);
    if (block == null) {
      byte[] key = BlockRow.key(hash);
      byte[] value = batch.get(Family.BLOCKS, key);
      block = new Counted(value == null ? null : BlockRow.decode(key, value));
      blocks.put(hash, block);
    }
    return block;
  }
}

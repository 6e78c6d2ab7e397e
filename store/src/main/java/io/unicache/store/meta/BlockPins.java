package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.util.Optional;

/**
 * Blocks that a writer relies on between the moment it finds or appends them and the commit that
 * refers to them. A pin keeps a block from being deleted; for a block that is not in the table yet it
 * also holds the location, so that two writers of the same new block share one copy. Pins are counted
 * and live in memory: a crash drops them all. Safe for use by many threads.
 */
public final class BlockPins {

  BlockPins() {}

  /**
   * Pins a block and returns where it lies if it is stored: in the block table, or appended by a
   * writer that has not committed yet. If it returns nothing the block is pinned all the same, and the
   * caller appends it and calls {@link #located}.
   */
  public Optional<BlockLocation> pin(BlockHash hash) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Says where the caller has appended a block that it had pinned.
   *
   * @return the location that counts: the caller's, or another writer's that came first (then the
   *     caller's copy is freed)
   */
  public BlockLocation located(BlockHash hash, BlockLocation location) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes pins away, one for each time a hash occurs. Blocks that are in no manifest and that nobody
   * else pins are freed.
   */
  public void unpin(Iterable<BlockHash> hashes) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Tells whether anyone pins the block. */
  public boolean isPinned(BlockHash hash) {
    throw new UnsupportedOperationException();
  }

  /** Returns the location of a block that is pinned and appended but not in the block table. */
  Optional<BlockLocation> pending(BlockHash hash) {
    throw new UnsupportedOperationException();
  }
}

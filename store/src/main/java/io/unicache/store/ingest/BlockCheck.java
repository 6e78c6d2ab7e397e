package io.unicache.store.ingest;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;

/** Tells whether a block that is stored has its bytes: deduplication relies on it. */
@FunctionalInterface
public interface BlockCheck {

  /** Returns whether the bytes at the location have the hash; looks at most once at each block. */
  boolean isSound(BlockHash hash, BlockLocation location) throws CacheException;
}

package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;

/**
 * A row of the block table.
 *
 * @param hash the block
 * @param location where its bytes lie
 * @param references how often manifests refer to it; 0 while it is only pinned
 */
public record BlockEntry(BlockHash hash, BlockLocation location, long references) {}

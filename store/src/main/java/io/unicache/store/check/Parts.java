package io.unicache.store.check;

import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;

/**
 * What is checked.
 *
 * @param sliceRows rows of a table that are in memory at once
 */
record Parts(PackSet packs, MetaStore meta, int blockSize, int sliceRows) {}

/**
 * Finds damage in a store, and mends it: every rule of FORMAT.md that ties one byte of a store to
 * another is compared, and broken ones are told as {@link io.unicache.store.check.Finding}s.
 *
 * <p>Map of the package: {@link io.unicache.store.check.StoreCheck} runs the steps in order. {@code
 * RowCheck} reads all of the metadata; {@code PackCheck} compares packs, their indexes and the
 * block table; {@code ContentCheck} manifests, inodes and stored files; {@code ReferenceCheck}
 * blocks and manifests; {@code DataCheck} reads the blocks; {@code NameCheck} and {@code TreeCheck}
 * compare names and inodes. {@code DamagedBlocks} gathers blocks that cannot be read, has {@code
 * BlockRestore} bring them back, and tells of those that stay damaged by the files that contain
 * them. {@link io.unicache.store.check.BlockTableRebuild} makes the whole block table anew.
 *
 * <p>Memory: 40 bytes for each MiB of packs (one bit for each 4 KiB of them, by {@code PageMap}),
 * one bit for each inode, at most, and tables in slices of 2^19 rows (about 40 MiB); nothing else
 * grows with the store. A store with more rows than that is gone through several times.
 */
package io.unicache.store.check;

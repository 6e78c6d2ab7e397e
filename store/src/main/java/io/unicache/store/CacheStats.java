package io.unicache.store;

/**
 * What a store holds.
 *
 * @param files regular files in the tree, and stored files
 * @param uniqueBlocks blocks that are stored, each once
 * @param logicalBytes sizes of the files added up
 * @param storedBytes lengths of the unique blocks added up
 * @param bytesOnDisk what packs, indexes and metadata take on the disk
 * @param blockSize bytes
 */
public record CacheStats(
    long files,
    long uniqueBlocks,
    long logicalBytes,
    long storedBytes,
    long bytesOnDisk,
    int blockSize) {

  /** Returns logical bytes per stored byte; 1 for an empty store. */
  public double ratio() {
    return storedBytes == 0 ? 1 : (double) logicalBytes / storedBytes;
  }

  /** Returns the bytes that need not be stored because they are there already, or are holes. */
  public long savedBytes() {
    return Math.max(0, logicalBytes - storedBytes);
  }
}

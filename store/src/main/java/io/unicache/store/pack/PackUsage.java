package io.unicache.store.pack;

/**
 * How much of a pack is still needed.
 *
 * @param pack its number
 * @param indexedBytes what all blocks took that were ever written to it, padding included
 * @param liveBytes what those take that have not been freed
 * @param liveBlocks how many those are
 * @param complete whether nothing is appended to it at this moment, and all its records are
 *     readable
 */
public record PackUsage(
    int pack, long indexedBytes, long liveBytes, long liveBlocks, boolean complete) {

  /** Returns what the blocks took that have been freed. */
  public long deadBytes() {
    return indexedBytes - liveBytes;
  }

  /** Returns what the live blocks and their records would take in another pack. */
  public long neededBytes() {
    return liveBytes + liveBlocks * IndexRecord.BYTES;
  }
}

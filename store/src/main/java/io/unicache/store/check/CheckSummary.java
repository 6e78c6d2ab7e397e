package io.unicache.store.check;

/**
 * What a check has looked at and found.
 *
 * @param blocks rows of the block table
 * @param blockBytes bytes of blocks that were read and compared with their hashes
 * @param contents manifests
 * @param inodes inodes
 * @param names names in directories
 * @param storedFiles files that are stored under an ID
 * @param leakedBytes bytes in packs that nothing refers to; no damage, they are given back in time
 * @param found damage that was found, and left as it was
 * @param repaired damage that was mended
 * @param lost damage that is beyond repair
 */
public record CheckSummary(
    long blocks,
    long blockBytes,
    long contents,
    long inodes,
    long names,
    long storedFiles,
    long leakedBytes,
    long found,
    long repaired,
    long lost) {

  /** Returns the same with more that was mended. */
  public CheckSummary andRepaired(int more) {
    return new CheckSummary(
        blocks,
        blockBytes,
        contents,
        inodes,
        names,
        storedFiles,
        leakedBytes,
        found,
        repaired + more,
        lost);
  }

  /** Tells whether no damage is left. */
  public boolean isSound() {
    return found == 0 && lost == 0;
  }
}

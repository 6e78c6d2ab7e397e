package io.unicache.store.meta;

import io.unicache.store.meta.MetaStore.Totals;

/** What a change, or a recount, adds to the totals. Not thread-safe. */
final class TotalsChange {

  private long files;
  private long logicalBytes;
  private long blocks;
  private long storedBytes;

  /** Counts an inode in (1) or out (-1); only regular files count. */
  void inode(Inode inode, int sign) {
    if (inode != null && inode.isRegular()) {
      files += sign;
      logicalBytes += sign * inode.size();
    }
  }

  void storedFile(StoredFile file, int sign) {
    if (file != null) {
      files += sign;
      logicalBytes += sign * file.size();
    }
  }

  void block(BlockEntry block, int sign) {
    if (block != null) {
      blocks += sign;
      storedBytes += (long) sign * block.location().length();
    }
  }

  Totals addTo(Totals totals) {
    return new Totals(
        totals.files() + files,
        totals.logicalBytes() + logicalBytes,
        totals.blocks() + blocks,
        totals.storedBytes() + storedBytes);
  }
}

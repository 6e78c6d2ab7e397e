package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaSnapshot;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Blocks that cannot be read, from whatever step found them. When there are many, and at the end,
 * they are settled: a repair restores those that it can, and the files are told that contain the
 * others. Used by one thread.
 */
final class DamagedBlocks {

  /** Blocks that are gathered before they are settled; settling costs a scan of the manifests. */
  static final int LIMIT = 1 << 16;

  /** A damaged block. */
  static final class Damaged {
    private final int length;
    private final String problem;
    private final boolean foundByReading;
    private int occurrences;

    private Damaged(int length, String problem, boolean foundByReading) {
      this.length = length;
      this.problem = problem;
      this.foundByReading = foundByReading;
    }

    int length() {
      return length;
    }

    String problem() {
      return problem;
    }

    /** Returns how often manifests were seen to name it, if it is not in the block table. */
    int occurrences() {
      return occurrences;
    }
  }

  private final Parts parts;
  private final Report report;
  private final BlockRestore restore;
  private final Map<BlockHash, Damaged> blocks = new HashMap<>();

  DamagedBlocks(Parts parts, Report report, BlockRestore restore) {
    this.parts = parts;
    this.report = report;
    this.restore = restore;
  }

  /** Takes a row whose block cannot be where it says; not one that has changed meanwhile. */
  void add(BlockEntry row, String problem) throws CacheException {
    addIfPresent(row, problem, false);
  }

  /** Takes a row whose block was read and does not have its hash. */
  void addRead(BlockEntry row, String problem) throws CacheException {
    addIfPresent(row, problem, true);
  }

  private void addIfPresent(BlockEntry row, String problem, boolean read) throws CacheException {
    boolean present =
        parts
            .meta()
            .block(row.hash())
            .filter(now -> now.location().equals(row.location()))
            .isPresent();
    if (present) {
      put(row.hash(), new Damaged(row.location().length(), problem, read));
    }
  }

  /** Takes a block that a manifest names and the block table has not, or not like that. */
  void addMissing(BlockHash hash, int length, String problem) throws CacheException {
    put(hash, new Damaged(length, problem, false));
    Damaged known = blocks.get(hash);
    if (known != null) {
      known.occurrences++;
    }
  }

  private void put(BlockHash hash, Damaged damaged) throws CacheException {
    blocks.putIfAbsent(hash, damaged);
    if (blocks.size() > LIMIT) {
      settle();
    }
  }

  boolean contains(BlockHash hash) {
    return blocks.containsKey(hash);
  }

  /** Reads a block and tells whether it has its hash. */
  boolean isSound(BlockEntry row) {
    BlockLocation at = row.location();
    byte[] bytes = new byte[at.length()];
    try {
      parts.packs().read(at, 0, ByteBuffer.wrap(bytes));
    } catch (CacheException e) {
      return false;
    }
    return Blake3.hash(bytes, 0, bytes.length).equals(row.hash());
  }

  /** Restores what can be restored, and tells of the rest. */
  void settle() throws CacheException {
    if (blocks.isEmpty()) {
      return;
    }
    if (report.repairs()) {
      restore.run(blocks);
      // What has not been read is found again by the look that follows the repair.
      for (Iterator<Damaged> left = blocks.values().iterator(); left.hasNext(); ) {
        if (!left.next().foundByReading) {
          left.remove();
        }
      }
    }
    try (MetaSnapshot snapshot = parts.meta().snapshot()) {
      new Holders(snapshot, report).ofBlocks(blocks);
    }
    blocks.clear();
  }
}

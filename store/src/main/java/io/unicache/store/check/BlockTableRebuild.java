package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes the block table anew from the pack indexes, and counts every reference: for metadata of
 * which that table is lost, and all others are there. Blocks that no manifest names get no row;
 * their space is found as that of any leak. Nobody else may be at work. Used once, by one thread.
 */
public final class BlockTableRebuild {

  /** Rows that are written at once. */
  private static final int BATCH = 4096;

  /**
   * What became of the table.
   *
   * @param rows blocks that the table has now
   * @param missing blocks that manifests name and no index has, or not soundly
   * @param unsound records of blocks that do not have their hash, where that was looked at
   */
  public record Result(long rows, long missing, long unsound) {}

  private final PackSet packs;
  private final MetaStore meta;
  private final boolean verify;
  private final List<IndexedBlock> batch = new ArrayList<>();
  private long unsound;

  /**
   * @param packs opened; damaged indexes give what they have
   * @param meta with an empty block table
   * @param verify whether each block is read and compared with its hash: necessary unless the store
   *     was closed in order, as an index may name blocks that did not reach the disk
   */
  public BlockTableRebuild(PackSet packs, MetaStore meta, boolean verify) {
    this.packs = packs;
    this.meta = meta;
    this.verify = verify;
  }

  /** Does it, and counts the totals anew. */
  public Result run() throws CacheException {
    for (int pack : packs.numbers()) {
      packs.inspectIndex(pack, this::take, (number, damage) -> {});
    }
    write();
    long missing = count();
    long rows = meta.recount().blocks();
    return new Result(rows, missing, unsound);
  }

  private void take(IndexedBlock block) throws CacheException {
    if (verify && !isSound(block)) {
      unsound++;
      return;
    }
    batch.add(block);
    if (batch.size() == BATCH) {
      write();
    }
  }

  private boolean isSound(IndexedBlock block) {
    byte[] bytes = new byte[block.location().length()];
    try {
      packs.read(block.location(), 0, ByteBuffer.wrap(bytes));
    } catch (CacheException e) {
      return false;
    }
    return Blake3.hash(bytes, 0, bytes.length).equals(block.hash());
  }

  private void write() throws CacheException {
    List<IndexedBlock> blocks = List.copyOf(batch);
    batch.clear();
    meta.mend(
        (tx, mender) -> {
          for (IndexedBlock block : blocks) {
            // Of two copies of a block the first one counts; the other is a leak.
            if (meta.block(block.hash()).isEmpty()) {
              mender.putBlock(new BlockEntry(block.hash(), block.location(), 0));
            }
          }
        });
  }

  /** Sets all references; returns the blocks that are missing. */
  private long count() throws CacheException {
    long missing = 0;
    BlockHash from = null;
    do {
      HashSlice slice = new HashSlice(from, HashSlice.ROWS);
      try (MetaSnapshot snapshot = meta.snapshot()) {
        snapshot.blocks(from, row -> slice.add(row.hash(), row.location().length(), 0));
        long[] unknown = new long[1];
        snapshot.manifests(
            null,
            entry -> {
              for (BlockHash hash : entry.manifest().blocks()) {
                if (slice.covers(hash)) {
                  int row = slice.indexOf(hash);
                  if (row >= 0) {
                    slice.count(row);
                  } else {
                    unknown[0]++;
                  }
                }
              }
              return true;
            });
        missing += unknown[0];
      }
      for (int start = 0; start < slice.size(); start += BATCH) {
        set(slice, start, Math.min(slice.size(), start + BATCH));
      }
      from = slice.next();
    } while (from != null);
    return missing;
  }

  private void set(HashSlice slice, int start, int end) throws CacheException {
    meta.mend(
        (tx, mender) -> {
          for (int i = start; i < end; i++) {
            BlockHash hash = slice.hash(i);
            if (slice.counted(i) == 0) {
              mender.deleteBlock(hash);
            } else {
              BlockEntry row = meta.block(hash).orElseThrow();
              mender.putBlock(new BlockEntry(hash, row.location(), slice.counted(i)));
            }
          }
        });
  }
}

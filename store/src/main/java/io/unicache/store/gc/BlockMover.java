package io.unicache.store.gc;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Moves blocks of one pack to the pack that small streams share, a batch at a time: copies, then
 * makes the copies durable, then has the block table say where they are. Used by one thread.
 */
final class BlockMover implements AutoCloseable {

  /** Bytes of a batch: each costs a sync, and nobody is told to end in between. */
  private static final long BATCH_BYTES = 8L << 20;

  /** Blocks of a batch, which are one change of the metadata. */
  private static final int BATCH_BLOCKS = 1024;

  /** How far it has come. */
  enum Outcome {
    /** Every block that was given is elsewhere, or not needed. */
    ALL,
    /** Told to end, or a block belongs to a stream that has not committed it yet. */
    SOME,
    /** A block does not have its hash: it stays where it is. */
    DAMAGED
  }

  private record Copy(BlockHash hash, BlockLocation from, BlockLocation to) {}

  private final PackSet packs;
  private final MetaStore meta;
  private final Pace pace;
  private final PackSet.PackStream target;
  private final List<BlockHash> pinned = new ArrayList<>();
  private final List<Copy> batch = new ArrayList<>();
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private long batchBytes;
  private long movedBytes;
  private boolean mayHaveMoved;
  private Outcome outcome = Outcome.ALL;

  BlockMover(PackSet packs, MetaStore meta, Pace pace) {
    this.packs = packs;
    this.meta = meta;
    this.pace = pace;
    this.target = packs.stream(0);
  }

  /** Takes a block of the pack, if it is still needed. */
  void take(IndexedBlock block) throws CacheException {
    if (outcome != Outcome.ALL) {
      return;
    }
    if (!pace.goesOn()) {
      outcome = Outcome.SOME;
      return;
    }
    // Pinned, so that it neither goes nor is committed to the old place meanwhile.
    Optional<BlockLocation> at = meta.pins().pin(block.hash());
    pinned.add(block.hash());
    if (at.isPresent() && at.get().equals(block.location())) {
      if (isCommitted(block)) {
        copy(block);
      } else {
        outcome = Outcome.SOME;
      }
    }
    if (batchBytes >= BATCH_BYTES || pinned.size() >= BATCH_BLOCKS) {
      flush();
    }
  }

  private boolean isCommitted(IndexedBlock block) throws CacheException {
    Optional<BlockEntry> row = meta.block(block.hash());
    return row.isPresent() && row.get().location().equals(block.location());
  }

  private void copy(IndexedBlock block) throws CacheException {
    BlockLocation from = block.location();
    if (buffer.capacity() < from.length()) {
      buffer = ByteBuffer.allocate(from.length());
    }
    buffer.clear().limit(from.length());
    packs.read(from, 0, buffer);
    if (!Blake3.hash(buffer.array(), 0, from.length()).equals(block.hash())) {
      outcome = Outcome.DAMAGED;
      return;
    }
    batch.add(new Copy(block.hash(), from, target.append(block.hash(), buffer.flip())));
    batchBytes += from.allocated();
  }

  /** Has the block table say where the copies are. */
  void flush() throws CacheException {
    long bytes = batchBytes;
    if (!batch.isEmpty()) {
      packs.sync();
      mayHaveMoved = true;
      meta.update(
          transaction -> {
            for (Copy copy : batch) {
              transaction.relocate(copy.hash(), copy.from(), copy.to());
            }
            return null;
          });
      movedBytes += bytes;
      batch.clear();
      batchBytes = 0;
    }
    unpin();
    pace.after(bytes);
  }

  private void unpin() throws CacheException {
    List<BlockHash> last = List.copyOf(pinned);
    pinned.clear();
    meta.pins().unpin(last);
  }

  Outcome outcome() {
    return outcome;
  }

  /** Returns what the blocks take that the block table has elsewhere now, padding included. */
  long movedBytes() {
    return movedBytes;
  }

  /** Tells whether the block table may have some of them elsewhere now, even if a change failed. */
  boolean mayHaveMoved() {
    return mayHaveMoved;
  }

  /** Copies that the block table does not know by now are freed. */
  @Override
  public void close() throws CacheException {
    try {
      if (!batch.isEmpty()) {
        meta.update(
            transaction -> {
              freeUnknown(transaction);
              return null;
            });
      }
    } finally {
      try {
        unpin();
      } finally {
        target.close();
      }
    }
  }

  private void freeUnknown(MetaStore.Transaction transaction) throws CacheException {
    for (Copy copy : batch) {
      // It may know them even if it said that it failed.
      Optional<BlockEntry> row = meta.block(copy.hash());
      if (row.isEmpty() || !row.get().location().equals(copy.to())) {
        transaction.putFreed(copy.to());
      }
    }
  }
}

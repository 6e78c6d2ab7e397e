package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.pack.PackSet;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * Brings damaged blocks back from wherever sound bytes with the same hash are, and lets the block
 * table name the new place. The old place is left to whoever finds space that nothing refers to: it
 * may be another block's. Used by one thread.
 */
final class BlockRestore {

  /** A place where bytes of damaged blocks may be. */
  interface Source {

    /** Offers what it has to {@link Wanted#offer} until nothing is wanted any more. */
    void search(Wanted wanted) throws CacheException;
  }

  private final Parts parts;
  private final Report report;
  private final List<Source> sources;

  BlockRestore(Parts parts, Report report, List<Source> sources) {
    this.parts = parts;
    this.report = report;
    this.sources = sources;
  }

  /** Restores blocks and takes those that it has restored out of the map. */
  void run(Map<BlockHash, DamagedBlocks.Damaged> blocks) throws CacheException {
    // In a pack of their own: one that was cut must not grow over what it lacks.
    try (PackSet.PackStream stream = parts.packs().stream(PackSet.OWN_PACK_BYTES)) {
      Wanted wanted = new Wanted(blocks, stream);
      for (Source source : sources) {
        if (!blocks.isEmpty() && !report.cancelled()) {
          source.search(wanted);
        }
      }
    }
  }

  /** The blocks that are still damaged. */
  final class Wanted {
    private final Map<BlockHash, DamagedBlocks.Damaged> blocks;
    private final PackSet.PackStream stream;

    private Wanted(Map<BlockHash, DamagedBlocks.Damaged> blocks, PackSet.PackStream stream) {
      this.blocks = blocks;
      this.stream = stream;
    }

    boolean isEmpty() {
      return blocks.isEmpty() || report.cancelled();
    }

    boolean contains(BlockHash hash) {
      return blocks.containsKey(hash);
    }

    /** Returns the lengths that are wanted of a block. */
    boolean contains(BlockHash hash, int length) {
      DamagedBlocks.Damaged damaged = blocks.get(hash);
      return damaged != null && damaged.length() == length;
    }

    /** Takes bytes from outside, if they are a block that is wanted. */
    void offer(byte[] bytes, int length, String from) throws CacheException {
      BlockHash hash = Blake3.hash(bytes, 0, length);
      if (contains(hash, length)) {
        place(hash, stream.append(hash, ByteBuffer.wrap(bytes, 0, length)), from);
      }
    }

    /** Takes a place in a pack, if the block that lies there is wanted and sound. */
    void offer(BlockHash hash, BlockLocation location, String from) throws CacheException {
      byte[] bytes = new byte[location.length()];
      try {
        parts.packs().read(location, 0, ByteBuffer.wrap(bytes));
      } catch (CacheException.Corrupt | CacheException.Storage e) {
        return; // It is not to be had there.
      }
      if (contains(hash, location.length()) && Blake3.hash(bytes, 0, bytes.length).equals(hash)) {
        place(hash, location, from);
      }
    }

    private void place(BlockHash hash, BlockLocation location, String from) throws CacheException {
      DamagedBlocks.Damaged damaged = blocks.remove(hash);
      parts
          .meta()
          .mend(
              (tx, mender) -> {
                long references =
                    parts
                        .meta()
                        .block(hash)
                        .map(BlockEntry::references)
                        .orElse((long) damaged.occurrences());
                mender.putBlock(new BlockEntry(hash, location, references));
              });
      report.repaired(Kind.BLOCK, "block " + hash, damaged.problem() + "; restored from " + from);
    }
  }
}

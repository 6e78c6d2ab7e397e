package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Made-up blocks and contents, each told by a number. */
final class Samples {

  static final int BLOCK_BYTES = 5000;

  private Samples() {}

  static BlockHash hash(int number) {
    byte[] bytes = new byte[BlockHash.SIZE];
    // Spread over the first bytes, as real hashes are.
    ByteBuffer.wrap(bytes).putInt(number * 0x9E3779B9).putInt(number);
    return BlockHash.of(bytes);
  }

  static BlockLocation location(int number) {
    return new BlockLocation(1, number * 8192L, BLOCK_BYTES);
  }

  /** A manifest of the blocks, in this order. */
  static Manifest manifest(int... blocks) {
    Manifest.Builder builder = new Manifest.Builder();
    for (int block : blocks) {
      builder.addBlock(hash(block), BLOCK_BYTES);
    }
    return builder.build();
  }

  /** Not the content ID that a real store would compute, but as good: equal for equal blocks. */
  static ContentId id(int... blocks) {
    byte[] bytes = new byte[BlockHash.SIZE];
    ByteBuffer.wrap(bytes)
        .putInt(Arrays.hashCode(blocks) * 0x9E3779B9)
        .putInt(blocks.length)
        .putInt(blocks.length == 0 ? 0 : blocks[0])
        .putInt(blocks.length == 0 ? 0 : blocks[blocks.length - 1]);
    return new ContentId(BlockHash.of(bytes));
  }

  /** Pins the blocks and says that those which are not stored lie at their sample locations. */
  static void pin(MetaStore meta, int... blocks) throws CacheException {
    for (int block : blocks) {
      if (meta.pins().pin(hash(block)).isEmpty()) {
        meta.pins().located(hash(block), location(block));
      }
    }
  }

  static void unpin(MetaStore meta, int... blocks) throws CacheException {
    meta.pins().unpin(Arrays.stream(blocks).mapToObj(Samples::hash).toList());
  }

  /** Stores a content as a writer does: pin, commit, unpin. */
  static ContentId store(MetaStore meta, int... blocks) throws CacheException {
    pin(meta, blocks);
    retain(meta, blocks);
    unpin(meta, blocks);
    return id(blocks);
  }

  static void retain(MetaStore meta, int... blocks) throws CacheException {
    meta.update(
        tx -> {
          tx.retain(id(blocks), manifest(blocks));
          return null;
        });
  }

  static void release(MetaStore meta, int... blocks) throws CacheException {
    meta.update(
        tx -> {
          tx.release(id(blocks));
          return null;
        });
  }
}

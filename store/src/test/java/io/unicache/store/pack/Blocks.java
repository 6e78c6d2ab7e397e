package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** What the tests of packs write and read. */
final class Blocks {

  static final UUID STORE = new UUID(0x1234, 0x5678);

  private Blocks() {}

  /** Returns bytes that no other seed gives. */
  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Returns a hash that no other seed gives; packs never check that it is the block's. */
  static BlockHash hash(long seed) {
    return BlockHash.of(bytes(~seed, BlockHash.SIZE));
  }

  static BlockLocation append(PackSet.PackStream stream, long seed, int length)
      throws CacheException {
    return stream.append(hash(seed), ByteBuffer.wrap(bytes(seed, length)));
  }

  /** Appends one block through a stream of its own. */
  static BlockLocation append(PackSet packs, long seed, int length) throws CacheException {
    try (PackSet.PackStream stream = packs.stream(length)) {
      return append(stream, seed, length);
    }
  }

  static byte[] read(PackSet packs, BlockLocation location) throws CacheException {
    ByteBuffer into = ByteBuffer.allocate(location.length());
    packs.read(location, 0, into);
    return into.array();
  }

  static List<PackSet.IndexedBlock> indexed(PackSet packs) throws CacheException {
    List<PackSet.IndexedBlock> all = new ArrayList<>();
    packs.forEachIndexed(all::add);
    return all;
  }

  static List<BlockLocation> locations(PackSet packs) throws CacheException {
    return indexed(packs).stream().map(PackSet.IndexedBlock::location).toList();
  }
}

package io.unicache.store.hash;

/**
 * The constants of BLAKE3, under the names of its paper (O'Connor, Aumasson, Neves, Wilcox-O'Hearn:
 * "BLAKE3: one function, fast everywhere", 2020, section 2).
 */
final class Blake3Spec {

  /** Size of a chunk, the leaf of the hash tree, in bytes. */
  static final int CHUNK_BYTES = 1024;

  /** Size of a message block, the unit of compression, in bytes. */
  static final int BLOCK_BYTES = 64;

  /** Number of message blocks in a whole chunk. */
  static final int BLOCKS_PER_CHUNK = CHUNK_BYTES / BLOCK_BYTES;

  /** Size of a message block, and of the compression's state, in 32-bit words. */
  static final int BLOCK_WORDS = 16;

  /** Size of a key in bytes. */
  static final int KEY_BYTES = 32;

  /** Size of a chaining value, and of a key, in 32-bit words. */
  static final int CV_WORDS = 8;

  /** Number of rounds of one compression. */
  static final int ROUNDS = 7;

  /** Domain flag: first block of a chunk. */
  static final int CHUNK_START = 1;

  /** Domain flag: last block of a chunk. */
  static final int CHUNK_END = 1 << 1;

  /** Domain flag: inner node of the tree. */
  static final int PARENT = 1 << 2;

  /** Domain flag: root of the tree, whether a chunk or an inner node. */
  static final int ROOT = 1 << 3;

  /** Domain flag of every compression in keyed mode. */
  static final int KEYED_HASH = 1 << 4;

  /** Domain flag of every compression that hashes the context of a key derivation. */
  static final int DERIVE_KEY_CONTEXT = 1 << 5;

  /** Domain flag of every compression that hashes the material of a key derivation. */
  static final int DERIVE_KEY_MATERIAL = 1 << 6;

  /** First word of the initialisation vector, which is that of SHA-256. */
  static final int IV0 = 0x6a09e667;

  /** Second word of the initialisation vector. */
  static final int IV1 = 0xbb67ae85;

  /** Third word of the initialisation vector. */
  static final int IV2 = 0x3c6ef372;

  /** Fourth word of the initialisation vector. */
  static final int IV3 = 0xa54ff53a;

  private Blake3Spec() {}

  /** Returns the whole initialisation vector, the key of the unkeyed mode, in a new array. */
  static int[] iv() {
    return new int[] {IV0, IV1, IV2, IV3, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  }

  /** Returns what the place of a block within its chunk adds to the flags. */
  static int blockFlags(boolean first, boolean last) {
    return (first ? CHUNK_START : 0) | (last ? CHUNK_END : 0);
  }
}

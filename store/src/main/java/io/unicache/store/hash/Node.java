package io.unicache.store.hash;

/**
 * A node of the hash tree that is not compressed yet, because whether it is the root is not known
 * until the input ends (the paper's root finalisation, section 2.6).
 *
 * <p>Used by one thread.
 */
final class Node {

  private final int[] cv;
  private final int[] block;
  private final long counter;
  private final int blockBytes;
  private final int flags;

  private Node(int[] cv, int[] block, long counter, int blockBytes, int flags) {
    this.cv = cv;
    this.block = block;
    this.counter = counter;
    this.blockBytes = blockBytes;
    this.flags = flags;
  }

  /**
   * Returns the node of the last chunk, having compressed all its blocks but the last.
   *
   * @param data holds the chunk from its beginning on
   * @param length size of the chunk in bytes, from 0 (only if the whole input is empty) to 1024
   * @param index index of the chunk within the input
   */
  static Node ofChunk(byte[] data, int length, int[] key, long index, int flags) {
    int[] cv = key.clone();
    int[] block = new int[Blake3Spec.BLOCK_WORDS];
    int at = 0;
    while (length - at > Blake3Spec.BLOCK_BYTES) {
      Words.load(data, at, block);
      int blockFlags = flags | Blake3Spec.blockFlags(at == 0, false);
      Compression.compress(cv, 0, block, 0, index, Blake3Spec.BLOCK_BYTES, blockFlags, cv, 0);
      at += Blake3Spec.BLOCK_BYTES;
    }
    Words.loadPadded(data, at, length - at, block);
    return new Node(cv, block, index, length - at, flags | Blake3Spec.blockFlags(at == 0, true));
  }

  /** Returns the inner node above a child whose chaining value is in an array and another child. */
  static Node ofParent(int[] cvs, int left, int[] right, int[] key, int flags) {
    int[] block = new int[Blake3Spec.BLOCK_WORDS];
    System.arraycopy(cvs, left * Blake3Spec.CV_WORDS, block, 0, Blake3Spec.CV_WORDS);
    System.arraycopy(right, 0, block, Blake3Spec.CV_WORDS, Blake3Spec.CV_WORDS);
    return new Node(key, block, 0, Blake3Spec.BLOCK_BYTES, flags | Blake3Spec.PARENT);
  }

  /** Returns the chaining value of this node, which is not the root, in a new array. */
  int[] chainingValue() {
    int[] out = new int[Blake3Spec.CV_WORDS];
    Compression.compress(cv, 0, block, 0, counter, blockBytes, flags, out, 0);
    return out;
  }

  /** Writes output of any length, this node being the root: block i has the counter i. */
  void rootOutput(byte[] out, int offset, int length) {
    int[] words = new int[Blake3Spec.BLOCK_WORDS];
    long index = 0;
    for (int done = 0; done < length; done += Blake3Spec.BLOCK_BYTES) {
      Compression.compressExtended(cv, block, index++, blockBytes, flags | Blake3Spec.ROOT, words);
      Words.store(words, out, offset + done, Math.min(length - done, Blake3Spec.BLOCK_BYTES));
    }
  }
}

package io.unicache.store.hash;

import java.util.Arrays;

/**
 * The finished subtrees of an input whose end is not known yet, as chaining values, leftmost and
 * largest first (the paper's chaining value stack, section 5.1.2).
 *
 * <p>Neighbours of the same size are merged only when more input follows, since until then their
 * parent may be the root. Used by one thread.
 */
final class SubtreeStack {

  /** Room for the subtrees of an input of nearly 16 MiB; doubled when more are needed. */
  private static final int INITIAL_DEPTH = 16;

  private final int[] key;
  private final int flags;

  private int[] cvs = new int[INITIAL_DEPTH * Blake3Spec.CV_WORDS];
  private int size;

  /** Number of chunks under all subtrees. */
  private long chunks;

  SubtreeStack(int[] key, int flags) {
    this.key = key;
    this.flags = flags;
  }

  /** Returns the number of chunks that lie in the stack's subtrees. */
  long chunks() {
    return chunks;
  }

  /**
   * Adds a subtree of chunks that follows those in the stack. If it has more than one chunk it is
   * given as the two children of its root, because that root, too, may be the whole tree's.
   *
   * @param from holds one chaining value, or two if {@code subtreeChunks > 1}
   * @param first index of the first of them, in chaining values
   * @param subtreeChunks number of chunks of the subtree: a power of two that divides the number of
   *     chunks before
   */
  void push(int[] from, int first, int subtreeChunks) {
    merge();
    int added = Math.min(subtreeChunks, 2);
    if (cvs.length < (size + added) * Blake3Spec.CV_WORDS) {
      cvs = Arrays.copyOf(cvs, 2 * cvs.length);
    }
    System.arraycopy(
        from,
        first * Blake3Spec.CV_WORDS,
        cvs,
        size * Blake3Spec.CV_WORDS,
        added * Blake3Spec.CV_WORDS);
    size += added;
    chunks += subtreeChunks;
  }

  /** Merges all that can be, more input being certain: one subtree remains for each one bit. */
  private void merge() {
    while (size > Long.bitCount(chunks)) {
      int left = (size - 2) * Blake3Spec.CV_WORDS;
      Compression.compress(
          key, 0, cvs, left, 0, Blake3Spec.BLOCK_BYTES, flags | Blake3Spec.PARENT, cvs, left);
      size--;
    }
  }

  /**
   * Returns the root of the tree made of the stack's subtrees and of one last chunk.
   *
   * @param lastChunk the rest of the input; null if there is none, which the stack must then hold
   *     at least two chunks to allow
   */
  Node root(Node lastChunk) {
    if (lastChunk != null) {
      merge();
    }
    int depth = size;
    Node node = lastChunk;
    if (node == null) {
      int top = (size - 1) * Blake3Spec.CV_WORDS;
      int[] right = Arrays.copyOfRange(cvs, top, top + Blake3Spec.CV_WORDS);
      node = Node.ofParent(cvs, size - 2, right, key, flags);
      depth -= 2;
    }
    while (depth > 0) {
      node = Node.ofParent(cvs, --depth, node.chainingValue(), key, flags);
    }
    return node;
  }

  /** Empties the stack. */
  void clear() {
    size = 0;
    chunks = 0;
  }
}

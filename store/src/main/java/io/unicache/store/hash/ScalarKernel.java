package io.unicache.store.hash;

/** The kernel for any JVM: one compression after the other, in plain int arithmetic. */
final class ScalarKernel implements Kernel {

  @Override
  public String describe() {
    return "scalar";
  }

  @Override
  public void hashChunks(
      byte[] data,
      int offset,
      int count,
      int[] key,
      long firstChunk,
      int flags,
      int[] cvs,
      int first) {
    int[] block = new int[Blake3Spec.BLOCK_WORDS];
    for (int i = 0; i < count; i++) {
      int cvAt = (first + i) * Blake3Spec.CV_WORDS;
      System.arraycopy(key, 0, cvs, cvAt, Blake3Spec.CV_WORDS);
      for (int b = 0; b < Blake3Spec.BLOCKS_PER_CHUNK; b++) {
        Words.load(data, offset + i * Blake3Spec.CHUNK_BYTES + b * Blake3Spec.BLOCK_BYTES, block);
        int blockFlags =
            flags | Blake3Spec.blockFlags(b == 0, b == Blake3Spec.BLOCKS_PER_CHUNK - 1);
        Compression.compress(
            cvs, cvAt, block, 0, firstChunk + i, Blake3Spec.BLOCK_BYTES, blockFlags, cvs, cvAt);
      }
    }
  }

  @Override
  public void hashParents(int[] cvs, int from, int count, int[] key, int flags, int to) {
    for (int i = 0; i < count; i++) {
      Compression.compress(
          key,
          0,
          cvs,
          (from + 2 * i) * Blake3Spec.CV_WORDS,
          0,
          Blake3Spec.BLOCK_BYTES,
          flags | Blake3Spec.PARENT,
          cvs,
          (to + i) * Blake3Spec.CV_WORDS);
    }
  }
}

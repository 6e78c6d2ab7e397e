package io.unicache.store.hash;

/**
 * The compression function of BLAKE3 (paper, section 2.2) on one message block.
 *
 * <p>State and message live in local variables, never in arrays, so that the compiler can keep them
 * in registers. Unrolling the rounds as well was measured to gain nothing on x86 and would make the
 * method seven times as long to compile. No state; safe for any number of threads.
 */
final class Compression {

  private Compression() {}

  /**
   * Compresses one block and writes the new chaining value, eight words.
   *
   * @param cv holds the chaining value that goes in, from word {@code cvAt} on
   * @param block holds the sixteen message words, from word {@code blockAt} on
   * @param counter index of the chunk, or of the output block for the root, or zero
   * @param blockBytes number of bytes of the block that are not padding
   * @param flags domain flags
   * @param out receives the result from word {@code outAt} on; may be {@code cv} or {@code block}
   */
  static void compress(
      int[] cv,
      int cvAt,
      int[] block,
      int blockAt,
      long counter,
      int blockBytes,
      int flags,
      int[] out,
      int outAt) {
    compress(cv, cvAt, block, blockAt, counter, blockBytes, flags, out, outAt, false);
  }

  /**
   * Compresses one block into all sixteen words of output, the first eight being what {@link
   * #compress} gives. Every array is used from its beginning on.
   */
  static void compressExtended(
      int[] cv, int[] block, long counter, int blockBytes, int flags, int[] out) {
    compress(cv, 0, block, 0, counter, blockBytes, flags, out, 0, true);
  }

  private static void compress(
      int[] cv,
      int cvAt,
      int[] block,
      int blockAt,
      long counter,
      int blockBytes,
      int flags,
      int[] out,
      int outAt,
      boolean extended) {
    int m0 = block[blockAt];
    int m1 = block[blockAt + 1];
    int m2 = block[blockAt + 2];
    int m3 = block[blockAt + 3];
    int m4 = block[blockAt + 4];
    int m5 = block[blockAt + 5];
    int m6 = block[blockAt + 6];
    int m7 = block[blockAt + 7];
    int m8 = block[blockAt + 8];
    int m9 = block[blockAt + 9];
    int m10 = block[blockAt + 10];
    int m11 = block[blockAt + 11];
    int m12 = block[blockAt + 12];
    int m13 = block[blockAt + 13];
    int m14 = block[blockAt + 14];
    int m15 = block[blockAt + 15];

    int v0 = cv[cvAt];
    int v1 = cv[cvAt + 1];
    int v2 = cv[cvAt + 2];
    int v3 = cv[cvAt + 3];
    int v4 = cv[cvAt + 4];
    int v5 = cv[cvAt + 5];
    int v6 = cv[cvAt + 6];
    int v7 = cv[cvAt + 7];
    int v8 = Blake3Spec.IV0;
    int v9 = Blake3Spec.IV1;
    int v10 = Blake3Spec.IV2;
    int v11 = Blake3Spec.IV3;
    int v12 = (int) counter;
    int v13 = (int) (counter >>> 32);
    int v14 = blockBytes;
    int v15 = flags;

    for (int round = 1; ; round++) {
      // Mix the columns of the four by four state.
      v0 += v4 + m0;
      v12 = Integer.rotateRight(v12 ^ v0, 16);
      v8 += v12;
      v4 = Integer.rotateRight(v4 ^ v8, 12);
      v0 += v4 + m1;
      v12 = Integer.rotateRight(v12 ^ v0, 8);
      v8 += v12;
      v4 = Integer.rotateRight(v4 ^ v8, 7);

      v1 += v5 + m2;
      v13 = Integer.rotateRight(v13 ^ v1, 16);
      v9 += v13;
      v5 = Integer.rotateRight(v5 ^ v9, 12);
      v1 += v5 + m3;
      v13 = Integer.rotateRight(v13 ^ v1, 8);
      v9 += v13;
      v5 = Integer.rotateRight(v5 ^ v9, 7);

      v2 += v6 + m4;
      v14 = Integer.rotateRight(v14 ^ v2, 16);
      v10 += v14;
      v6 = Integer.rotateRight(v6 ^ v10, 12);
      v2 += v6 + m5;
      v14 = Integer.rotateRight(v14 ^ v2, 8);
      v10 += v14;
      v6 = Integer.rotateRight(v6 ^ v10, 7);

      v3 += v7 + m6;
      v15 = Integer.rotateRight(v15 ^ v3, 16);
      v11 += v15;
      v7 = Integer.rotateRight(v7 ^ v11, 12);
      v3 += v7 + m7;
      v15 = Integer.rotateRight(v15 ^ v3, 8);
      v11 += v15;
      v7 = Integer.rotateRight(v7 ^ v11, 7);

      // Mix its diagonals.
      v0 += v5 + m8;
      v15 = Integer.rotateRight(v15 ^ v0, 16);
      v10 += v15;
      v5 = Integer.rotateRight(v5 ^ v10, 12);
      v0 += v5 + m9;
      v15 = Integer.rotateRight(v15 ^ v0, 8);
      v10 += v15;
      v5 = Integer.rotateRight(v5 ^ v10, 7);

      v1 += v6 + m10;
      v12 = Integer.rotateRight(v12 ^ v1, 16);
      v11 += v12;
      v6 = Integer.rotateRight(v6 ^ v11, 12);
      v1 += v6 + m11;
      v12 = Integer.rotateRight(v12 ^ v1, 8);
      v11 += v12;
      v6 = Integer.rotateRight(v6 ^ v11, 7);

      v2 += v7 + m12;
      v13 = Integer.rotateRight(v13 ^ v2, 16);
      v8 += v13;
      v7 = Integer.rotateRight(v7 ^ v8, 12);
      v2 += v7 + m13;
      v13 = Integer.rotateRight(v13 ^ v2, 8);
      v8 += v13;
      v7 = Integer.rotateRight(v7 ^ v8, 7);

      v3 += v4 + m14;
      v14 = Integer.rotateRight(v14 ^ v3, 16);
      v9 += v14;
      v4 = Integer.rotateRight(v4 ^ v9, 12);
      v3 += v4 + m15;
      v14 = Integer.rotateRight(v14 ^ v3, 8);
      v9 += v14;
      v4 = Integer.rotateRight(v4 ^ v9, 7);

      if (round == Blake3Spec.ROUNDS) {
        break;
      }

      // Permute the message for the next round: word i becomes the old word P(i), table 2 of the
      // paper. The permutation is two cycles of eight, so two words need to be kept aside.
      int kept0 = m0;
      m0 = m2;
      m2 = m3;
      m3 = m10;
      m10 = m12;
      m12 = m9;
      m9 = m11;
      m11 = m5;
      m5 = kept0;
      int kept1 = m1;
      m1 = m6;
      m6 = m4;
      m4 = m7;
      m7 = m13;
      m13 = m14;
      m14 = m15;
      m15 = m8;
      m8 = kept1;
    }

    if (extended) {
      out[outAt + 8] = v8 ^ cv[cvAt];
      out[outAt + 9] = v9 ^ cv[cvAt + 1];
      out[outAt + 10] = v10 ^ cv[cvAt + 2];
      out[outAt + 11] = v11 ^ cv[cvAt + 3];
      out[outAt + 12] = v12 ^ cv[cvAt + 4];
      out[outAt + 13] = v13 ^ cv[cvAt + 5];
      out[outAt + 14] = v14 ^ cv[cvAt + 6];
      out[outAt + 15] = v15 ^ cv[cvAt + 7];
    }
    out[outAt] = v0 ^ v8;
    out[outAt + 1] = v1 ^ v9;
    out[outAt + 2] = v2 ^ v10;
    out[outAt + 3] = v3 ^ v11;
    out[outAt + 4] = v4 ^ v12;
    out[outAt + 5] = v5 ^ v13;
    out[outAt + 6] = v6 ^ v14;
    out[outAt + 7] = v7 ^ v15;
  }
}

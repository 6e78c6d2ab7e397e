package io.unicache.store.hash;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The compression function of BLAKE3 (paper, section 2.2) on as many message blocks at once as an
 * int vector has lanes.
 *
 * <p>Operands are rows: row {@code i} holds word {@code i} of every lane. The shape of the code was
 * found by measuring. One method holds every vector, since a vector that crosses a call which is
 * not inlined becomes an object. The rounds are a loop, since unrolled they exceed what the
 * compiler of Java 25 is willing to inline, and then run a hundred times slower. No state; safe for
 * any number of threads.
 */
final class VectorCompression {

  /** The widest vectors of this machine. */
  static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;

  /** Number of blocks compressed at once. */
  static final int LANES = SPECIES.length();

  private VectorCompression() {}

  /**
   * Compresses one block in every lane.
   *
   * @param message sixteen rows of message words
   * @param cvs eight rows of chaining values, replaced by the new ones
   * @param counters a row of low words and a row of high words of the counters
   * @param flags domain flags, the same in every lane; so is the block's length, which is whole
   */
  static void compress(int[] message, int[] cvs, int[] counters, int flags) {
    IntVector m0 = row(message, 0);
    IntVector m1 = row(message, 1);
    IntVector m2 = row(message, 2);
    IntVector m3 = row(message, 3);
    IntVector m4 = row(message, 4);
    IntVector m5 = row(message, 5);
    IntVector m6 = row(message, 6);
    IntVector m7 = row(message, 7);
    IntVector m8 = row(message, 8);
    IntVector m9 = row(message, 9);
    IntVector m10 = row(message, 10);
    IntVector m11 = row(message, 11);
    IntVector m12 = row(message, 12);
    IntVector m13 = row(message, 13);
    IntVector m14 = row(message, 14);
    IntVector m15 = row(message, 15);

    IntVector v0 = row(cvs, 0);
    IntVector v1 = row(cvs, 1);
    IntVector v2 = row(cvs, 2);
    IntVector v3 = row(cvs, 3);
    IntVector v4 = row(cvs, 4);
    IntVector v5 = row(cvs, 5);
    IntVector v6 = row(cvs, 6);
    IntVector v7 = row(cvs, 7);
    IntVector v8 = IntVector.broadcast(SPECIES, Blake3Spec.IV0);
    IntVector v9 = IntVector.broadcast(SPECIES, Blake3Spec.IV1);
    IntVector v10 = IntVector.broadcast(SPECIES, Blake3Spec.IV2);
    IntVector v11 = IntVector.broadcast(SPECIES, Blake3Spec.IV3);
    IntVector v12 = row(counters, 0);
    IntVector v13 = row(counters, 1);
    IntVector v14 = IntVector.broadcast(SPECIES, Blake3Spec.BLOCK_BYTES);
    IntVector v15 = IntVector.broadcast(SPECIES, flags);

    for (int round = 1; ; round++) {
      // Mix the columns of the four by four state.
      v0 = v0.add(v4).add(m0);
      v12 = v12.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 16);
      v8 = v8.add(v12);
      v4 = v4.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 12);
      v0 = v0.add(v4).add(m1);
      v12 = v12.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 8);
      v8 = v8.add(v12);
      v4 = v4.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 7);

      v1 = v1.add(v5).add(m2);
      v13 = v13.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 16);
      v9 = v9.add(v13);
      v5 = v5.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 12);
      v1 = v1.add(v5).add(m3);
      v13 = v13.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 8);
      v9 = v9.add(v13);
      v5 = v5.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 7);

      v2 = v2.add(v6).add(m4);
      v14 = v14.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 16);
      v10 = v10.add(v14);
      v6 = v6.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 12);
      v2 = v2.add(v6).add(m5);
      v14 = v14.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 8);
      v10 = v10.add(v14);
      v6 = v6.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 7);

      v3 = v3.add(v7).add(m6);
      v15 = v15.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 16);
      v11 = v11.add(v15);
      v7 = v7.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 12);
      v3 = v3.add(v7).add(m7);
      v15 = v15.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 8);
      v11 = v11.add(v15);
      v7 = v7.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 7);

      // Mix its diagonals.
      v0 = v0.add(v5).add(m8);
      v15 = v15.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 16);
      v10 = v10.add(v15);
      v5 = v5.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 12);
      v0 = v0.add(v5).add(m9);
      v15 = v15.lanewise(VectorOperators.XOR, v0).lanewise(VectorOperators.ROR, 8);
      v10 = v10.add(v15);
      v5 = v5.lanewise(VectorOperators.XOR, v10).lanewise(VectorOperators.ROR, 7);

      v1 = v1.add(v6).add(m10);
      v12 = v12.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 16);
      v11 = v11.add(v12);
      v6 = v6.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 12);
      v1 = v1.add(v6).add(m11);
      v12 = v12.lanewise(VectorOperators.XOR, v1).lanewise(VectorOperators.ROR, 8);
      v11 = v11.add(v12);
      v6 = v6.lanewise(VectorOperators.XOR, v11).lanewise(VectorOperators.ROR, 7);

      v2 = v2.add(v7).add(m12);
      v13 = v13.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 16);
      v8 = v8.add(v13);
      v7 = v7.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 12);
      v2 = v2.add(v7).add(m13);
      v13 = v13.lanewise(VectorOperators.XOR, v2).lanewise(VectorOperators.ROR, 8);
      v8 = v8.add(v13);
      v7 = v7.lanewise(VectorOperators.XOR, v8).lanewise(VectorOperators.ROR, 7);

      v3 = v3.add(v4).add(m14);
      v14 = v14.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 16);
      v9 = v9.add(v14);
      v4 = v4.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 12);
      v3 = v3.add(v4).add(m15);
      v14 = v14.lanewise(VectorOperators.XOR, v3).lanewise(VectorOperators.ROR, 8);
      v9 = v9.add(v14);
      v4 = v4.lanewise(VectorOperators.XOR, v9).lanewise(VectorOperators.ROR, 7);

      if (round == Blake3Spec.ROUNDS) {
        break;
      }

      // Permute the message for the next round, as in Compression.
      IntVector kept0 = m0;
      m0 = m2;
      m2 = m3;
      m3 = m10;
      m10 = m12;
      m12 = m9;
      m9 = m11;
      m11 = m5;
      m5 = kept0;
      IntVector kept1 = m1;
      m1 = m6;
      m6 = m4;
      m4 = m7;
      m7 = m13;
      m13 = m14;
      m14 = m15;
      m15 = m8;
      m8 = kept1;
    }

    v0.lanewise(VectorOperators.XOR, v8).intoArray(cvs, 0 * LANES);
    v1.lanewise(VectorOperators.XOR, v9).intoArray(cvs, 1 * LANES);
    v2.lanewise(VectorOperators.XOR, v10).intoArray(cvs, 2 * LANES);
    v3.lanewise(VectorOperators.XOR, v11).intoArray(cvs, 3 * LANES);
    v4.lanewise(VectorOperators.XOR, v12).intoArray(cvs, 4 * LANES);
    v5.lanewise(VectorOperators.XOR, v13).intoArray(cvs, 5 * LANES);
    v6.lanewise(VectorOperators.XOR, v14).intoArray(cvs, 6 * LANES);
    v7.lanewise(VectorOperators.XOR, v15).intoArray(cvs, 7 * LANES);
  }

  private static IntVector row(int[] rows, int index) {
    return IntVector.fromArray(SPECIES, rows, index * LANES);
  }
}

package io.unicache.store.hash;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Turns message blocks that lie one after the other into rows: row {@code i} holds word {@code i}
 * of every lane's block.
 *
 * <p>A block is one vector, or two or four. These are square tiles, and a square of size n is
 * transposed in log2(n) stages: the stage of distance k exchanges, between every two rows whose
 * numbers differ in the bit k only, the halves that are on the wrong side of the diagonal.
 *
 * <p>Two plain nested loops over ints would do the same about as fast, and were tried: C2 of
 * OpenJDK 17.0.15 compiles them wrongly once they are inlined into the loop over a chunk's blocks.
 * No state; safe for any number of threads.
 */
final class VectorTranspose {

  private static final VectorSpecies<Integer> SPECIES = VectorCompression.SPECIES;

  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, SPECIES.vectorShape());

  private static final int LANES = VectorCompression.LANES;

  /** Number of square tiles into which the blocks of all lanes divide. */
  private static final int TILES = Blake3Spec.BLOCK_WORDS / LANES;

  private static final int STAGES = Integer.numberOfTrailingZeros(LANES);

  /** For each stage, for each lane, the lane whose number differs in the stage's bit. */
  private static final List<VectorShuffle<Integer>> PARTNERS =
      forStages(stage -> VectorShuffle.fromOp(SPECIES, lane -> lane ^ 1 << stage));

  /** For each stage, the lanes whose number has the stage's bit set. */
  private static final List<VectorMask<Integer>> UPPER = forStages(VectorTranspose::upperLanes);

  /** For each stage, the other lanes. */
  private static final List<VectorMask<Integer>> LOWER =
      forStages(stage -> upperLanes(stage).not());

  private VectorTranspose() {}

  /**
   * Loads one block per lane from bytes.
   *
   * @param data holds the blocks
   * @param offset where the block of lane 0 begins, in bytes
   * @param stride distance from one lane's block to the next, in bytes
   * @param lastLane the last lane with a block of its own; lanes after it repeat that block
   * @param rows receives sixteen rows
   */
  static void load(byte[] data, int offset, int stride, int lastLane, int[] rows) {
    for (int lane = 0; lane < LANES; lane++) {
      int at = offset + Math.min(lane, lastLane) * stride;
      for (int tile = 0; tile < TILES; tile++) {
        ByteVector.fromArray(BYTES, data, at + tile * LANES * Integer.BYTES)
            .reinterpretAsInts()
            .intoArray(rows, (tile * LANES + lane) * LANES);
      }
    }
    transposeTiles(rows);
  }

  /**
   * Loads one block per lane from words. The blocks follow one another.
   *
   * @param words holds the blocks
   * @param offset where the block of lane 0 begins, in words
   * @param lastLane the last lane with a block of its own; lanes after it repeat that block
   * @param rows receives sixteen rows
   */
  static void load(int[] words, int offset, int lastLane, int[] rows) {
    for (int lane = 0; lane < LANES; lane++) {
      int at = offset + Math.min(lane, lastLane) * Blake3Spec.BLOCK_WORDS;
      for (int tile = 0; tile < TILES; tile++) {
        System.arraycopy(words, at + tile * LANES, rows, (tile * LANES + lane) * LANES, LANES);
      }
    }
    transposeTiles(rows);
  }

  private static void transposeTiles(int[] rows) {
    for (int stage = 0; stage < STAGES; stage++) {
      exchange(rows, 1 << stage, PARTNERS.get(stage), UPPER.get(stage), LOWER.get(stage));
    }
  }

  /** Exchanges halves between rows of distance {@code k}; {@code upper} has the bit k set. */
  private static void exchange(
      int[] rows,
      int k,
      VectorShuffle<Integer> partner,
      VectorMask<Integer> upper,
      VectorMask<Integer> lower) {
    for (int pair = 0; pair < Blake3Spec.BLOCK_WORDS / 2; pair++) {
      // The pair's number with a zero put in at the place of the bit k.
      int row = ((pair & -k) << 1) | (pair & (k - 1));
      IntVector a = IntVector.fromArray(SPECIES, rows, row * LANES);
      IntVector b = IntVector.fromArray(SPECIES, rows, (row + k) * LANES);
      a.blend(b.rearrange(partner), upper).intoArray(rows, row * LANES);
      b.blend(a.rearrange(partner), lower).intoArray(rows, (row + k) * LANES);
    }
  }

  /** Returns the lanes whose number has the bit of a stage set. */
  private static VectorMask<Integer> upperLanes(int stage) {
    boolean[] upper = new boolean[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      upper[lane] = (lane & 1 << stage) != 0;
    }
    return VectorMask.fromArray(SPECIES, upper, 0);
  }

  /** Returns one value for each stage. */
  private static <T> List<T> forStages(IntFunction<T> ofStage) {
    return IntStream.range(0, STAGES).mapToObj(ofStage).collect(Collectors.toUnmodifiableList());
  }
}

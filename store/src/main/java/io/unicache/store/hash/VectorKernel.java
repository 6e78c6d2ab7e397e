package io.unicache.store.hash;

/**
 * The kernel for the vector unit: as many chunks or inner nodes side by side as an int vector has
 * lanes (the paper's section 5.3). What is left over goes to the scalar kernel if it would leave
 * most lanes idle.
 *
 * <p>Only classes whose names begin with {@code Vector} refer to the incubating module {@code
 * jdk.incubator.vector}; {@link Kernels} finds this one by name.
 */
final class VectorKernel implements Kernel {

  private static final int LANES = VectorCompression.LANES;

  /** Fewer lanes than this are filled sooner one after the other, as measured with 16 lanes. */
  private static final int MIN_LANES_USED = LANES / 4 + 1;

  private final Kernel scalar = new ScalarKernel();

  @Override
  public String describe() {
    return "vector " + VectorCompression.SPECIES.vectorBitSize() + " bit, " + LANES + " lanes";
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
      int to) {
    int inLanes = worthLanes(count);
    if (inLanes > 0) {
      Lanes lanes = new Lanes();
      for (int done = 0; done < inLanes; done += LANES) {
        int used = Math.min(inLanes - done, LANES);
        lanes.start(key, firstChunk + done);
        lanes.compressChunks(data, offset + done * Blake3Spec.CHUNK_BYTES, used, flags);
        lanes.storeCvs(cvs, to + done, used);
      }
    }
    scalar.hashChunks(
        data,
        offset + inLanes * Blake3Spec.CHUNK_BYTES,
        count - inLanes,
        key,
        firstChunk + inLanes,
        flags,
        cvs,
        to + inLanes);
  }

  @Override
  public void hashParents(int[] cvs, int from, int count, int[] key, int flags, int to) {
    int inLanes = worthLanes(count);
    if (inLanes > 0) {
      Lanes lanes = new Lanes();
      for (int done = 0; done < inLanes; done += LANES) {
        int used = Math.min(inLanes - done, LANES);
        lanes.start(key);
        lanes.compressParents(cvs, from + 2 * done, used, flags);
        lanes.storeCvs(cvs, to + done, used);
      }
    }
    scalar.hashParents(cvs, from + 2 * inLanes, count - inLanes, key, flags, to + inLanes);
  }

  /** Returns how many of some nodes to hash in lanes, from the first on. */
  private static int worthLanes(int count) {
    int rest = count % LANES;
    return rest >= MIN_LANES_USED ? count : count - rest;
  }

  /** The operands of the vector compression. One call's property. */
  private static final class Lanes {

    private final int[] message = new int[Blake3Spec.BLOCK_WORDS * LANES];
    private final int[] cvRows = new int[Blake3Spec.CV_WORDS * LANES];
    private final int[] counters = new int[2 * LANES];

    /** Sets every lane's chaining value to the key and its counter to zero. */
    void start(int[] key) {
      for (int i = 0; i < cvRows.length; i++) {
        cvRows[i] = key[i / LANES];
      }
    }

    /** Sets every lane's chaining value to the key, and its counter to the index of its chunk. */
    void start(int[] key, long firstChunk) {
      start(key);
      for (int lane = 0; lane < LANES; lane++) {
        counters[lane] = (int) (firstChunk + lane);
        counters[LANES + lane] = (int) ((firstChunk + lane) >>> 32);
      }
    }

    void compressChunks(byte[] data, int offset, int used, int flags) {
      for (int b = 0; b < Blake3Spec.BLOCKS_PER_CHUNK; b++) {
        int at = offset + b * Blake3Spec.BLOCK_BYTES;
        VectorTranspose.load(data, at, Blake3Spec.CHUNK_BYTES, used - 1, message);
        int blockFlags = Blake3Spec.blockFlags(b == 0, b == Blake3Spec.BLOCKS_PER_CHUNK - 1);
        VectorCompression.compress(message, cvRows, counters, flags | blockFlags);
      }
    }

    void compressParents(int[] cvs, int from, int used, int flags) {
      VectorTranspose.load(cvs, from * Blake3Spec.CV_WORDS, used - 1, message);
      VectorCompression.compress(message, cvRows, counters, flags | Blake3Spec.PARENT);
    }

    /** Writes the chaining values of the lanes in use, one after the other. */
    void storeCvs(int[] cvs, int to, int used) {
      for (int i = 0; i < used * Blake3Spec.CV_WORDS; i++) {
        int lane = i / Blake3Spec.CV_WORDS;
        int word = i % Blake3Spec.CV_WORDS;
        cvs[to * Blake3Spec.CV_WORDS + i] = cvRows[word * LANES + lane];
      }
    }
  }
}

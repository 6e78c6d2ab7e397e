package io.unicache.store.hash;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class KernelTrialTest {

  @Test
  void aKernelThatGoesWrongLaterOnIsRefused() {
    Kernel good = new ScalarKernel();
    assertFalse(new KernelTrial(good, new WrongAfter(300)).passes());
  }

  /** A kernel that is right for some rounds only. */
  private static final class WrongAfter implements Kernel {

    private final Kernel good = new ScalarKernel();
    private int rightRounds;

    WrongAfter(int rightRounds) {
      this.rightRounds = rightRounds;
    }

    @Override
    public String describe() {
      return "wrong";
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
      good.hashChunks(data, offset, count, key, firstChunk, flags, cvs, to);
      if (--rightRounds < 0) {
        cvs[to] ^= 1;
      }
    }

    @Override
    public void hashParents(int[] cvs, int from, int count, int[] key, int flags, int to) {
      good.hashParents(cvs, from, count, key, flags, to);
    }
  }
}

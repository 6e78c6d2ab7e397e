package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ReadPatternTest {

  private static final int PIECE = 128 << 10;
  private static final long MIB = 1 << 20;

  private final ReadPattern pattern = new ReadPattern();

  @Test
  void leavesThoseWhoReadBlockAfterBlockToTheKernel() {
    for (long at = 0; at < 256 * MIB; at += PIECE) {
      assertFalse(pattern.read(at, PIECE));
      assertEquals(at >= 2 * PIECE, pattern.isForward());
      assertEquals(at == 0, pattern.jumped());
    }
  }

  @Test
  void keepsReadersApart() {
    long[] starts = {0, 1000 * MIB, 4000 * MIB, 9000 * MIB};
    for (int i = 0; i < 20; i++) {
      for (long start : starts) {
        assertFalse(pattern.read(start + (long) i * PIECE, PIECE));
        assertEquals(i == 0, pattern.jumped());
      }
    }
    assertTrue(pattern.isForward());
  }

  /** As those who have shared a file out; how they begin looks like even strides. */
  @Test
  void keepsReadersOfEvenPartsApart() {
    for (int i = 0; i < 20; i++) {
      for (int reader = 0; reader < 4; reader++) {
        boolean advice = pattern.read(reader * 1000L * MIB + (long) i * PIECE, PIECE);
        assertTrue(i <= 1 || !(advice || pattern.jumped()));
      }
    }
    assertTrue(pattern.isForward());
  }

  @Test
  void toleratesThatTheKernelAsksOutOfOrder() {
    int[] order = {0, 2, 1, 3, 5, 4, 6};
    for (int i : order) {
      pattern.read((long) i * PIECE, PIECE);
      assertEquals(i == 0, pattern.jumped());
    }
    assertTrue(pattern.isForward());
  }

  @Test
  void advisesNothingTwiceAndLeavesNothingOut() {
    long stride = 2 * MIB;
    long advised = -1;
    for (long at = 0; at < 512 * MIB; at += stride) {
      if (pattern.read(at, PIECE)) {
        assertEquals(advised < 0 ? at + stride : advised, pattern.offset());
        advised = pattern.offset() + pattern.count() * pattern.step();
        assertTrue((advised - at) / stride * PIECE <= 16 * MIB, "the window has a limit");
      }
    }
    assertTrue(advised >= 512 * MIB);
  }

  @Test
  void recognisesEvenStrides() {
    long stride = 40 * MIB;
    assertFalse(pattern.read(0, 4096));
    assertFalse(pattern.read(stride, 4096));
    assertFalse(pattern.read(2 * stride, 4096));
    assertTrue(pattern.read(3 * stride, 4096));
    assertEquals(4 * stride, pattern.offset());
    assertEquals(4096, pattern.size());
    assertEquals(stride, pattern.step());
    assertTrue(pattern.count() > 1);
  }

  @Test
  void advisesNothingToThoseWhoJumpAbout() {
    Random random = new Random(1);
    int advices = 0;
    for (int i = 0; i < 10_000; i++) {
      advices += pattern.read(random.nextInt(1 << 18) * 4096L, 4096) ? 1 : 0;
    }
    assertTrue(advices < 100, advices + " advices");
  }
}

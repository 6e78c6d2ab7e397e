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
  void advisesWhatComesNextFromTheThirdReadOn() {
    assertFalse(pattern.read(0, PIECE));
    assertFalse(pattern.read(PIECE, PIECE));
    assertTrue(pattern.read(2 * PIECE, PIECE));
    assertEquals(3 * PIECE, pattern.offset());
    assertEquals(MIB, pattern.size());
    assertEquals(MIB, pattern.step());
    assertEquals(2, pattern.count());
    assertTrue(pattern.isForward());
  }

  @Test
  void advisesNothingTwiceAndLeavesNothingOut() {
    long advised = -1;
    for (long at = 0; at < 256 * MIB; at += PIECE) {
      if (pattern.read(at, PIECE)) {
        assertEquals(advised < 0 ? at + PIECE : advised, pattern.offset());
        advised = pattern.offset() + pattern.count() * pattern.step();
        assertTrue(advised - at <= 18 * MIB, "the window has a limit");
      }
    }
    assertTrue(advised >= 256 * MIB);
  }

  @Test
  void goesOnWhereAReaderComesBackAfterWhatWasPutThere() {
    for (int i = 0; i < 3; i++) {
      pattern.read((long) i * PIECE, PIECE);
    }
    long advised = pattern.offset() + pattern.count() * pattern.step();
    assertTrue(pattern.read(advised, PIECE));
    assertEquals(advised + PIECE, pattern.offset());
    assertEquals(4, pattern.count(), "the window grows");
  }

  @Test
  void keepsReadersApart() {
    int advices = 0;
    for (int i = 0; i < 20; i++) {
      for (int reader = 0; reader < 4; reader++) {
        advices += pattern.read(reader * 1000L * MIB + (long) i * PIECE, PIECE) ? 1 : 0;
      }
    }
    assertTrue(advices >= 4, "each of the four is recognised: " + advices);
  }

  @Test
  void toleratesThatTheKernelAsksOutOfOrder() {
    int[] order = {0, 2, 1, 3, 5, 4, 6};
    boolean advised = false;
    for (int i : order) {
      advised |= pattern.read((long) i * PIECE, PIECE);
    }
    assertTrue(advised);
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

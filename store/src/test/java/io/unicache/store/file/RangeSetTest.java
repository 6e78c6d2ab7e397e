package io.unicache.store.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.block.ByteRange;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RangeSetTest {

  private static final int SPACE = 64;

  @Test
  void touchingRangesBecomeOne() {
    RangeSet set = new RangeSet();
    set.add(10, 20);
    set.add(20, 30);
    assertEquals(List.of(new ByteRange(10, 20)), set.toList());
  }

  @Test
  void anEmptyRangeAddsNothing() {
    RangeSet set = new RangeSet();
    set.add(5, 5);
    assertTrue(set.isEmpty());
    assertNull(set.firstEndingAfter(0));
  }

  /** Each number is an operation: a range to add, or (when the ends are reversed) a cut. */
  @Property
  void behavesLikeABitSet(
      @ForAll @Size(max = 30) List<@IntRange(max = SPACE * SPACE - 1) Integer> operations) {
    RangeSet set = new RangeSet();
    BitSet model = new BitSet();
    for (int operation : operations) {
      int a = operation / SPACE;
      int b = operation % SPACE;
      if (a <= b) {
        set.add(a, b);
        model.set(a, b);
      } else {
        set.cutAt(a);
        model.clear(a, SPACE);
      }
    }
    assertEquals(model, toBits(set));
    for (int at = 0; at < SPACE; at++) {
      ByteRange next = set.firstEndingAfter(at);
      assertEquals(model.nextSetBit(at), next == null ? -1 : Math.max(at, (int) next.offset()));
    }
  }

  /** Each pair of numbers is a range to add and one to remove. */
  @Property
  void removesLikeABitSet(
      @ForAll @Size(max = 30) List<@IntRange(max = SPACE * SPACE - 1) Integer> operations) {
    RangeSet set = new RangeSet();
    BitSet model = new BitSet();
    boolean add = true;
    for (int operation : operations) {
      int from = Math.min(operation / SPACE, operation % SPACE);
      int to = Math.max(operation / SPACE, operation % SPACE);
      if (add) {
        set.add(from, to);
      } else {
        set.remove(from, to);
      }
      model.set(from, to, add);
      add = !add;
      assertEquals(model, toBits(set));
    }
  }

  private static BitSet toBits(RangeSet set) {
    BitSet bits = new BitSet();
    long end = -1;
    for (ByteRange range : set.toList()) {
      assertTrue(range.offset() > end, "ranges neither overlap nor touch");
      end = range.end();
      bits.set((int) range.offset(), (int) range.end());
    }
    return bits;
  }
}

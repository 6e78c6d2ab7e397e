package io.unicache.store.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.block.BlockLocation;
import org.junit.jupiter.api.Test;

class LiveBlocksTest {

  private final LiveBlocks live = new LiveBlocks();

  @Test
  void countsBlocksAndTheirPaddedBytes() {
    BlockLocation near = new BlockLocation(1, 4096, 10);
    BlockLocation far = new BlockLocation(1, 1L << 50, 5000);
    assertTrue(live.add(near));
    assertTrue(live.add(far));
    assertFalse(live.add(near));
    assertEquals(2, live.count());
    assertEquals(4096 + 8192, live.bytes());
    assertTrue(live.contains(far));
    assertFalse(live.contains(new BlockLocation(1, 0, 10)));
    assertFalse(live.contains(new BlockLocation(1, 1L << 40, 10)));

    assertTrue(live.remove(near));
    assertFalse(live.remove(near));
    assertFalse(live.remove(new BlockLocation(1, 1L << 40, 10)));
    assertTrue(live.remove(far));
    assertEquals(0, live.count());
    assertEquals(0, live.bytes());
  }
}

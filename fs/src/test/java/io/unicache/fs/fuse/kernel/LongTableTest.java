package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongTableTest {

  private final LongTable<String> table = new LongTable<>();

  @Test
  void zeroIsANumberAsOthers() {
    assertNull(table.get(0));
    table.put(0, "a");
    assertEquals("a", table.get(0));
    table.remove(0);
    assertNull(table.get(0));
  }

  @Test
  void behavesAsAMap() {
    Map<Long, String> model = new HashMap<>();
    Random random = new Random(9);
    for (int i = 0; i < 100_000; i++) {
      long key = random.nextInt(i < 50_000 ? 3_000 : 50);
      if (random.nextInt(100) < 55) {
        model.put(key, "v" + i);
        table.put(key, "v" + i);
      } else {
        model.remove(key);
        table.remove(key);
      }
      long other = random.nextInt(3_000);
      assertEquals(model.get(other), table.get(other));
    }
    for (long key = -1; key < 3_001; key++) {
      assertEquals(model.get(key), table.get(key));
    }
  }
}

package io.unicache.fs.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HandleTableTest {

  private final HandleTable<String> table = new HandleTable<>();

  @Test
  void aHandleThatWasGivenBackLeadsNowhere() {
    long first = table.add("a");
    assertEquals("a", table.get(first));
    assertEquals("a", table.remove(first));
    assertNull(table.get(first));
    assertNull(table.remove(first));
    long second = table.add("b");
    assertNotEquals(first, second);
    assertNull(table.get(first));
    assertEquals("b", table.get(second));
  }

  @Test
  void whatWasNeverGivenOutLeadsNowhere() {
    table.add("a");
    assertNull(table.get(0));
    assertNull(table.get(-1));
    assertNull(table.get(1));
    assertNull(table.get(Long.MAX_VALUE));
    assertNull(table.remove(Integer.MAX_VALUE));
  }

  @Test
  void behavesAsAMap() {
    Map<Long, String> model = new HashMap<>();
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      if (model.isEmpty() || random.nextInt(100) < 55) {
        long handle = table.add("v" + i);
        assertTrue(handle > 0 && handle < 1L << 61);
        assertNull(model.put(handle, "v" + i), "in use already");
      } else {
        long handle = model.keySet().iterator().next();
        assertEquals(model.remove(handle), table.remove(handle));
      }
    }
    model.forEach((handle, value) -> assertEquals(value, table.get(handle)));
    assertEquals(model.keySet(), new HashSet<>(table.handles()));
  }
}

package io.unicache.fs.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

  @Test
  void writesNumbersBooleansAndStrings() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("n", 12L);
    values.put("b", true);
    values.put("s", "a\"\\\n\t\u0001");
    assertEquals("{\"n\":12,\"b\":true,\"s\":\"a\\\"\\\\\\n\\t\\u0001\"}", Json.object(values));
    assertEquals("{}", Json.object(Map.of()));
  }

  @Test
  void anythingButAFlatObjectOfStringsIsRefused() {
    for (String bad :
        List.of("{", "[]", "{\"a\":1}", "{\"a\":\"b\"} x", "{\"a\":\"1\",\"a\":\"2\"}")) {
      assertThrows(InvalidCommandException.class, () -> Json.parseObject(bad), bad);
    }
  }

  @Test
  void readsWhatItWrites() throws Exception {
    Map<String, String> values = Map.of("key \"1\"", "tab\t, \\ and 😀 and \u0002");
    assertEquals(values, Json.parseObject(Json.object(Map.copyOf(values))));
    assertEquals(Map.of("a", "/\b\f\r"), Json.parseObject(" { \"a\" : \"\\/\\b\\f\\r\" } "));
    assertEquals(Map.of(), Json.parseObject("{ }"));
  }
}

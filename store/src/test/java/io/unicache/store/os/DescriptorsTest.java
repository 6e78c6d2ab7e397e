package io.unicache.store.os;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DescriptorsTest {

  @Test
  void theLimitIsTheShells() throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "ulimit -n").start();
    String limit =
        new String(shell.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
    assertEquals(limit, Integer.toString(Descriptors.limit()));
  }

  @Test
  void aShareHasBounds() {
    int limit = Descriptors.limit();
    assertEquals(7, Descriptors.share(1, 1, 7));
    assertEquals(limit + 1, Descriptors.share(1, limit + 1, limit + 2));
    assertEquals(limit / 4, Descriptors.share(4, 1, limit));
  }
}

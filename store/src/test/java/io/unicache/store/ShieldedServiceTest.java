package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShieldedServiceTest {

  @TempDir Path directory;

  @Test
  void anInterruptHarmsNobody() throws Exception {
    Path file = Files.write(directory.resolve("f"), new byte[] {1, 2, 3});
    try (UniCache cache = UniCache.open(directory.resolve("s"))) {
      String id = cache.add(file);
      Path copy = directory.resolve("copy");
      Thread.currentThread().interrupt();
      boolean exists = cache.exists(id);
      boolean still = Thread.interrupted();
      assertTrue(exists);
      assertTrue(still, "the caller stays interrupted");
      cache.copyTo(id, copy);
      assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(copy));
      assertEquals(1, cache.stats().files());
    }
  }

  @Test
  void errorsComeThroughAsTheyAre() throws Exception {
    try (UniCache cache = UniCache.open(directory.resolve("s"))) {
      assertThrows(CacheException.Missing.class, () -> cache.get("nobody"));
    }
  }
}

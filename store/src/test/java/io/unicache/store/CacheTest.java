package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {

  private static final int BLOCK = 64 << 10;

  @TempDir Path directory;

  @Test
  void storesAndRetrieves() throws IOException {
    byte[] bytes = new byte[3 * BLOCK + 17];
    new Random(2).nextBytes(bytes);
    Path in = Files.write(directory.resolve("in"), bytes);
    Path out = directory.resolve("out");
    Path store = directory.resolve("store");
    try (Cache cache = Cache.open(store, BLOCK)) {
      String id = cache.storeFile(in);
      assertEquals(id, cache.storeFile(in));
      cache.retrieveFile(id, out);
      assertEquals(4, cache.stats().uniqueBlocks());
      assertEquals(BLOCK, cache.blockSize());
      assertEquals(store, cache.directory());
    }
    assertArrayEquals(bytes, Files.readAllBytes(out));
    try (Cache again = Cache.open(store)) {
      assertEquals(BLOCK, again.blockSize());
    }
  }

  @Test
  void aStoreKeepsItsBlockSize() throws IOException {
    Path store = directory.resolve("store");
    Cache.open(store, BLOCK).close();
    CacheException error =
        assertThrows(CacheException.class, () -> Cache.open(store, 2 * BLOCK).close());
    assertTrue(error.getMessage().contains("65536"), error.getMessage());
  }

  @Test
  void aBlockSizeThatCannotBeIsRefused() {
    Path store = directory.resolve("store");
    assertThrows(CacheException.InvalidArgument.class, () -> Cache.open(store, 1000).close());
  }

  @Test
  void whatIsNotThereIsMissing() throws IOException {
    try (Cache cache = Cache.open(directory.resolve("store"), BLOCK)) {
      Path out = directory.resolve("out");
      assertThrows(CacheException.Missing.class, () -> cache.retrieveFile("nothing", out));
      assertTrue(Files.notExists(out));
    }
  }

  @Test
  void aDownloadThatFailsSaysSo() throws IOException {
    try (Cache cache = Cache.open(directory.resolve("store"), BLOCK)) {
      assertThrows(
          CacheException.class, () -> cache.downloadAndStore("http://127.0.0.1:1/nothing"));
      assertEquals(0, cache.stats().files());
    }
  }
}

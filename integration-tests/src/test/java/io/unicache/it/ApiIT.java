package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.Cache;
import io.unicache.store.UniCache;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Java API, on a store of its own and on one that is mounted. */
class ApiIT {

  private static final byte[] BYTES = Bytes.random(1, 2_345_678);

  private MountedStore mounted;
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    mounted = MountedStore.unmounted();
    file = Files.write(mounted.outside().resolve("file.bin"), BYTES);
  }

  @AfterEach
  void close() throws IOException {
    mounted.close();
  }

  @Test
  void withoutMount() throws Exception {
    try (UniCache cache = UniCache.open(mounted.store())) {
      Path path = everything(cache);
      assertFalse(path.startsWith(mounted.root()));
    }
  }

  @Test
  void throughTheDaemon() throws Exception {
    mounted.mount();
    try (UniCache cache = UniCache.open(mounted.store())) {
      Path path = everything(cache);
      assertTrue(path.startsWith(mounted.root()), "a path in the mount: " + path);

      Files.write(mounted.root().resolve("in the tree"), BYTES);
      Path inTree = cache.get("/in the tree");
      assertEquals(mounted.root().resolve("in the tree"), inTree);
      assertTrue(cache.remove("/in the tree") >= 0);
      assertFalse(Files.exists(inTree));
    }
  }

  /** Returns a path of the file that was last there. */
  private Path everything(UniCache cache) throws Exception {
    String id = cache.add(file);
    assertEquals("mine", cache.add(file, "mine"));
    assertTrue(cache.exists(id));
    assertTrue(cache.exists(id.substring(0, 10)));
    assertTrue(cache.exists("mine"));
    assertFalse(cache.exists("theirs"));

    Path path = cache.get(id);
    assertArrayEquals(BYTES, Files.readAllBytes(path));
    Program.of("cmp", file, path).run().expect(0);
    Program.of("cmp", file, cache.get("mine")).run().expect(0);
    Path copy = mounted.outside().resolve("copy");
    cache.copyTo("mine", copy);
    assertArrayEquals(BYTES, Files.readAllBytes(copy));

    assertEquals(2, cache.stats().files());
    assertEquals(BYTES.length, cache.stats().storedBytes());
    assertEquals(BYTES.length, cache.stats().savedBytes());
    assertEquals(0, cache.remove(id), "the other file has the same blocks");
    assertArrayEquals(BYTES, Files.readAllBytes(cache.get("mine")));
    // Each block begins at a multiple of 4096.
    assertEquals((BYTES.length + 4095L) / 4096 * 4096, cache.remove("mine"));
    assertFalse(cache.exists("mine"));
    assertThrows(CacheException.Missing.class, () -> cache.get("mine"));
    assertThrows(CacheException.Missing.class, () -> cache.copyTo("mine", copy));
    assertEquals(0, cache.stats().storedBytes());
    return path;
  }

  @Test
  void lowLevelCache() throws Exception {
    Path copy = mounted.outside().resolve("copy");
    String id;
    try (Cache cache = Cache.open(mounted.store(), 64 << 10)) {
      id = cache.storeFile(file);
      cache.retrieveFile(id, copy);
      assertArrayEquals(BYTES, Files.readAllBytes(copy));
      assertEquals(36, cache.stats().uniqueBlocks());
    }
    mounted.mount();
    try (Cache cache = Cache.open(mounted.store(), 64 << 10)) {
      assertEquals(id, cache.storeFile(file));
      assertEquals(36, cache.stats().uniqueBlocks());
    }
    assertThrows(
        CacheException.InvalidArgument.class, () -> Cache.open(mounted.store(), 1 << 20).close());
  }
}

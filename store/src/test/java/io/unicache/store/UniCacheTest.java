package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UniCacheTest {

  @TempDir Path directory;
  private final FakeService fake = new FakeService();
  private UniCache cache;
  private Path file;
  private byte[] bytes;

  @BeforeEach
  void open() throws IOException {
    cache = new UniCache(fake, directory.resolve("store"));
    bytes = new byte[10_000];
    new Random(1).nextBytes(bytes);
    file = Files.write(directory.resolve("model.onnx"), bytes);
    fake.downloadMayEnd.countDown();
  }

  @AfterEach
  void close() throws CacheException {
    cache.close();
    assertTrue(fake.closed);
  }

  @Test
  void addsUnderTheContentIdOrAnother() throws CacheException {
    assertEquals(FakeService.contentId(bytes), cache.add(file));
    assertEquals("mine", cache.add(file, "mine"));
    assertTrue(cache.exists("mine"));
    assertFalse(cache.exists("other"));
    assertEquals(2, cache.stats().files());
  }

  @Test
  void addingWhatIsNoFileSaysSo() {
    CacheException missing =
        assertThrows(CacheException.Missing.class, () -> cache.add(directory.resolve("none")));
    assertTrue(missing.getMessage().contains("none"), missing.getMessage());
    assertThrows(CacheException.InvalidArgument.class, () -> cache.add(directory));
  }

  @Test
  void getMakesAReadOnlyCopyOnceAndUsesItAgain() throws IOException {
    String id = cache.add(file);
    Path path = cache.get(id);
    assertArrayEquals(bytes, Files.readAllBytes(path));
    assertEquals("model.onnx", path.getFileName().toString(), "programs go by the ending");
    assertFalse(Files.getPosixFilePermissions(path).toString().contains("WRITE"));

    FileTime old = FileTime.from(Instant.EPOCH);
    Files.setLastModifiedTime(path, old);
    assertEquals(path, cache.get(id));
    assertEquals(old, Files.getLastModifiedTime(path), "not written again");
  }

  @Test
  void getMakesACopyAgainThatHasNotItsSize() throws IOException {
    String id = cache.add(file);
    Path path = cache.get(id);
    Files.delete(path);
    Files.writeString(path, "damaged");
    assertArrayEquals(bytes, Files.readAllBytes(cache.get(id)));
  }

  @Test
  void aFailureLeavesNoCopy() throws IOException {
    String id = cache.add(file);
    fake.failWith(new CacheException.Corrupt("block x is damaged"));
    assertThrows(CacheException.Corrupt.class, () -> cache.get(id));
    Path out = directory.resolve("out");
    assertThrows(CacheException.Corrupt.class, () -> cache.copyTo(id, out));
    assertThrows(CacheException.Corrupt.class, () -> cache.exists(id));
    fake.failWith(null);
    try (Stream<Path> left = Files.walk(directory)) {
      assertEquals(List.of(file), left.filter(Files::isRegularFile).toList());
    }
  }

  @Test
  void namesThatLeadElsewhereAreNotUsedForCopies() throws IOException {
    for (String name : List.of("", ".", "..", "../../evil", "a\0b", "x".repeat(256))) {
      CacheService.StoreRequest request =
          new CacheService.StoreRequest(name, -1, Optional.of("id"), Optional.empty(), true, 0644);
      fake.store(Files.newInputStream(file), request);
      Path path = cache.get("id");
      assertEquals(FakeService.contentId(bytes), path.getFileName().toString());
      assertTrue(path.startsWith(directory.resolve("store")));
    }
  }

  @Test
  void getGivesThePathInTheMount() throws IOException {
    String id = cache.add(file);
    Path mount = directory.resolve("mount");
    Path byId = Files.createDirectories(mount.resolve(".unicache/by-id"));
    fake.mountAt(mount);
    assertTrue(cache.get(id).startsWith(directory.resolve("store")), "not visible in the mount");

    Files.write(byId.resolve(id), bytes);
    assertEquals(byId.resolve(id), cache.get(id));

    cache.add(file, "abbreviated");
    assertEquals(byId.resolve(id), cache.get("abbreviated"), "by its content ID");

    CacheService.StoreRequest request =
        new CacheService.StoreRequest("n", -1, Optional.empty(), Optional.of("/a"), true, 0644);
    fake.store(Files.newInputStream(file), request);
    Files.write(mount.resolve("a"), bytes);
    assertEquals(mount.resolve("a"), cache.get("/a"));
  }

  @Test
  void copiesOut() throws IOException {
    String id = cache.add(file);
    Path out = directory.resolve("out");
    cache.copyTo(id, out);
    assertArrayEquals(bytes, Files.readAllBytes(out));
    assertThrows(CacheException.Missing.class, () -> cache.copyTo("other", out));
  }

  @Test
  void removingTakesTheCopyAlong() throws IOException {
    String id = cache.add(file);
    Path copy = cache.get(id);
    assertEquals(10_000, cache.remove(id));
    assertTrue(Files.notExists(copy));
    assertThrows(CacheException.Missing.class, () -> cache.remove(id));
  }

  @Test
  void downloadsAndKnowsWhereFrom() throws CacheException {
    String id = cache.download("http://host/m.onnx");
    assertEquals("mine", cache.download("http://host/m.onnx", "mine"));
    DownloadInfo info = cache.downloadInfo("mine").orElseThrow();
    assertEquals("mine", info.id());
    assertEquals("http://host/m.onnx", info.url());
    assertEquals(id, cache.downloadInfo(id).orElseThrow().contentId());
    assertEquals(Optional.empty(), cache.downloadInfo(cache.add(file)));
    assertThrows(CacheException.Missing.class, () -> cache.downloadInfo("other"));
  }

  @Test
  void worksOnARealStore() throws IOException {
    Path store = directory.resolve("real");
    String id;
    try (UniCache real = UniCache.open(store)) {
      id = real.add(file);
      assertEquals("mine", real.add(file, "mine"));
      assertFalse(real.exists("nothing"));
      assertFalse(real.exists("/nothing"));
    }
    try (UniCache real = UniCache.open(store)) {
      assertArrayEquals(bytes, Files.readAllBytes(real.get(id.substring(0, 8))));
      assertEquals(bytes.length, real.stats().storedBytes());
      real.remove("mine");
      assertTrue(real.exists(id));
    }
  }
}

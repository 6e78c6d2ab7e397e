package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.IndexSink;
import io.unicache.store.CacheService.IndexedBlock;
import io.unicache.store.CacheService.IndexedFile;
import io.unicache.store.CacheService.Listed;
import io.unicache.store.CacheService.Sink;
import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.CacheService.Stored;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.Name;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okio.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalServiceTest {

  private static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;

  @TempDir Path directory;
  private Store store;
  private LocalService service;

  @BeforeEach
  void open() throws CacheException {
    store = Store.open(StoreConfig.at(directory.resolve("s")).withBlockSize(BLOCK));
    service = new LocalService(store);
  }

  @AfterEach
  void close() throws CacheException {
    service.close();
  }

  private Stored store(byte[] bytes, String id, String path, boolean replace)
      throws CacheException {
    return service.store(
        new ByteArrayInputStream(bytes),
        new StoreRequest(
            "name.bin",
            bytes.length,
            Optional.ofNullable(id),
            Optional.ofNullable(path),
            replace,
            0640));
  }

  private byte[] retrieve(String idOrPath) throws CacheException {
    byte[][] all = new byte[1][];
    service.retrieve(
        idOrPath,
        new Sink() {
          @Override
          public void begin(long size) {
            all[0] = new byte[(int) size];
          }

          @Override
          public void write(long offset, ByteBuffer bytes) {
            bytes.get(all[0], (int) offset, bytes.remaining());
          }
        });
    return all[0];
  }

  @Test
  void aFileIsFoundByContentIdAbbreviationCustomIdAndPath() throws CacheException {
    byte[] bytes = random(3 * BLOCK + 1, 1);
    Stored plain = store(bytes, null, null, false);
    assertEquals(plain.contentId(), plain.id());
    assertEquals(bytes.length, plain.newBytes());
    Stored named = store(bytes, "my model", "/models/a.bin", false);
    assertEquals("my model", named.id());
    assertEquals(0, named.newBytes());
    String id = plain.contentId();
    for (String key :
        List.of(id, id.substring(0, 6), "my model", "/models/a.bin", "models/a.bin")) {
      assertArrayEquals(bytes, retrieve(key), key);
      assertEquals(id, service.find(key).contentId(), key);
    }
    assertEquals(0640, service.find("/models/a.bin").permissions());
    assertEquals("a.bin", service.find("/models/a.bin").name());
    assertEquals(3, service.stats().files());
  }

  @Test
  void holesAndEmptyFilesComeBack() throws CacheException {
    byte[] sparse = new byte[5 * BLOCK];
    sparse[3 * BLOCK] = 7;
    assertArrayEquals(sparse, retrieve(store(sparse, null, null, false).id()));
    Stored empty = store(new byte[0], "empty", "/empty", false);
    assertEquals(Content.EMPTY_ID.toString(), empty.contentId());
    assertArrayEquals(new byte[0], retrieve("empty"));
    assertArrayEquals(new byte[0], retrieve("/empty"));
  }

  @Test
  void whatIsNotThereIsMissing() {
    for (String key : List.of("nobody", "abcdef", "/a/b", "0".repeat(64))) {
      assertThrows(CacheException.Missing.class, () -> service.find(key), key);
    }
    assertThrows(CacheException.InvalidArgument.class, () -> service.find(""));
  }

  @Test
  void anIdIsNotTakenOverSilently() throws CacheException {
    store(random(10, 1), "x", null, false);
    store(random(10, 1), "x", null, false); // the same again is fine
    assertThrows(
        CacheException.InvalidArgument.class, () -> store(random(10, 2), "x", null, false));
    store(random(10, 2), "x", null, true);
    assertArrayEquals(random(10, 2), retrieve("x"));
    for (String bad : List.of("", "a/b", ".hidden", "0".repeat(64), "a\nb")) {
      assertThrows(
          CacheException.InvalidArgument.class, () -> store(random(10, 3), bad, null, false), bad);
    }
    assertEquals(1, service.stats().uniqueBlocks());
  }

  @Test
  void aPathIsNotTakenOverSilently() throws CacheException {
    store(random(10, 1), null, "/f", false);
    assertThrows(CacheException.Namespace.class, () -> store(random(10, 2), null, "/f", false));
    assertArrayEquals(random(10, 1), retrieve("/f"));
    store(random(10, 2), null, "/f", true);
    assertArrayEquals(random(10, 2), retrieve("/f"));
  }

  @Test
  void theMountsOwnDirectoryIsReserved() throws CacheException {
    for (String path : List.of("/.unicache", "/.unicache/x", "//.unicache/x")) {
      assertThrows(
          CacheException.InvalidArgument.class,
          () -> store(random(10, 1), null, path, false),
          path);
    }
    store(random(10, 1), null, "/.unicache-notes", false);
  }

  @Test
  void removingGivesBackWhatNothingElseNeeds() throws CacheException {
    byte[] bytes = random(4 * BLOCK, 1);
    Stored stored = store(bytes, null, null, false);
    store(bytes, null, "/copy", false);
    assertEquals(0, service.remove(stored.id()).freedBytes());
    assertThrows(CacheException.InvalidArgument.class, () -> service.remove(stored.id()));
    assertArrayEquals(bytes, retrieve("/copy"));
    assertEquals(4 * BLOCK, service.remove("/copy").freedBytes());
    assertThrows(CacheException.Missing.class, () -> service.find("/copy"));
    assertEquals(0, service.stats().uniqueBlocks());
  }

  @Test
  void whatSeveralFreeTogetherIsWhatTheyTakeOnTheDisk() throws CacheException {
    byte[] shared = random(2 * BLOCK, 1);
    byte[] one = Arrays.copyOf(shared, 2 * BLOCK + 100);
    byte[] two = Arrays.copyOf(shared, 3 * BLOCK);
    Arrays.fill(one, 2 * BLOCK, one.length, (byte) 1);
    Arrays.fill(two, 2 * BLOCK, two.length, (byte) 2);
    store(one, "one", null, false);
    store(two, "two", null, false);
    assertEquals(4096, service.remove("one").freedBytes(), "a page for its last 100 bytes");
    assertEquals(3 * BLOCK, service.remove("two").freedBytes());
    assertEquals(0, service.stats().storedBytes());
  }

  @Test
  void aSizeThatIsNotTrueIsAnErrorAndLeavesNothing() {
    byte[] bytes = random(BLOCK, 1);
    assertThrows(
        CacheException.InvalidArgument.class,
        () ->
            service.store(
                new ByteArrayInputStream(bytes),
                new StoreRequest("n", 5, Optional.empty(), Optional.empty(), false, 0644)));
    assertEquals(0, store.meta().totals().blocks());
  }

  @Test
  void listingShowsNamesSizesAndIds() throws CacheException {
    Stored stored = store(random(100, 1), "custom", "/d/e/file", false);
    List<Listed> root = service.list("/");
    assertEquals(List.of("d"), root.stream().map(Listed::name).toList());
    Listed file = service.list("/d/e").get(0);
    assertEquals(100, file.size());
    assertEquals(Optional.of(stored.contentId()), file.contentId());
    assertEquals("custom", service.listIds().get(0).id());
    assertThrows(CacheException.class, () -> service.list("/nowhere"));
  }

  @Test
  void theIndexHasEveryBlockAndFile() throws CacheException {
    byte[] bytes = new byte[3 * BLOCK];
    random(BLOCK, 1, bytes, 0);
    random(BLOCK, 2, bytes, 2 * BLOCK);
    store(bytes, null, "/a/b", false);
    store(bytes, "id", null, false);
    List<IndexedBlock> blocks = new ArrayList<>();
    List<IndexedFile> files = new ArrayList<>();
    service.index(
        new IndexSink() {
          @Override
          public void block(IndexedBlock block) {
            blocks.add(block);
          }

          @Override
          public void file(IndexedFile file) {
            files.add(file);
          }
        });
    assertEquals(2, blocks.size());
    assertEquals(BLOCK, blocks.get(0).length());
    assertEquals(List.of("/a/b"), files.get(0).names());
    assertEquals(List.of("id:id"), files.get(1).names());
    assertEquals("hole:" + BLOCK, files.get(0).blocks().get(1));
  }

  @Test
  void changesOfTheTreeAreTold() throws CacheException {
    List<Name> told = new ArrayList<>();
    service.onTreeChange((dir, name) -> told.add(name));
    store(random(10, 1), null, "/f", false);
    service.remove("/f");
    assertEquals(List.of(Name.of("f"), Name.of("f")), told);
  }

  @Test
  void aDownloadIsStoredWithItsSource() throws Exception {
    byte[] bytes = random(2 * BLOCK + 5, 9);
    try (MockWebServer server = new MockWebServer()) {
      server.start();
      MockResponse response =
          new MockResponse.Builder().code(200).body(new Buffer().write(bytes)).build();
      server.enqueue(response);
      server.enqueue(response);
      server.enqueue(new MockResponse.Builder().code(404).body("no such file").build());
      String url = server.url("/m/model.bin").toString();
      Stored stored =
          service.download(
              new DownloadRequest(url, Optional.empty(), Optional.of("/model.bin"), false),
              (received, total) -> {});
      assertArrayEquals(bytes, retrieve("/model.bin"));
      long inode = store.tree().resolve("/model.bin").number();
      assertEquals(
          url,
          new String(
              store.tree().attribute(inode, Name.of("user.unicache.source")),
              StandardCharsets.UTF_8));
      service.download(
          new DownloadRequest(url, Optional.of("m"), Optional.empty(), false),
          (received, total) -> {});
      assertEquals(url, service.listIds().get(0).source());
      assertEquals("model.bin", service.listIds().get(0).name());
      assertEquals(stored.contentId(), service.find("m").contentId());
      assertThrows(
          CacheException.Source.class,
          () ->
              service.download(
                  new DownloadRequest(url, Optional.empty(), Optional.empty(), false),
                  (received, total) -> {}));
    }
    assertThrows(
        CacheException.InvalidArgument.class,
        () ->
            service.download(
                new DownloadRequest("a b", Optional.empty(), Optional.empty(), false),
                (received, total) -> {}));
  }

  @Test
  void infoSaysWhatAndWhere() throws CacheException {
    assertTrue(service.info().mountPoint().isEmpty());
    service.mounted(
        Path.of("/mnt/x"), "libfuse", () -> new CacheService.MountStatistics("off (option)", 3, 1));
    assertEquals(Optional.of("/mnt/x"), service.info().mountPoint());
    assertEquals(BLOCK, service.info().blockSize());
    assertEquals(Optional.of(Path.of("/mnt/x")), service.mountPoint());
    assertEquals(0, service.gc());
    service.sync();
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    random(length, seed, bytes, 0);
    return bytes;
  }

  private static void random(int length, long seed, byte[] into, int at) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    System.arraycopy(bytes, 0, into, at, length);
  }
}

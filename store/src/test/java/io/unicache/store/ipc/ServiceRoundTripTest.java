package io.unicache.store.ipc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CacheService;
import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.Found;
import io.unicache.store.CacheService.IndexSink;
import io.unicache.store.CacheService.IndexedBlock;
import io.unicache.store.CacheService.IndexedFile;
import io.unicache.store.CacheService.Removed;
import io.unicache.store.CacheService.Sink;
import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.CacheService.Stored;
import io.unicache.store.FakeService;
import io.unicache.store.block.ByteRange;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method of the service, and every error, through the socket. */
class ServiceRoundTripTest {

  @TempDir Path store;
  private final FakeService fake = new FakeService();
  private final CountDownLatch shutdown = new CountDownLatch(1);
  private ServiceServer server;
  private RemoteService remote;

  @BeforeEach
  void start() throws CacheException {
    server = ServiceServer.start(store, fake, shutdown::countDown);
    remote = RemoteService.connect(server.socket());
  }

  @AfterEach
  void stop() throws CacheException {
    remote.close();
    server.close();
  }

  private static StoreRequest request(String id) {
    return new StoreRequest("name.bin", -1, Optional.ofNullable(id), Optional.empty(), false, 0640);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private Stored store(byte[] bytes, StoreRequest request) throws CacheException {
    return remote.store(new ByteArrayInputStream(bytes), request);
  }

  @Test
  void storesAndFindsAFile() throws CacheException {
    byte[] bytes = random(1000);
    Stored stored = store(bytes, request("mine"));

    assertEquals(
        new Stored("mine", FakeService.contentId(bytes), 1000, 1000, Optional.empty()), stored);
    assertEquals(
        new Found(FakeService.contentId(bytes), 1000, "name.bin", 0640), remote.find("mine"));
  }

  @Test
  void storesAtAPath() throws CacheException {
    StoreRequest request =
        new StoreRequest("n", 3, Optional.empty(), Optional.of("/a/ü \n"), true, 0644);
    assertEquals(Optional.of("/a/ü \n"), store(random(3), request).path());
    assertEquals("a/ü \n", remote.list("/").get(0).name());
    assertEquals(Optional.empty(), remote.list("/").get(0).target());
  }

  @Test
  void carriesWhatACheckFinds() throws CacheException {
    List<Finding> found = new ArrayList<>();
    List<Long> progress = new ArrayList<>();
    CheckSummary summary =
        remote.check(
            new CacheService.CheckRequest(true, false, List.of("/x", "y")),
            new CacheService.CheckSink() {
              @Override
              public void found(Finding finding) {
                found.add(finding);
              }

              @Override
              public void progress(long doneBytes, long totalBytes) {
                progress.add(doneBytes);
              }
            });
    Finding expected =
        new Finding(
            Finding.Kind.DATA,
            "/a",
            List.of(new ByteRange(4096, 4096)),
            "/x y",
            Finding.State.FOUND);
    assertEquals(List.of(expected), found);
    assertEquals(List.of(1L), progress);
    assertEquals(new CheckSummary(0, 0, 0, 0, 0, 0, 0, 1, 0, 0), summary);
    assertFalse(summary.isSound());
  }

  @Test
  void carriesStreamsOfManyFramesAndHoles() throws CacheException {
    byte[] bytes = random(5_000_001);
    Arrays.fill(bytes, 1_000_000, 3_000_000, (byte) 0);
    String id = store(bytes, request(null)).id();

    Collector collector = new Collector();
    remote.retrieve(id, collector);

    assertArrayEquals(bytes, collector.bytes);
    assertTrue(collector.written < 3_100_000, "holes are not sent");
  }

  @Test
  void carriesEmptyFiles() throws CacheException {
    String id = store(new byte[0], request("empty")).id();
    Collector collector = new Collector();
    remote.retrieve(id, collector);
    assertEquals(0, collector.bytes.length);
  }

  @Test
  void removes() throws CacheException {
    store(random(10), request("mine"));
    assertEquals(new Removed("mine", 10), remote.remove("mine"));
    assertEquals(0, fake.count());
  }

  @Test
  void downloadsWithProgress() throws CacheException {
    List<Long> seen = new ArrayList<>();
    Stored stored =
        remote.download(
            new DownloadRequest("http://h/x.bin", Optional.of("x"), Optional.empty(), false),
            (received, total) -> {
              assertEquals(OptionalLong.of(100), total);
              seen.add(received);
              fake.downloadMayEnd.countDown();
            });
    assertEquals("x", stored.id());
    assertEquals(0, seen.get(0));
  }

  @Test
  void listsMoreThanAFrameHolds() throws CacheException {
    String tail = "x".repeat(200);
    for (int i = 0; i < 6_000; i++) {
      fake.store(new ByteArrayInputStream(new byte[1]), request("id" + i + tail));
      fake.store(
          new ByteArrayInputStream(new byte[1]),
          new StoreRequest("n", 1, Optional.empty(), Optional.of("/" + i + tail), false, 0644));
    }
    assertEquals(fake.listIds(), remote.listIds());
    assertEquals(fake.list("/"), remote.list("/"));
  }

  @Test
  void indexesFilesOfMoreBlocksThanAFrameHolds() throws CacheException {
    fake.store(new ByteArrayInputStream(random(2_000_000)), request("large"));
    fake.store(new ByteArrayInputStream(random(10)), request("small"));
    Index here = new Index();
    Index there = new Index();
    fake.index(here);
    remote.index(there);
    assertEquals(here.blocks, there.blocks);
    assertEquals(here.files, there.files);
  }

  @Test
  void answersShortQuestions() throws CacheException {
    assertEquals(fake.stats(), remote.stats());
    assertEquals(fake.info(), remote.info());
    assertEquals(42, remote.gc());
    remote.sync();
    assertEquals(Optional.empty(), remote.mountPoint());
    fake.mountAt(Path.of("/mnt/x"));
    assertEquals(Optional.of(Path.of("/mnt/x")), remote.mountPoint());
    assertEquals(Optional.of("/mnt/x"), remote.info().mountPoint());
  }

  @Test
  void passesShutdownOn() throws Exception {
    remote.shutdown();
    shutdown.await();
  }

  @Test
  void servesManyThreadsAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      byte[] bytes = random(100_000 + i);
      all.add(
          threads.submit(
              () -> {
                Collector collector = new Collector();
                remote.retrieve(store(bytes, request(null)).id(), collector);
                return Arrays.equals(bytes, collector.bytes);
              }));
    }
    for (Future<Boolean> one : all) {
      assertTrue(one.get());
    }
    threads.shutdown();
  }

  static Stream<CacheException> errors() {
    return Stream.of(
        new CacheException.Corrupt("m1"),
        new CacheException.Missing("m2"),
        new CacheException.Full("m3", null),
        new CacheException.Busy("m4"),
        new CacheException.Version("m5"),
        new CacheException.Source("m6"),
        new CacheException.InvalidArgument("m7"),
        new Namespace(Namespace.Reason.NOT_EMPTY, "m8"),
        new CacheException.Storage("m9", null));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void errorsKeepTheirClassAndMessage(CacheException error) throws CacheException {
    fake.failWith(error);
    CacheException seen = assertThrows(CacheException.class, () -> remote.find("x"));
    assertEquals(error.getClass(), seen.getClass());
    assertEquals(error.getMessage(), seen.getMessage());

    fake.failWith(null);
    assertEquals(42, remote.gc(), "the connection is still good");
  }

  @ParameterizedTest
  @EnumSource(Namespace.Reason.class)
  void namespaceErrorsKeepTheirReason(Namespace.Reason reason) {
    fake.failWith(new Namespace(reason, "m"));
    assertEquals(reason, assertThrows(Namespace.class, () -> remote.remove("x")).reason());
  }

  @ParameterizedTest
  @EnumSource(CacheException.Kind.class)
  void everyKindHasItsException(CacheException.Kind kind) {
    assertEquals(
        kind, Errors.toException(new Messages.ErrorMessage(kind.name(), null, "m")).kind());
  }

  @Test
  void unknownKindsBecomeStorageErrors() {
    CacheException error = Errors.toException(new Messages.ErrorMessage("NEW", "NEW", "m"));
    assertEquals(CacheException.Kind.STORAGE, error.kind());
  }

  @Test
  void anErrorEndsAStreamThatIsStillBeingSent() {
    fake.failWith(new CacheException.Full("the disk is full", null));
    CacheException error =
        assertThrows(CacheException.Full.class, () -> store(random(20_000_000), request(null)));
    assertEquals("the disk is full", error.getMessage());
  }

  @Test
  void internalErrorsAreToldAndDoNotEndTheServer() throws CacheException {
    fake.breakWith(new IllegalStateException("a bug"));
    CacheException error = assertThrows(CacheException.Storage.class, () -> remote.find("x"));
    assertTrue(error.getMessage().contains("a bug"), error.getMessage());
    fake.breakWith(null);
    assertEquals(42, remote.gc());
  }

  @Test
  void readErrorsOfTheClientsStreamAreItsOwn() {
    InputStream broken =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            throw new IOException("unplugged");
          }
        };
    CacheException error =
        assertThrows(CacheException.class, () -> remote.store(broken, request(null)));
    assertTrue(error.getMessage().contains("unplugged"), error.getMessage());
    assertEquals(0, fake.count());
  }

  @Test
  void aClosedClientSaysSo() {
    remote.close();
    assertThrows(CacheException.InvalidArgument.class, () -> remote.gc());
    assertFalse(fake.closed, "the service is not the client's to close");
  }

  /** Puts a retrieved file together. */
  static final class Collector implements Sink {
    byte[] bytes;
    long written;

    @Override
    public void begin(long size) {
      bytes = new byte[(int) size];
    }

    @Override
    public void write(long offset, ByteBuffer source) {
      written += source.remaining();
      source.get(bytes, (int) offset, source.remaining());
    }
  }

  private static final class Index implements IndexSink {
    final List<IndexedBlock> blocks = new ArrayList<>();
    final List<IndexedFile> files = new ArrayList<>();

    @Override
    public void block(IndexedBlock block) {
      blocks.add(block);
    }

    @Override
    public void file(IndexedFile file) {
      files.add(file);
    }
  }
}

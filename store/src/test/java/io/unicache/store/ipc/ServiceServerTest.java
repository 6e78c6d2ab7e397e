package io.unicache.store.ipc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CacheService.DownloadRequest;
import io.unicache.store.CacheService.Progress;
import io.unicache.store.CacheService.Sink;
import io.unicache.store.CacheService.StoreRequest;
import io.unicache.store.FakeService;
import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Connection.Frame;
import io.unicache.store.ipc.Messages.Hello;
import io.unicache.store.ipc.Messages.Operation;
import io.unicache.store.ipc.Messages.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is not an ordinary conversation: hanging up, garbage, other versions, too many. */
@Timeout(60)
class ServiceServerTest {

  private static final Hello HELLO = Hello.of(Messages.PROTOCOL, "1");
  private static final StoreRequest STORE =
      new StoreRequest("n", -1, Optional.empty(), Optional.empty(), false, 0644);
  private static final DownloadRequest DOWNLOAD =
      new DownloadRequest("http://h/x", Optional.empty(), Optional.empty(), false);

  @TempDir Path store;
  private final FakeService fake = new FakeService();
  private ServiceServer server;

  @BeforeEach
  void start() throws CacheException {
    server = ServiceServer.start(store, fake, () -> {}, HELLO);
  }

  @AfterEach
  void stop() throws CacheException {
    server.close();
  }

  private Connection connect() throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()));
    return new Connection(channel, 5_000);
  }

  private Connection greeted() throws IOException {
    Connection connection = connect();
    Handshake.greet(connection, HELLO, 5_000);
    return connection;
  }

  private static void request(Connection connection, Operation operation, Object argument)
      throws IOException {
    connection.send(FrameType.REQUEST, Json.encode(new Request(operation, Json.tree(argument))));
  }

  private void assertServes() throws CacheException {
    try (RemoteService remote = RemoteService.connect(server.socket(), HELLO)) {
      assertEquals(42, remote.gc());
    }
  }

  @Test
  void theSocketIsTheOwnersAlone() throws IOException {
    assertEquals(store.resolve("daemon.sock"), server.socket());
    assertEquals(
        PosixFilePermissions.fromString("rw-------"),
        Files.getPosixFilePermissions(server.socket()));
  }

  @Test
  void aDeadSocketIsReplacedAndTheOwnOneRemoved() throws IOException {
    server.close();
    assertFalse(Files.exists(server.socket()));
    Files.createFile(store.resolve("daemon.sock"));
    server = ServiceServer.start(store, fake, () -> {}, HELLO);
    assertServes();
  }

  @Test
  void aClientThatHangsUpWhileItSendsStoresNothing() throws Exception {
    try (Connection client = greeted()) {
      request(client, Operation.STORE, STORE);
      client.sendData(0, ByteBuffer.allocate(300_000));
    }
    assertTrue(fake.storeFailed.await(50, TimeUnit.SECONDS));
    assertEquals(0, fake.count());
    assertServes();
  }

  @Test
  void gapsInAStreamAreRefused() throws Exception {
    try (Connection client = greeted()) {
      request(client, Operation.STORE, STORE);
      client.sendData(0, ByteBuffer.allocate(10));
      client.sendData(11, ByteBuffer.allocate(10));
      assertTrue(fake.storeFailed.await(50, TimeUnit.SECONDS));
    }
    assertEquals(0, fake.count());
  }

  @Test
  void anEndOfAnotherSizeIsRefused() throws Exception {
    try (Connection client = greeted()) {
      request(client, Operation.STORE, STORE);
      client.sendData(0, ByteBuffer.allocate(10));
      client.sendNumber(FrameType.END, 20);
      assertTrue(fake.storeFailed.await(50, TimeUnit.SECONDS));
    }
    assertEquals(0, fake.count());
  }

  @Test
  void aClientThatHangsUpStopsItsDownload() throws Exception {
    try (Connection client = greeted()) {
      request(client, Operation.DOWNLOAD, DOWNLOAD);
      assertEquals(FrameType.PROGRESS, client.read(5_000).type());
    }
    assertTrue(fake.downloadCancelled.await(50, TimeUnit.SECONDS));
    assertServes();
  }

  @Test
  void aProgressThatIsCancelledStopsTheDownload() throws Exception {
    Progress cancelled =
        new Progress() {
          @Override
          public void report(long receivedBytes, OptionalLong totalBytes) {}

          @Override
          public boolean cancelled() {
            return true;
          }
        };
    try (RemoteService remote = RemoteService.connect(server.socket(), HELLO)) {
      CacheException error =
          assertThrows(CacheException.Source.class, () -> remote.download(DOWNLOAD, cancelled));
      assertTrue(error.getMessage().contains("cancelled"), error.getMessage());
    }
    assertTrue(fake.downloadCancelled.await(50, TimeUnit.SECONDS));
  }

  @Test
  void aSinkThatFailsStopsTheRetrieval() throws Exception {
    byte[] bytes = new byte[8_000_000];
    Arrays.fill(bytes, (byte) 1);
    String id = fake.store(new ByteArrayInputStream(bytes), STORE).id();
    Sink full =
        new Sink() {
          @Override
          public void begin(long size) {}

          @Override
          public void write(long offset, ByteBuffer source) throws CacheException {
            throw new CacheException.Full("no room", null);
          }
        };
    try (RemoteService remote = RemoteService.connect(server.socket(), HELLO)) {
      assertThrows(CacheException.Full.class, () -> remote.retrieve(id, full));
      assertTrue(fake.retrieveFailed.await(50, TimeUnit.SECONDS));
      assertEquals(42, remote.gc(), "the next request has a connection of its own");
    }
  }

  @Test
  void garbageEndsTheConnectionOnly() throws Exception {
    for (String garbage :
        List.of(
            "GET / HTTP/1.1\r\n\r\n",
            "\0\0\0\2\1{}",
            "\0\0\0\2\1{x",
            "\0\0\0\4\1null",
            "\177\377\377\377\1",
            "\0\0\0\0\143",
            "\0\0\0\0\3",
            "\0\0\0\100\1{\"magic\":\"other\"")) {
      try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()))) {
        raw.write(ByteBuffer.wrap(garbage.getBytes(StandardCharsets.ISO_8859_1)));
        raw.shutdownOutput();
        assertHangsUp(raw);
      }
    }
    assertServes();
  }

  private static void assertHangsUp(SocketChannel raw) {
    try {
      assertEquals(-1, raw.read(ByteBuffer.allocate(100)));
    } catch (IOException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("reset"), e::toString);
    }
  }

  @Test
  void garbageInsteadOfARequestEndsTheConnection() throws Exception {
    for (String request :
        List.of(
            "{}", "[]", "{\"operation\":\"FLY\"}", "{\"operation\":\"FIND\",\"argument\":{}}")) {
      try (Connection client = greeted()) {
        client.send(FrameType.REQUEST, request.getBytes(StandardCharsets.UTF_8));
        assertNull(client.read(5_000), request);
      }
    }
    assertServes();
  }

  @Test
  void aClientOfAnotherProtocolIsToldSo() {
    CacheException error =
        assertThrows(
            CacheException.Version.class,
            () -> RemoteService.connect(server.socket(), Hello.of(99, "9.9")));
    assertTrue(error.getMessage().contains("9.9 (protocol 99)"), error.getMessage());
    assertTrue(error.getMessage().contains("mount again"), error.getMessage());
  }

  @Test
  void theServerTellsAClientOfAnotherProtocolToo() throws IOException {
    try (Connection client = connect()) {
      client.send(FrameType.HELLO, Json.encode(Hello.of(99, "9.9")));
      assertEquals(FrameType.HELLO, client.read(5_000).type());
      Frame frame = client.read(5_000);
      assertEquals(FrameType.ERROR, frame.type());
      assertEquals("VERSION", Json.decode(frame.payload(), Messages.ErrorMessage.class).kind());
      assertNull(client.read(5_000));
    }
  }

  @Test
  void tooManyClientsAreToldSo() throws IOException {
    List<Connection> clients = new ArrayList<>();
    try {
      for (int i = 0; i < ServiceServer.MAX_CLIENTS; i++) {
        clients.add(greeted());
      }
      CacheException error =
          assertThrows(
              CacheException.Busy.class, () -> RemoteService.connect(server.socket(), HELLO));
      assertTrue(error.getMessage().contains("64 clients"), error.getMessage());
    } finally {
      clients.forEach(Connection::close);
    }
  }

  @Test
  void idleAndWorkingClientsDoNotHoldUpTheEnd() throws Exception {
    try (Connection idle = greeted();
        Connection mute = connect();
        Connection working = greeted()) {
      request(working, Operation.DOWNLOAD, DOWNLOAD);
      assertEquals(FrameType.PROGRESS, working.read(5_000).type());
      server.close();
      assertTrue(fake.downloadCancelled.await(0, TimeUnit.SECONDS), "waited for its end");
      assertNull(idle.read(5_000));
      assertNull(mute.read(5_000));
    }
  }

  @Test
  void aClientSeesTheDaemonEndAndTheNextOneCome() throws CacheException {
    try (RemoteService remote = RemoteService.connect(server.socket(), HELLO)) {
      server.close();
      CacheException error = assertThrows(CacheException.Storage.class, remote::gc);
      assertTrue(error.getMessage().contains("daemon"), error.getMessage());
      server = ServiceServer.start(store, fake, () -> {}, HELLO);
      assertEquals(42, remote.gc());
    }
  }

  @Test
  void thereIsNoDaemon() {
    CacheException error =
        assertThrows(
            CacheException.Storage.class, () -> RemoteService.connect(store.resolve("none")));
    assertTrue(error.getMessage().contains("none"), error.getMessage());
  }
}

package io.unicache.store.ipc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.FakeService;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketPathTest {

  @TempDir Path temporary;

  private Path deep(String name) throws IOException {
    return Files.createDirectories(temporary.resolve("x".repeat(100)).resolve(name));
  }

  @Test
  void aShortPathIsInTheStore() throws IOException {
    assertEquals(temporary.resolve("daemon.sock"), SocketPath.choose(temporary, temporary));
  }

  @Test
  void aLongPathIsReplacedByAPrivateOneOfItsOwn() throws IOException {
    Path one = SocketPath.choose(deep("one"), temporary);
    assertEquals(temporary, one.getParent().getParent());
    assertEquals(
        PosixFilePermissions.fromString("rwx------"),
        Files.getPosixFilePermissions(one.getParent()));
    assertEquals(one, SocketPath.choose(deep("one"), temporary), "the same again");
    assertNotEquals(one, SocketPath.choose(deep("two"), temporary));
  }

  @Test
  void aDirectoryThatOthersMayEnterIsNotUsed() throws IOException {
    Path socket = SocketPath.choose(deep("one"), temporary);
    Files.setPosixFilePermissions(socket.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThrows(FileSystemException.class, () -> SocketPath.choose(deep("one"), temporary));
  }

  @Test
  void nowhereIsShortEnough() throws IOException {
    Path store = deep("one");
    FileSystemException error =
        assertThrows(FileSystemException.class, () -> SocketPath.choose(store, store));
    assertTrue(error.getMessage().contains("shorter path"), error.getMessage());
  }

  @Test
  void aStoreAtALongPathIsServed() throws IOException {
    ServiceServer server = ServiceServer.start(deep("s"), new FakeService(), () -> {});
    try (RemoteService remote = RemoteService.connect(server.socket())) {
      assertEquals(42, remote.gc());
    } finally {
      server.close();
    }
    assertFalse(Files.exists(server.socket().getParent()), "nothing is left behind");
  }
}

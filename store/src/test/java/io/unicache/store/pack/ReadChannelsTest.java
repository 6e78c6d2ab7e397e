package io.unicache.store.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadChannelsTest {

  @TempDir Path directory;
  private final ReadChannels channels = new ReadChannels(new DiskFiles(), 3);

  private Path file(int number) throws IOException {
    return Files.write(directory.resolve("file" + number), new byte[] {(byte) number});
  }

  private byte read(Path file) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(1);
    channels.read(file, 0, into);
    return into.get(0);
  }

  @Test
  void neverKeepsMoreOpenThanItsCapacity() throws IOException {
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 10; i++) {
        assertEquals(i, read(file(i)));
      }
    }
    assertEquals(3, channels.size());
    channels.closeAll();
    assertEquals(0, channels.size());
  }

  @Test
  void theMostRecentlyUsedStayOpen() throws IOException {
    Path first = file(1);
    read(first);
    read(file(2));
    read(file(3));
    read(first);
    read(file(4));
    Files.delete(first);
    assertEquals(1, read(first), "still open");
    channels.forget(first);
    assertThrows(NoSuchFileException.class, () -> read(first));
    channels.forget(first);
    channels.closeAll();
  }

  @Test
  void anEndThatComesTooEarlyIsReported() throws IOException {
    Path file = file(1);
    ByteBuffer two = ByteBuffer.allocate(2);
    assertThrows(EOFException.class, () -> channels.read(file, 0, two));
    channels.closeAll();
  }

  @Test
  void aSharedResourceIsClosedByItsLastHolderOnly() throws IOException {
    AtomicInteger closed = new AtomicInteger();
    Shared<Closeable> shared = new Shared<>(closed::incrementAndGet);
    assertTrue(shared.tryHold());
    shared.release();
    assertEquals(0, closed.get());
    shared.release();
    assertEquals(1, closed.get());
    assertFalse(shared.tryHold());
    assertThrows(IllegalStateException.class, shared::release);
  }
}

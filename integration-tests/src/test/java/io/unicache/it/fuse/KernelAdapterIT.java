package io.unicache.it.fuse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Through the kernel's protocol, and what only that can do. */
class KernelAdapterIT extends AdapterCases {

  private static final int OPENINGS = 3000;

  KernelAdapterIT() {
    super(Adapter.KERNEL);
  }

  @Test
  void saysWhatServes() {
    assertTrue(session.transport().matches("kernel, FUSE 7\\.\\d+"), session.transport());
  }

  @Test
  void anUnlinkedFileOutlivesItsDirectory() throws IOException {
    Path directory = Files.createDirectory(root.resolve("d"));
    Path file = Files.writeString(directory.resolve("file"), "content");
    try (FileChannel channel = FileChannel.open(file)) {
      Files.delete(file);
      Files.delete(directory);
      assertEquals(7, channel.size());
      assertEquals("content", read(channel, 10));
    }
    assertFalse(Files.exists(directory));
  }

  @Test
  void largeReadsAndWritesArriveWhole() throws IOException {
    byte[] content = new byte[5 << 20];
    new Random(2).nextBytes(content);
    Path file = root.resolve("file");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(content.length).put(content).flip();
      assertEquals(content.length, channel.write(buffer));
    }
    assertArrayEquals(content, Files.readAllBytes(file));
  }

  /** Attributes come from the kernel's cache, and its own changes show at once all the same. */
  @Test
  void cachedAttributesFollowTheKernelsChanges() throws IOException {
    Path file = root.resolve("file");
    for (int i = 1; i <= 50; i++) {
      Files.write(file, new byte[i]);
      assertEquals(i, Files.size(file));
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(i / 2);
        assertEquals(i / 2, Files.size(file));
      }
    }
  }

  @Test
  void aNameThatIsReplacedAllTheTimeIsAlwaysThere() throws Exception {
    Path target = Files.writeString(root.resolve("target"), "x".repeat(100));
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Future<Integer> renamer =
          threads.submit(
              () -> {
                int count = 0;
                while (!stop.get()) {
                  Path next = Files.writeString(root.resolve("next"), "x".repeat(100));
                  Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
                  count++;
                }
                return count;
              });
      List<Callable<Void>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        readers.add(
            () -> {
              for (int n = 0; n < OPENINGS; n++) {
                assertEquals(100, new String(Files.readAllBytes(target), UTF_8).length());
              }
              return null;
            });
      }
      List<Future<Void>> done = threads.invokeAll(readers);
      stop.set(true);
      assertTrue(renamer.get() > 0);
      for (Future<Void> reader : done) {
        reader.get();
      }
    } finally {
      stop.set(true);
      threads.shutdown();
    }
  }
}

package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Several at once, on files of their own and on the same ones. */
class ConcurrencyIT {

  private static final int THREADS = 8;
  private static final int FILE_BYTES = 6 << 20;

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** Runs all tasks at once; fails with the first failure of one. */
  private static void together(List<Callable<Void>> tasks) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      for (Future<Void> task : threads.invokeAll(tasks, 5, TimeUnit.MINUTES)) {
        task.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void eightWritersAndEightReaders() throws Exception {
    Path directory = MOUNT.directory();
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      byte[] bytes = Bytes.random(100 + i, FILE_BYTES);
      Path file = Files.createFile(directory.resolve("file" + i));
      tasks.add(() -> write(file, bytes));
      tasks.add(() -> readAlong(file, bytes));
    }
    together(tasks);
    for (int i = 0; i < THREADS; i++) {
      Path file = directory.resolve("file" + i);
      Bytes.dropCache(file);
      assertArrayEquals(Bytes.random(100 + i, FILE_BYTES), Files.readAllBytes(file));
    }
  }

  private static Void write(Path file, byte[] bytes) throws Exception {
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      int piece = 77_777;
      for (int at = 0; at < bytes.length; at += piece) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, at, Math.min(piece, bytes.length - at));
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
    }
    return null;
  }

  /** Reads a file again and again while it is written: what is there is always right. */
  private static Void readAlong(Path file, byte[] bytes) throws Exception {
    ByteBuffer found = ByteBuffer.allocate(bytes.length);
    while (found.hasRemaining()) {
      try (FileChannel in = FileChannel.open(file)) {
        int from = found.position();
        while (in.read(found, found.position()) > 0) {
          assertTrue(found.position() <= bytes.length);
        }
        int mismatch =
            ByteBuffer.wrap(bytes, from, found.position() - from)
                .mismatch(ByteBuffer.wrap(found.array(), from, found.position() - from));
        assertEquals(-1, mismatch, "wrong byte, from offset " + from);
      }
      Thread.sleep(5);
    }
    return null;
  }

  @Test
  void appendsToOneFile() throws Exception {
    int records = 250;
    Path file = Files.createFile(MOUNT.directory().resolve("log"));
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int writer = i;
      tasks.add(
          () -> {
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.APPEND)) {
              for (int j = 0; j < records; j++) {
                String line = String.format("writer %d record %05d ................%n", writer, j);
                out.write(StandardCharsets.US_ASCII.encode(line));
              }
            }
            return null;
          });
    }
    together(tasks);
    Bytes.dropCache(file);
    Set<String> seen = new HashSet<>(Files.readAllLines(file));
    assertEquals(THREADS * records, seen.size(), "every record is there");
    assertEquals(39L * THREADS * records, Files.size(file), "once, and nothing else");
  }

  @Test
  void appendsByPrograms() {
    Program.script(
            """
            for w in 1 2 3 4 5 6 7 8; do
              (for i in $(seq 50); do echo "writer $w line $i" >>log; done) &
            done
            wait
            [ "$(sort -u log | wc -l)" = 400 ]
            [ "$(wc -l <log)" = 400 ]
            """)
        .in(MOUNT.directory())
        .run()
        .expect(0);
  }

  @Test
  void writersOfOneFileAtDifferentPlaces() throws Exception {
    byte[] bytes = Bytes.random(200, FILE_BYTES);
    Path file = Files.createFile(MOUNT.directory().resolve("shared"));
    int share = FILE_BYTES / THREADS;
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int from = i * share;
      tasks.add(
          () -> {
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
              for (int at = from; at < from + share; at += 4096 * 5) {
                int count = Math.min(4096 * 5, from + share - at);
                out.write(ByteBuffer.wrap(bytes, at, count), at);
              }
            }
            return null;
          });
    }
    together(tasks);
    Bytes.dropCache(file);
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void readByAnotherProgramBeforeItIsClosed() throws Exception {
    byte[] bytes = Bytes.random(300, (3 << 20) + 123);
    Path file = MOUNT.directory().resolve("file");
    Path expected = Files.write(MOUNT.outside().resolve("expected"), bytes);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(bytes));
      assertEquals(Integer.toString(bytes.length), Program.output("stat", "-c", "%s", file));
      Program.of("cmp", expected, file).run().expect(0);
      out.write(ByteBuffer.wrap(new byte[] {42}), 1 << 20);
      assertEquals(
          "*",
          Program.script("tail -c +$(((1 << 20) + 1)) \"$1\" | head -c 1 || true", file)
              .run()
              .text());
      out.force(true);
      assertEquals(bytes.length, Files.size(file));
    }
  }

  @Test
  void namesInOneDirectory() {
    Program.script(
            """
            for w in 1 2 3 4 5 6 7 8; do
              (for i in $(seq 60); do
                echo x >"tmp $w.$i"
                mv "tmp $w.$i" "file $w.$i"
                ln "file $w.$i" "link $w.$i"
                rm "link $w.$i"
              done) &
            done
            for i in $(seq 20); do ls -l >/dev/null 2>&1 || true; done
            wait
            [ "$(ls | wc -l)" = 480 ]
            [ "$(find . -type f -links 1 | wc -l)" = 480 ]
            """)
        .in(MOUNT.directory())
        .run()
        .expect(0);
  }

  @Test
  void onlyOneCreates() throws Exception {
    Path file = MOUNT.directory().resolve("lock");
    List<Callable<Void>> tasks = new ArrayList<>();
    List<Integer> winners = java.util.Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < THREADS; i++) {
      int number = i;
      tasks.add(
          () -> {
            try {
              Files.createFile(file);
              winners.add(number);
            } catch (java.nio.file.FileAlreadyExistsException e) {
              // so one other has made it
            }
            return null;
          });
    }
    together(tasks);
    assertEquals(1, winners.size());
  }
}

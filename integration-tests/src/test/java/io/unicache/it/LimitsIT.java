package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many at once, with little memory and few descriptors. */
class LimitsIT {

  private static final System.Logger LOG = System.getLogger(LimitsIT.class.getName());

  private static final int MIB = 1 << 20;
  private static final int WRITERS = 64;
  private static final int HEAP_MIB = 192;

  /** Beside the heap: the database's caches, code, threads, what the JVM keeps for itself. */
  private static final int BESIDE_MIB = 450;

  private MountedStore mounted;

  @BeforeEach
  void make() throws IOException {
    mounted = MountedStore.unmounted();
  }

  @AfterEach
  void close() throws IOException {
    mounted.close();
  }

  /** Blocks so long that one for each writer is more than there is. */
  @Test
  void manyWritersAndADownloadWithLittleMemory() throws Exception {
    mounted.mount("--block-size", "4M", "--memory", HEAP_MIB + "M");
    long daemon = mounted.daemon().orElseThrow().pid();
    long most = 0;
    byte[] downloaded = Bytes.random(99, 40 * MIB);
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1);
    try (Source source = new Source()) {
      String url = source.serve("/big", downloaded);
      List<Future<?>> all = new ArrayList<>();
      all.add(threads.submit(() -> mounted.cli().output("download", url, "--as", "/downloaded")));
      for (int i = 0; i < WRITERS; i++) {
        int number = i;
        all.add(threads.submit(() -> write(number)));
      }
      for (Future<?> one : all) {
        while (!one.isDone()) {
          most = Math.max(most, memoryMib(daemon));
          Thread.sleep(50);
        }
        one.get();
      }
    } finally {
      threads.shutdown();
    }
    tell("memory", most + " MiB at most, with a heap of " + HEAP_MIB + " MiB");
    assertEquals(daemon, mounted.daemon().orElseThrow().pid(), "it lives");
    assertTrue(most < HEAP_MIB + BESIDE_MIB, most + " MiB");
    for (int i = 0; i < WRITERS; i++) {
      assertArrayEquals(content(i), Files.readAllBytes(file(i)), "file " + i);
    }
    assertArrayEquals(downloaded, Files.readAllBytes(mounted.root().resolve("downloaded")));
  }

  private Path file(int number) {
    return mounted.root().resolve("f" + number);
  }

  /** Some of them are longer than a block. */
  private static byte[] content(int number) {
    return Bytes.random(number, 5 * MIB + number * 300_000);
  }

  private Void write(int number) throws IOException {
    byte[] bytes = content(number);
    try (OutputStream out = Files.newOutputStream(file(number))) {
      for (int at = 0; at < bytes.length; at += 100_000) {
        out.write(bytes, at, Math.min(100_000, bytes.length - at));
      }
    }
    return null;
  }

  /** Returns what a process takes, but for the pages of files: those the system takes back. */
  private static long memoryMib(long process) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process + "/status"))) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new AssertionError("no RssAnon for " + process);
  }

  @Test
  void fewDescriptors() throws Exception {
    Program.script(
            "ulimit -n 256; exec \"$1\" mount \"$2\" --block-size 64K",
            Cli.launcher(),
            mounted.root())
        .with("UNICACHE_STORE", mounted.store().toString())
        .run()
        .expect(0);
    long daemon = mounted.daemon().orElseThrow().pid();
    assertTrue(
        Files.readString(Path.of("/proc/" + daemon + "/limits"), StandardCharsets.US_ASCII)
            .lines()
            .anyMatch(line -> line.matches("Max open files +256 +256 .*")));
    // Each has a pack of its own.
    for (int i = 0; i < 40; i++) {
      Files.write(file(i), Bytes.random(i, 33 * MIB));
    }
    long most = 0;
    for (int i = 0; i < 40; i++) {
      assertArrayEquals(Bytes.random(i, 33 * MIB), Files.readAllBytes(file(i)), "file " + i);
      most = Math.max(most, descriptors(daemon));
    }
    for (int i = 0; i < 40; i += 2) {
      Files.delete(file(i));
    }
    mounted.cli().output("gc");
    most = Math.max(most, descriptors(daemon));
    tell("descriptors", most + " of 256");
    assertArrayEquals(Bytes.random(39, 33 * MIB), Files.readAllBytes(file(39)));
    assertEquals(daemon, mounted.daemon().orElseThrow().pid(), "it lives");
  }

  private static long descriptors(long process) throws IOException {
    try (var all = Files.list(Path.of("/proc/" + process + "/fd"))) {
      return all.count();
    }
  }

  private static void tell(String what, String value) {
    LOG.log(Level.INFO, "{0}: {1}", what, value);
  }
}

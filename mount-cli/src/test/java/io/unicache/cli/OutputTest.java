package io.unicache.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams, progress, the log, the order of the end, and the daemon's first line. */
class OutputTest {

  @TempDir Path directory;

  @Test
  void holesBecomeZerosInAStream() throws CacheException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StreamSink sink = new StreamSink(out, "out");
    sink.begin(200_000);
    sink.write(100_000, ByteBuffer.wrap(new byte[] {1}));
    assertThrows(
        CacheException.Corrupt.class, () -> sink.write(5, ByteBuffer.wrap(new byte[] {2})));
    sink.finish();
    byte[] expected = new byte[200_000];
    expected[100_000] = 1;
    assertArrayEquals(expected, out.toByteArray());
  }

  @Test
  void progressOverwritesItsLine() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    AtomicLong nanos = new AtomicLong();
    try (ProgressLine line =
        new ProgressLine(
            new PrintStream(out, true, StandardCharsets.UTF_8), () -> true, nanos::get)) {
      line.report(0, OptionalLong.of(2048));
      line.report(100, OptionalLong.of(2048));
      nanos.set(Duration.ofSeconds(1).toNanos());
      line.report(1024, OptionalLong.of(2048));
      assertTrue(line.cancelled());
    }
    String text = out.toString(StandardCharsets.UTF_8);
    assertTrue(text.startsWith("\r0 B of 2.00 KiB, 0 %\r1.00 KiB of 2.00 KiB, 50 %, 1.00 KiB/s"));
    assertFalse(text.contains("100 B"), "too soon");
    assertTrue(text.endsWith(" \r"));
  }

  @Test
  void withoutATerminalThereIsNoProgress() {
    try (ProgressLine line = new ProgressLine(null, () -> false, System::nanoTime)) {
      line.report(1, OptionalLong.empty());
    }
    assertEquals("1 B", ProgressLine.text(1, OptionalLong.empty(), 0));
  }

  @Test
  void commandsShowTheLogOnlyIfWanted() {
    assertEquals("OFF", LogSettings.level(List.of("stats"), null));
    assertEquals("FINE", LogSettings.level(List.of("stats", "--debug"), null));
    assertEquals("FINE", LogSettings.level(List.of("stats"), "1"));
    assertEquals("INFO", LogSettings.level(List.of("mount", "-f", "x"), null));
  }

  @Test
  void theLogIsBounded() throws IOException {
    Path file = directory.resolve("daemon.log");
    Files.writeString(file, "from before\n");
    DaemonLog log = new DaemonLog(file, 2_000);
    for (int i = 0; i < 100; i++) {
      log.publish(new LogRecord(Level.INFO, "message " + i));
    }
    log.close();
    assertTrue(Files.size(file) <= 2_000);
    assertTrue(Files.size(directory.resolve("daemon.log.1")) <= 2_000);
    assertTrue(Files.readString(file).contains("message 99"));
  }

  @Test
  void theEndGoesOnAfterAFailure() {
    List<String> done = new ArrayList<>();
    Stages stages = new Stages();
    stages.run(
        "first",
        Duration.ofSeconds(10),
        () -> {
          throw new IOException("broken");
        });
    stages.run("slow", Duration.ofMillis(20), () -> await(new CountDownLatch(1)));
    stages.run("last", Duration.ofSeconds(10), () -> done.add("last"));
    IOException failure = assertThrows(IOException.class, stages::finish);
    assertEquals("broken", failure.getMessage());
    assertEquals(1, failure.getSuppressed().length);
    assertEquals(List.of("last"), done);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void launch(String script) throws IOException {
    DaemonLauncher.await(new ProcessBuilder("/bin/sh", "-c", script), Path.of("/x/daemon.log"));
  }

  @Test
  void theChildSaysThatItIsReadyOrWhyNot() throws IOException {
    launch("echo building; echo ready");
    assertEquals(
        "no room",
        assertThrows(IOException.class, () -> launch("echo 'error: no room'")).getMessage());
    String silent = assertThrows(IOException.class, () -> launch("exit 3")).getMessage();
    assertTrue(silent.contains("status 3") && silent.contains("/x/daemon.log"), silent);
  }
}

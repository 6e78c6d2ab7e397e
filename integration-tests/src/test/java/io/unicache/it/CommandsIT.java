package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every command, by the process that owns the store and through the daemon. */
class CommandsIT {

  private MountedStore mounted;
  private Path first;
  private Path second;

  @BeforeEach
  void makeFiles() throws Exception {
    mounted = MountedStore.unmounted();
    first = Files.write(mounted.outside().resolve("first.bin"), Bytes.random(1, 2_500_000));
    second = Files.write(mounted.outside().resolve("second.bin"), Bytes.random(2, 700_000));
  }

  @AfterEach
  void close() throws Exception {
    mounted.close();
  }

  private String unicache(Object... words) {
    return mounted.cli().output(words);
  }

  private String failure(Object... words) {
    return mounted.cli().run(words).failure();
  }

  @Test
  void withoutMount() throws Exception {
    everyCommand();
    JsonNode info = mounted.cli().run("info", "--json").json();
    assertTrue(info.path("mountPoint").isNull(), info.toString());
    assertEquals(mounted.store().toString(), info.path("store").asText());
  }

  @Test
  void throughTheDaemon() throws Exception {
    mounted.mount();
    everyCommand();
    JsonNode info = mounted.cli().run("info", "--json").json();
    assertEquals(mounted.root().toString(), info.path("mountPoint").asText());
    assertEquals(mounted.daemon().orElseThrow().pid(), info.path("ownerPid").asLong());
    assertArrayEquals(
        Files.readAllBytes(second),
        Files.readAllBytes(mounted.root().resolve("models/second.bin")));
    unicache("remove", "/models/second.bin");
    assertFalse(Files.exists(mounted.root().resolve("models/second.bin")), "gone from the mount");
    mounted.unmount();
    String id = unicache("ls", "--ids").lines().findFirst().orElseThrow();
    unicache("retrieve", id, mounted.outside().resolve("after"));
  }

  /** Leaves "/models/second.bin" and the file "mine" behind. */
  private void everyCommand() throws Exception {
    String id = unicache("store", first);
    assertTrue(id.matches("[0-9a-f]{64}"), id);
    assertEquals(id, unicache("store", first), "the same bytes, the same ID");
    assertEquals("mine", unicache("store", first, "--id", "mine"));
    unicache("store", second, "--as", "/models/");

    Path out = mounted.outside().resolve("out");
    for (String name : List.of(id, id.substring(0, 8), "mine")) {
      unicache("retrieve", name, out);
      assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(out), name);
    }
    unicache("retrieve", "/models/second.bin", out);
    assertArrayEquals(Files.readAllBytes(second), Files.readAllBytes(out));
    standardStreams();

    assertEquals("models", unicache("ls"));
    assertEquals("second.bin", unicache("ls", "/models"));
    assertTrue(unicache("ls", "-l", "/models").contains("second.bin"));
    assertTrue(unicache("ls", "--ids").lines().anyMatch("mine"::equals));
    checkStats();
    checkIndex(id);
    assertTrue(unicache("version").matches("unicache \\d+\\..*"), "version");
    assertTrue(unicache("info").contains(mounted.store().toString()), "info");
    checkErrors(out);

    unicache("remove", id.substring(0, 8));
    unicache("retrieve", "mine", out);
    assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(out), "the other name stays");
    assertTrue(unicache("gc").contains("freed"), "gc");
    Files.deleteIfExists(out);
  }

  private void standardStreams() throws Exception {
    byte[] bytes = Bytes.random(3, 1_100_000);
    Result stored =
        mounted.cli().command("store", "-", "--id", "piped").input(bytes).run().expect(0);
    assertEquals("piped", stored.text());
    assertArrayEquals(bytes, mounted.cli().run("retrieve", "piped", "-").expect(0).bytes());
    unicache("remove", "piped");
    String gone = failure("retrieve", "piped", "-");
    assertTrue(gone.contains("piped"), gone);
  }

  private void checkStats() {
    JsonNode stats = mounted.cli().run("stats", "--json").json();
    assertEquals(3, stats.path("files").asInt(), stats.toString());
    assertEquals(4, stats.path("uniqueBlocks").asInt(), stats.toString());
    assertEquals(2 * 2_500_000 + 700_000, stats.path("logicalBytes").asLong(), stats.toString());
    assertEquals(2_500_000 + 700_000, stats.path("storedBytes").asLong(), stats.toString());
    assertEquals(2_500_000, stats.path("savedBytes").asLong(), stats.toString());
    assertEquals(1 << 20, stats.path("blockSize").asInt(), stats.toString());
    assertTrue(stats.path("bytesOnDisk").asLong() >= 3_200_000, stats.toString());
    assertTrue(unicache("stats").contains("ratio"), "for people");
  }

  private void checkIndex(String id) {
    JsonNode index = mounted.cli().run("index").json();
    Map<String, JsonNode> blocks = new HashMap<>();
    long bytes = 0;
    for (JsonNode block : index.path("blocks")) {
      blocks.put(block.path("hash").asText(), block);
      bytes += block.path("length").asLong();
      assertTrue(block.path("references").asLong() >= 1, block.toString());
      assertEquals(0, block.path("offset").asLong() % 4096, block.toString());
    }
    assertEquals(4, blocks.size());
    assertEquals(3_200_000, bytes);
    List<String> names = new ArrayList<>();
    for (JsonNode file : index.path("files")) {
      file.path("names").forEach(name -> names.add(name.asText()));
      long size = 0;
      for (JsonNode block : file.path("blocks")) {
        size += blocks.get(block.asText()).path("length").asLong();
      }
      assertEquals(file.path("size").asLong(), size, file.toString());
    }
    assertTrue(
        names.containsAll(List.of("id:" + id, "id:mine", "/models/second.bin")), names::toString);
  }

  private void checkErrors(Path out) throws Exception {
    byte[] before = Files.readAllBytes(out);
    String missing = failure("retrieve", "no-such-file", out);
    assertTrue(missing.contains("no-such-file"), missing);
    assertArrayEquals(before, Files.readAllBytes(out), "what was there stays");
    assertTrue(failure("store", mounted.outside().resolve("nowhere")).contains("nowhere"));
    assertTrue(failure("store", mounted.outside()).contains("directory"));
    assertTrue(failure("store", second, "--id", "mine").contains("mine"), "taken");
    assertTrue(failure("store", first, "--as", "/models/second.bin").contains("second.bin"));
    assertTrue(failure("remove", "/no/such/path").contains("/no/such/path"));
    assertTrue(failure("ls", "/no/such/path").contains("/no/such/path"));
    assertTrue(failure("store", second, "--id", "a/b").contains("a/b"));
    String unwritable = failure("retrieve", "mine", mounted.outside().resolve("no/such/dir"));
    assertTrue(unwritable.contains("no/such"), unwritable);
  }

  @Test
  void wrongUsage() {
    for (String words :
        List.of("", "nonsense", "store", "retrieve x", "mount", "stats --nonsense")) {
      Object[] arguments = words.isEmpty() ? new Object[0] : words.split(" ", -1);
      Result result = mounted.cli().run(arguments).expect(2);
      assertFalse(result.errors().isBlank(), "says what is wrong: " + words);
      assertFalse(result.errors().contains("\tat "), result::toString);
    }
    assertFalse(Files.exists(mounted.store()), "no store is made by that");
  }

  @Test
  void noStoreIsMadeByAsking() {
    for (String command : List.of("stats", "ls", "info", "index", "gc")) {
      String reason = failure(command);
      assertTrue(reason.contains(mounted.store().toString()), reason);
    }
    assertFalse(Files.exists(mounted.store()));
  }

  @Test
  void helpHasExamples() {
    assertTrue(unicache("--help").contains("mount"));
    for (String command : List.of("mount", "store", "download")) {
      String help = unicache(command, "--help");
      assertTrue(help.contains("Example"), help);
      assertTrue(help.contains("unicache " + command), help);
    }
  }

  @Test
  void fourAtOnceWaitForEachOther() throws Exception {
    List<Program.Running> running = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Path file = Files.write(mounted.outside().resolve("f" + i), Bytes.random(10 + i, 1_500_000));
      running.add(mounted.cli().command("store", file, "--id", "file" + i).start());
    }
    List<Result> results = running.stream().map(Program.Running::await).toList();
    for (int i = 0; i < 4; i++) {
      assertEquals("file" + i, results.get(i).expect(0).text());
    }
    assertEquals(4, mounted.cli().run("stats", "--json").json().path("files").asInt());
  }

  @Test
  void readOnlyMount() throws Exception {
    unicache("store", first, "--as", "/first.bin");
    mounted.mount("--read-only");
    Program.of("cmp", first, mounted.root().resolve("first.bin")).run().expect(0);
    for (String script :
        List.of(
            "echo x >new",
            "rm first.bin",
            "mkdir d",
            "mv first.bin b",
            "echo >>first.bin",
            "chmod 600 first.bin",
            "ln first.bin c")) {
      Result result = Program.script(script).in(mounted.root()).run();
      assertTrue(result.errors().contains("Read-only file system"), result::toString);
    }
    assertTrue(failure("store", second).contains("read-only"));
    assertEquals("first.bin", unicache("ls"));
  }

  @Test
  void blockSize() throws Exception {
    mounted.mount("--block-size", "64K");
    Files.write(mounted.root().resolve("file"), Bytes.random(4, 300_000));
    assertEquals(5, mounted.stats().path("uniqueBlocks").asInt(), mounted.stats().toString());
    assertEquals(65536, mounted.stats().path("blockSize").asInt());
    mounted.restart();
    assertEquals(65536, mounted.stats().path("blockSize").asInt(), "a store keeps its block size");
    mounted.unmount();
    String other = failure("mount", mounted.root(), "--block-size", "1M");
    assertTrue(other.contains("65536"), other);
    Path store = mounted.outside().resolve("other");
    Result odd =
        mounted.cli().run("mount", mounted.root(), "--block-size", "100000", "--store", store);
    assertFalse(odd.exit() == 0, odd::toString);
    assertFalse(mounted.isMounted());
  }

  @Test
  void foreground() throws Exception {
    Program.Running mount = mounted.cli().command("mount", "-f", mounted.root()).start();
    try {
      Waiting.until(mounted::isMounted, () -> "not mounted");
      Waiting.until(() -> Files.exists(mounted.root().resolve(".unicache")), () -> "not usable");
      Files.writeString(mounted.root().resolve("file"), "text");
      assertTrue(mount.isAlive());
      mounted.unmount();
      assertEquals(0, mount.await().exit());
    } finally {
      mount.kill();
    }
    assertEquals("file", unicache("ls"));
  }

  /** Ctrl-C, or the end of the machine's session. */
  @Test
  void termUnmountsInOrder() throws Exception {
    mounted.mount();
    Files.write(mounted.root().resolve("file"), Bytes.random(5, 1_234_567));
    ProcessHandle daemon = mounted.daemon().orElseThrow();
    assertTrue(daemon.destroy());
    Waiting.until(() -> !daemon.isAlive() && !mounted.isMounted(), () -> "it stays");
    Path out = mounted.outside().resolve("out");
    unicache("retrieve", "/file", out);
    assertArrayEquals(Bytes.random(5, 1_234_567), Files.readAllBytes(out));
  }

  /** A pipeline waits for all who have its end open: the daemon must not. */
  @Test
  void theDaemonLetsGoOfItsCallersPipe() throws Exception {
    String said =
        Program.script("\"$1\" mount \"$2\" | cat", Cli.launcher(), mounted.root())
            .with("UNICACHE_STORE", mounted.store().toString())
            .run()
            .expect(0)
            .text();
    assertTrue(said.contains(mounted.store().toString()), "says where the store is: " + said);
    assertTrue(mounted.isMounted());
    assertFalse(
        new String(Files.readAllBytes(Path.of("/proc/self/mountinfo")), StandardCharsets.UTF_8)
            .isEmpty());
  }
}

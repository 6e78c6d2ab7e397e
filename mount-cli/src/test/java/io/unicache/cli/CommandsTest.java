package io.unicache.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.unicache.cli.CliRunner.Result;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on real stores without a daemon. */
class CommandsTest {

  @TempDir Path directory;
  private Path store;
  private Path file;
  private byte[] bytes;

  @BeforeEach
  void makeFile() throws IOException {
    store = directory.resolve("store");
    bytes = new byte[100_000];
    new Random(3).nextBytes(bytes);
    file = Files.write(directory.resolve("a.bin"), bytes);
  }

  private Result run(String... args) {
    return new CliRunner(store).run(args);
  }

  private String done(String... args) {
    Result result = run(args);
    assertEquals(new Result(Main.DONE, result.out(), ""), result);
    return result.out();
  }

  private void fails(int status, String message, String... args) {
    Result result = run(args);
    assertEquals(status, result.status(), result.err());
    assertTrue(result.err().startsWith("unicache: "), result.err());
    assertTrue(result.err().contains(message), result.err());
    assertEquals(status, result.err().lines().count(), "one line; usage errors have a hint too");
  }

  @Test
  void storesAndRetrievesByEveryName() throws IOException {
    String id = done("store", file.toString()).strip();
    assertEquals(64, id.length());
    assertEquals("mine\n", done("store", file.toString(), "--id", "mine"));
    assertEquals(id + "\n", done("store", file.toString(), "--as", "dir/x.bin"));
    for (String name : List.of(id, id.substring(0, 6), "mine", "/dir/x.bin")) {
      Path out = directory.resolve("out");
      done("retrieve", name, out.toString());
      assertArrayEquals(bytes, Files.readAllBytes(out));
      Files.delete(out);
    }
  }

  @Test
  void retrievesIntoADirectoryUnderItsOwnName() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    done("store", file.toString(), "--as", "/x/");
    Path out = Files.createDirectory(directory.resolve("out"));
    done("retrieve", "/x/a.bin", out.toString());
    assertEquals(-1, Files.mismatch(file, out.resolve("a.bin")));
    assertEquals(
        PosixFilePermissions.fromString("rwx------"),
        Files.getPosixFilePermissions(out.resolve("a.bin")));
  }

  @Test
  void storesStandardInputAndWritesStandardOutput() {
    byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
    Result stored = new CliRunner(store).withInput(text).run("store", "-", "--as", "/h.txt");
    assertEquals(Main.DONE, stored.status(), stored.err());
    assertEquals("hello", done("retrieve", "/h.txt", "-"));
  }

  @Test
  void storesSeveralFilesIntoADirectory() throws IOException {
    Path other = Files.writeString(directory.resolve("b.txt"), "b");
    String out = done("store", file.toString(), other.toString(), "--as", "/d");
    assertEquals(2, out.lines().count());
    assertTrue(out.contains("  " + other), out);
    assertEquals("a.bin\nb.txt\n", done("ls", "/d"));
    String details = done("ls", "-l", "d");
    assertTrue(details.startsWith("-rw-"), details);
    assertTrue(details.contains("97.7 KiB"), details);
  }

  @Test
  void existingFilesAreReplacedOnlyIfWanted() {
    done("store", file.toString(), "--as", "/x");
    fails(Main.FAILED, "already", "store", file.toString(), "--as", "/x");
    done("store", file.toString(), "--as", "/x", "--replace");
  }

  @Test
  void removesWhatItCanAndTellsWhatItCannot() {
    done("store", file.toString(), "--id", "mine");
    Result result = run("remove", "nothing", "mine");
    assertEquals(Main.FAILED, result.status());
    assertEquals(
        "removed mine, freed 100 KiB (102400 bytes)\nfreed 100 KiB (102400 bytes) in all\n",
        result.out());
    assertTrue(result.err().startsWith("unicache: ") && result.err().contains("nothing"));
    assertEquals("", done("ls", "--ids"));
  }

  @Test
  void statsAreForPeopleOrExact() throws IOException {
    done("store", file.toString(), "--id", "one");
    done("store", file.toString(), "--id", "two");
    String text = done("stats");
    assertTrue(text.contains("saved          97.7 KiB"), text);
    JsonNode json = new ObjectMapper().readTree(done("stats", "--json"));
    assertEquals(200_000, json.path("logicalBytes").asLong());
    assertEquals(100_000, json.path("savedBytes").asLong());
    assertEquals(2.0, json.path("ratio").asDouble());
  }

  @Test
  void infoAndIndexAreJson() throws IOException {
    done("store", file.toString(), "--as", "/x");
    JsonNode info = new ObjectMapper().readTree(done("info", "--json"));
    assertEquals(store.toString(), info.path("store").asText());
    assertTrue(info.path("mountPoint").isNull());
    assertTrue(done("info").contains("mounted at   nowhere"));

    JsonNode index = new ObjectMapper().readTree(done("index"));
    assertEquals(1, index.path("blocks").size());
    assertEquals("/x", index.path("files").get(0).path("names").get(0).asText());
    assertEquals(
        index.path("blocks").get(0).path("hash"), index.path("files").get(0).path("blocks").get(0));
  }

  @Test
  void anEmptyStoresIndexIsComplete() throws IOException {
    done("store", file.toString(), "--id", "one");
    done("remove", "one");
    done("gc");
    JsonNode index = new ObjectMapper().readTree(done("index"));
    assertTrue(index.path("blocks").isArray() && index.path("files").isArray());
  }

  @Test
  void gcAndSyncWork() {
    done("store", file.toString());
    assertEquals("", done("sync"));
    assertTrue(done("gc").startsWith("freed "));
  }

  @Test
  void readingAStoreThatIsNotThereFailsAndMakesNone() {
    for (String command : List.of("stats", "info", "index", "ls", "gc", "check", "sync")) {
      fails(Main.FAILED, "there is no store at " + store, command);
    }
    fails(Main.FAILED, "there is no store", "retrieve", "x", "y");
    assertFalse(Files.exists(store));
  }

  @Test
  void whatCannotBeMountedIsSaidAtOnce() {
    fails(Main.FAILED, "cannot mount on /", "mount", "/");
    Result result = new CliRunner(store.resolve("a,b")).run("mount", directory + "/m");
    assertEquals(Main.FAILED, result.status());
    assertTrue(result.err().contains("comma"), result.err());
  }

  @Test
  void aDirectoryOfOtherThingsIsLeftAsItIs() throws IOException {
    Path letters = Files.createDirectory(directory.resolve("letters"));
    Files.writeString(letters.resolve("a.txt"), "dear");
    Path mountPoint = directory.resolve("m");
    Result result = new CliRunner(letters).run("mount", mountPoint.toString());
    assertEquals(Main.FAILED, result.status());
    assertTrue(result.err().contains("not a store"), result.err());
    assertFalse(Files.exists(letters.resolve("log")));
    assertFalse(Files.exists(mountPoint));
  }

  @Test
  void wrongUsage() {
    fails(Main.WRONG_USAGE, "bogus", "bogus");
    fails(Main.WRONG_USAGE, "FILE", "store");
    fails(Main.WRONG_USAGE, "--id names one file", "store", "a", "b", "--id", "x");
    fails(Main.WRONG_USAGE, "once", "store", "-", "-");
    fails(Main.WRONG_USAGE, "no name", "store", "-", "--as", "/x/");
    fails(Main.WRONG_USAGE, "name", "download", "http://host/", "--as", "/x/");
    fails(Main.WRONG_USAGE, "not a size", "mount", "x", "--block-size", "huge");
    fails(Main.WRONG_USAGE, "--repair", "check", "--from", "x");
    fails(Main.WRONG_USAGE, "--nothing", "ls", "--nothing");
    assertEquals(Main.WRONG_USAGE, run().status());
    assertFalse(Files.exists(store));
  }

  @Test
  void everyCommandHasHelpWithAnExample() {
    for (String command :
        List.of(
            "mount",
            "umount",
            "store",
            "retrieve",
            "remove",
            "download",
            "ls",
            "stats",
            "info",
            "index",
            "gc",
            "check",
            "sync",
            "version")) {
      String help = done(command, "--help");
      assertTrue(help.contains("Example") && help.contains("unicache " + command), help);
    }
    assertTrue(done("--help").contains("Examples:"));
    assertEquals("unicache 0.1.0\n", done("version"));
    assertEquals("unicache 0.1.0\n", done("--version"));
  }

  @Test
  void filesThatAreNotThereAreNamed() {
    fails(Main.FAILED, "none", "store", directory.resolve("none").toString());
    fails(Main.FAILED, "directory", "store", directory.toString());
  }

  @Test
  void aDownloadThatFailsIsOneLine() {
    fails(Main.FAILED, "127.0.0.1", "download", "http://127.0.0.1:1/x");
    assertEquals("", done("ls", "--ids"));
  }

  @Test
  void aTraceIsShownOnlyWhenWanted() {
    Services broken =
        config -> {
          throw new CacheException.Busy("two\nlines");
        };
    CliRunner runner = new CliRunner(store, broken, new FakeMounter());
    assertEquals("unicache: two lines\n", runner.run("stats").err());
    String traced = runner.run("stats", "--debug").err();
    assertTrue(traced.contains("\tat "), traced);
  }

  @Test
  void internalErrorsSaySo() {
    Services broken =
        config -> {
          throw new IllegalStateException("bug");
        };
    Result result = new CliRunner(store, broken, new FakeMounter()).run("stats");
    assertEquals(Main.FAILED, result.status());
    assertTrue(result.err().startsWith("unicache: internal error"), result.err());
  }

  @Test
  void controlCharactersDoNotReachATerminal() {
    done("store", file.toString(), "--as", "/a\u001b[31m");
    assertEquals("a\u001b[31m\n", done("ls"));
    assertEquals("a?[31m\n", new CliRunner(store).onTerminal().run("ls").out());
  }
}

package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The directory .unicache of a mount. */
class ControlIT {

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  private static Path control(String name) {
    return MOUNT.store().root().resolve(".unicache").resolve(name);
  }

  private static Program script(String text) {
    return Program.script(text).in(MOUNT.store().root());
  }

  @Test
  void isHiddenAndComplete() {
    assertFalse(script("ls").run().expect(0).lines().contains(".unicache"));
    assertTrue(script("ls -a").run().expect(0).lines().contains(".unicache"));
    assertEquals(
        List.of("by-id", "control", "stats", "version"), script("ls .unicache").run().lines());
  }

  @Test
  void statsAndVersion() throws Exception {
    byte[] bytes = Bytes.random(1, 1_500_000);
    long before = MOUNT.store().storedBytes();
    Files.write(MOUNT.directory().resolve("file"), bytes);
    assertEquals(before + bytes.length, MOUNT.store().storedBytes(), "at once");
    JsonNode stats = new ObjectMapper().readTree(script("cat .unicache/stats").run().bytes());
    for (String name :
        List.of(
            "files",
            "uniqueBlocks",
            "logicalBytes",
            "storedBytes",
            "savedBytes",
            "ratio",
            "bytesOnDisk",
            "blockSize")) {
      assertTrue(stats.path(name).isNumber(), name + " in " + stats);
    }
    JsonNode told = MOUNT.store().cli().run("stats", "--json").json();
    assertEquals(told.path("storedBytes"), stats.path("storedBytes"));
    String version = MOUNT.store().cli().output("version");
    assertTrue(version.contains(Files.readString(control("version")).strip()), version);
  }

  @Test
  void filesById() throws Exception {
    byte[] bytes = Bytes.random(2, 2_100_000);
    Path file = Files.write(MOUNT.directory().resolve("file"), bytes);
    String id = Program.output("getfattr", "--only-values", "-n", "user.unicache.id", file);
    Path byId = control("by-id").resolve(id);
    assertArrayEquals(bytes, Files.readAllBytes(byId));
    Program.of("cmp", file, byId).run().expect(0);
    assertTrue(script("ls .unicache/by-id").run().lines().contains(id));
    assertEquals("444", Program.output("stat", "-c", "%a", byId));

    Path outside = Files.write(MOUNT.outside().resolve("outside"), Bytes.random(3, 50_000));
    MOUNT.store().cli().output("store", outside, "--id", "my own");
    Program.of("cmp", outside, control("by-id").resolve("my own")).run().expect(0);
    MOUNT.store().cli().output("remove", "my own");
    Waiting.until(
        () -> !Files.exists(control("by-id").resolve("my own")), () -> "it is still there");

    Files.delete(file);
    // The kernel tells of a last close, and forgets an inode, a moment later.
    Waiting.until(() -> !Files.exists(byId), () -> "no file has that content any more");
  }

  @Test
  void cannotBeChanged() throws Exception {
    Path file = Files.writeString(MOUNT.directory().resolve("file"), "some text");
    String id = Program.output("getfattr", "--only-values", "-n", "user.unicache.id", file);
    for (String change :
        List.of(
            "rm -rf .unicache",
            "rmdir .unicache",
            "mv .unicache other",
            "mkdir .unicache",
            "touch .unicache/new",
            "rm .unicache/stats",
            "rm -f .unicache/by-id/" + id,
            "mv .unicache/version .",
            "ln .unicache/version linked",
            "mv cannotBeChanged/file .unicache/",
            "mkdir .unicache/by-id/new",
            "echo x >>.unicache/by-id/" + id,
            "echo x >.unicache/version",
            "chmod 777 .unicache/by-id/" + id)) {
      Result result = script(change).run();
      assertFalse(result.exit() == 0, () -> "succeeded: " + result);
      assertTrue(result.errors().lines().count() > 0, result::toString);
    }
    assertEquals("some text", Files.readString(control("by-id").resolve(id)));
    assertEquals("some text", Files.readString(file));
    assertTrue(Files.exists(control("version")));
  }

  @Test
  void commands() throws Exception {
    script("echo sync >.unicache/control").run().expect(0);
    script("echo '{\"command\": \"gc\"}' >>.unicache/control").run().expect(0);
    Waiting.until(
        () -> {
          List<JsonNode> states = states();
          return states.stream().anyMatch(state -> is(state, "sync", "done"))
              && states.stream().anyMatch(state -> is(state, "gc", "done"));
        },
        () -> "the commands are not done");
  }

  @Test
  void malformedCommandsAreRefused() throws Exception {
    for (String line :
        List.of(
            "nonsense",
            "download",
            "sync now please",
            "{\"command\": ",
            "download nowhere",
            "download http://127.0.0.1/x .unicache/y")) {
      Result result =
          Program.script("printf '%s\\n' \"$1\" >.unicache/control", line)
              .in(MOUNT.store().root())
              .run();
      assertFalse(result.exit() == 0, () -> "accepted: " + result);
      assertTrue(result.errors().contains("Invalid argument"), result::toString);
      JsonNode last = states().get(states().size() - 1);
      assertEquals("failed", last.path("state").asText(), last.toString());
      assertEquals(line.strip(), last.path("command").asText());
      assertFalse(last.path("error").asText().isBlank(), "the reason is there: " + last);
    }
  }

  private static boolean is(JsonNode state, String command, String name) {
    return state.path("command").asText().equals(command)
        && state.path("state").asText().equals(name);
  }

  /** Returns the commands that control tells of. */
  private static List<JsonNode> states() throws Exception {
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> states = new java.util.ArrayList<>();
    for (String line : Files.readAllLines(control("control"))) {
      states.add(json.readTree(line));
    }
    return states;
  }
}

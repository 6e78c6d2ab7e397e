package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store has one owner, and nobody else gets at it. */
class OwnerIT {

  private static final int STRANGER = 54_321;

  private MountedStore mounted;

  @BeforeEach
  void make() throws IOException {
    mounted = MountedStore.unmounted();
  }

  @AfterEach
  void close() throws IOException {
    mounted.close();
  }

  @Test
  void aStoreIsMountedOnce() throws IOException {
    mounted.mount();
    Path second = Files.createDirectory(mounted.outside().resolve("second"));
    refused(mounted.cli().run("mount", second), "already");
    assertFalse(MountedStore.isMountPoint(second));
    Files.writeString(mounted.root().resolve("f"), "x");
  }

  @Test
  void afterACrashItIsTakenOver() throws Exception {
    mounted.mount();
    byte[] bytes = Bytes.random(1, 100_000);
    Files.write(mounted.root().resolve("f"), bytes);
    mounted.kill();
    assertTrue(Files.size(mounted.store().resolve("lock")) > 0, "it says who it was");
    mounted.mount();
    assertArrayEquals(bytes, Files.readAllBytes(mounted.root().resolve("f")));
  }

  /** The number in the lock is that of a living process, which is not UniCache. */
  @Test
  void aStaleLockOfAnotherProcessOrHostIsTakenOver() throws IOException {
    mounted.mount();
    mounted.unmount();
    for (String host : List.of(Program.output("hostname"), "elsewhere")) {
      Files.writeString(mounted.store().resolve("lock"), "{\"pid\":1,\"host\":\"" + host + "\"}\n");
      mounted.mount();
      Files.writeString(mounted.root().resolve("f"), "x");
      mounted.unmount();
    }
  }

  @Test
  void aNewerStoreAndADirectoryOfOthersAreRefused() throws IOException {
    mounted.mount();
    mounted.unmount();
    Path format = mounted.store().resolve("store.json");
    String text = Files.readString(format);
    Files.writeString(format, text.replaceFirst("\"format\" : \\d+", "\"format\" : 99"));
    refused(mounted.cli().run("mount", mounted.root()), "format 99");
    Files.writeString(format, text);
    mounted.mount();
    Path letters = Files.createDirectory(mounted.outside().resolve("letters"));
    Files.writeString(letters.resolve("letter"), "mine");
    refused(new Cli(letters).run("mount", mounted.outside().resolve("m")), "not a store");
    assertEquals("letter", Program.output("ls", "-A", letters));
  }

  @Test
  void storeAndSocketArePrivateAndSetUserIdIsOff() throws IOException {
    mounted.mount();
    assertEquals("700", Program.output("stat", "-c", "%a", mounted.store()));
    Path socket = mounted.store().resolve("daemon.sock");
    if (Files.exists(socket)) { // else the path was too long for it
      assertEquals("600", Program.output("stat", "-c", "%a", socket));
    }
    String options = Program.output("findmnt", "-n", "-o", "OPTIONS", mounted.root());
    assertTrue(options.contains("nosuid") && options.contains("nodev"), options);
    assertFalse(options.contains("allow_other"), options);
    if (Program.output("id", "-u").equals("0")) {
      Program.of("mount", "-o", "remount,bind,suid", mounted.root()).run().expect(0);
      String changed = Program.output("findmnt", "-n", "-o", "OPTIONS", mounted.root());
      assertFalse(changed.contains("nosuid"), changed);
    }
  }

  @Test
  void anotherUserGetsNowhere() throws IOException {
    assumeTrue(Program.output("id", "-u").equals("0"), "only root can become someone else");
    assumeTrue(Program.exists("setpriv"));
    mounted.mount();
    Files.writeString(mounted.root().resolve("f"), "x");
    assertNotEquals(0, stranger("cat f", mounted.root()).exit());
    assertNotEquals(0, stranger("ls", mounted.store()).exit());
    assertNotEquals(0, stranger("cat store.json", mounted.store()).exit());
    mounted.unmount();
    mounted.mount("--allow-other");
    stranger("cat f", mounted.root()).expect(0);
    assertNotEquals(0, stranger("echo gc > .unicache/control", mounted.root()).exit());
    // Not even if the tree is given to them.
    Program.of("chown", STRANGER, mounted.root()).run().expect(0);
    assertNotEquals(0, stranger("echo gc > .unicache/control", mounted.root()).exit());
    Path control = mounted.root().resolve(".unicache/control");
    Files.writeString(control, "gc\n");
    assertFalse(Files.readString(control, StandardCharsets.UTF_8).isEmpty());
  }

  /** Starts where no other user could get to. */
  private static Result stranger(String script, Path directory) {
    return Program.of(
            "setpriv",
            "--reuid=" + STRANGER,
            "--regid=" + STRANGER,
            "--clear-groups",
            "bash",
            "-c",
            script)
        .in(directory)
        .run();
  }

  /** It fails, and says in one line why. */
  private static void refused(Result result, String why) {
    assertNotEquals(0, result.exit(), result::toString);
    assertTrue(result.errors().contains(why), result::toString);
    assertEquals(1, result.errors().strip().split("\n", -1).length, result::toString);
  }
}

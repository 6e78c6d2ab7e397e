package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What outlives a mount, ended in order or not. */
class RemountIT {

  /** Makes one of everything in the present directory. */
  private static final String MAKE =
      """
      mkdir -p dir/sub empty
      head -c 2500000 /dev/urandom >dir/data
      : >dir/nothing
      truncate -s 5M sparse; printf end >>sparse
      for i in $(seq 200); do echo "$i" >"dir/sub/$i"; done
      ln dir/data hard
      ln -s dir/data soft
      mkfifo pipe
      chmod 640 dir/data
      chmod 1750 dir/sub
      setfattr -n user.note -v 'a note' dir/data
      setfattr -n user.dir -v yes dir
      touch -d '2004-04-04 04:04:04.444444444 UTC' dir/data
      touch -d '2005-05-05 05:05:05 UTC' dir/sub
      """;

  /** Tells everything of the tree, directory order aside. */
  private static final String TELL =
      """
      find . -mindepth 1 -path ./.unicache -prune -o -printf '%p|%y|%m|%n|%U|%G|%s|%T@|%l|%i\\n' | sort
      find . -path ./.unicache -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
      find . -path ./.unicache -prune -o \\( -type f -o -type d \\) -print0 | sort -z | xargs -0 getfattr -d -m -
      """;

  private MountedStore mounted;

  @BeforeEach
  void mount() throws Exception {
    mounted = MountedStore.mounted();
  }

  @AfterEach
  void close() throws Exception {
    mounted.close();
  }

  private String sh(String script) {
    return Program.script(script).in(mounted.root()).run().expect(0).text();
  }

  @Test
  void fileHandlesAreGoodInTheNextMount() throws Exception {
    assumeTrue(Program.output("id", "-u").equals("0"), "opening by handle takes root");
    assumeFalse(ComparedMount.LIBFUSE, "libfuse 2 numbers its files anew in each mount");
    sh(MAKE);
    Path program = SystemCalls.compile("syscalls", mounted.outside());
    List<String> names = List.of("dir/data", "dir/sub", "dir/sub/7", ".");
    Map<String, String> inodes = new LinkedHashMap<>();
    String gone;
    try (SystemCalls calls = SystemCalls.start(program, mounted.root())) {
      for (String name : names) {
        inodes.put(calls.ok("handle " + name), calls.ok("inode " + name));
      }
      gone = calls.ok("handle dir/nothing");
      calls.ok("unlink dir/nothing");
    }
    mounted.restart();
    try (SystemCalls calls = SystemCalls.start(program, mounted.root())) {
      for (Map.Entry<String, String> each : inodes.entrySet()) {
        assertEquals(each.getValue(), calls.ok("openhandle 1 " + each.getKey() + " RDONLY"));
      }
      assertEquals("ESTALE", calls.call("openhandle 2 " + gone + " RDONLY"));
    }
  }

  @Test
  void everythingIsThereAgain() throws Exception {
    sh(MAKE);
    String before = sh(TELL);
    mounted.restart();
    assertEquals(before, sh(TELL));
    mounted.restart();
    assertEquals(before, sh(TELL), "and once more");
  }

  @Test
  void busyMountIsNotUnmounted() throws Exception {
    byte[] bytes = Bytes.random(1, 3_000_000);
    Path file = mounted.root().resolve("file");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes, 0, 2_000_000));
      String reason = mounted.cli().run("umount", mounted.root()).failure();
      assertTrue(reason.contains("busy") || reason.contains("in use"), reason);
      assertTrue(mounted.isMounted());
      channel.write(ByteBuffer.wrap(bytes, 2_000_000, 1_000_000));
    }
    mounted.restart();
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void killedInTheMiddleOfACopy() throws Exception {
    sh(MAKE);
    sh("sync dir/data sparse dir/sub/*");
    String before = sh(TELL);
    long stored = mounted.storedBytes();
    Path open = mounted.root().resolve("open");
    Program.Running copy =
        Program.script("head -c 4G /dev/urandom >copying").in(mounted.root()).start();
    FileChannel channel =
        FileChannel.open(open, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      channel.write(ByteBuffer.wrap(Bytes.random(2, 5_000_000)));
      Path copying = mounted.root().resolve("copying");
      Waiting.until(
          () -> Files.exists(copying) && Files.size(copying) > 20 << 20, () -> "nothing is copied");
      mounted.kill();
    } finally {
      assertThrows(IOException.class, channel::close, "nobody is there to close it");
    }
    assertFalse(copy.await().exit() == 0, "the copy cannot have succeeded");

    mounted.mount();
    assertEquals("", sh("mkdir -p after; rmdir after"), "it can be written to");
    sh("rm -f open copying");
    assertEquals(before, sh(TELL), "what was closed before is intact");
    mounted.cli().output("gc");
    Waiting.until(
        () -> mounted.storedBytes() == stored, () -> "the copy that was lost takes space");
    long packs = mounted.packBytes();
    assertTrue(packs < stored + (8 << 20), packs + " bytes on the disk for " + stored);
    mounted.restart();
    assertEquals(before, sh(TELL));
  }

  @Test
  void killedRightAfterClosing() throws Exception {
    sh(MAKE);
    String before = sh(TELL);
    mounted.kill();
    mounted.mount();
    assertEquals(before, sh(TELL), "the kernel has what a killed daemon has written");
  }

  @Test
  void commandsWorkAfterACrash() throws Exception {
    byte[] bytes = Bytes.random(3, 1_500_000);
    Files.write(mounted.root().resolve("file"), bytes);
    mounted.kill();
    Path out = mounted.outside().resolve("out");
    mounted.cli().output("retrieve", "/file", out);
    assertArrayEquals(bytes, Files.readAllBytes(out));
    mounted.cli().run("umount", mounted.root()).expect(0);
    assertFalse(mounted.isMounted(), "the dead mount is gone");
  }

  @Test
  void whereNothingCanBeMounted() throws Exception {
    String again = mounted.cli().run("mount", mounted.root(), "--store", mounted.store()).failure();
    assertTrue(again.contains("mounted"), again);

    Path other = Files.createDirectory(mounted.outside().resolve("other"));
    String twice = mounted.cli().run("mount", other, "--store", mounted.store()).failure();
    assertTrue(twice.contains("mounted") || twice.contains("in use"), twice);

    Path store = mounted.outside().resolve("store2");
    Files.createFile(other.resolve("file"));
    String full = mounted.cli().run("mount", other, "--store", store).failure();
    assertTrue(full.contains("empty"), full);
    assertFalse(Files.exists(store.resolve("packs")), "no store is made for it");

    String file = mounted.cli().run("mount", other.resolve("file"), "--store", store).failure();
    assertTrue(file.contains("directory"), file);
    assertFalse(MountedStore.isMountPoint(other));
  }

  @Test
  void umountOfWhatIsNotMounted() throws Exception {
    Path other = Files.createDirectory(mounted.outside().resolve("other"));
    String reason = mounted.cli().run("umount", other).failure();
    assertTrue(reason.contains("is not a mount"), reason);
  }
}

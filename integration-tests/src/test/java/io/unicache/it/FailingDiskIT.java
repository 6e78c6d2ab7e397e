package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that answers EIO: nothing is changed any more, and what was safe is still there. */
class FailingDiskIT {

  private MountedStore mounted;
  private Path toggle;

  @BeforeEach
  void mount() throws Exception {
    mounted = MountedStore.unmounted();
    Path outside = mounted.outside();
    Path source = outside.resolve("failingdisk.c");
    try (var in = FailingDiskIT.class.getResourceAsStream("posix/failingdisk.c")) {
      Files.copy(in, source);
    }
    Path library = outside.resolve("failingdisk.so");
    Program.of("cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl").run().expect(0);
    toggle = outside.resolve("toggle");
    mounted.mount(Map.of("LD_PRELOAD", library, "FAILING_DISK", toggle));
  }

  @AfterEach
  void close() throws Exception {
    Files.deleteIfExists(toggle);
    mounted.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/store/packs/", "/store/meta/"})
  void theStoreBecomesReadOnly(String part) throws Exception {
    Path root = mounted.root();
    byte[] kept = Bytes.random(3 << 20, 1);
    Files.write(root.resolve("kept"), kept);
    mounted.cli().run("sync").expect(0);
    Files.write(toggle, part.getBytes(StandardCharsets.UTF_8));
    Result lost = write("lost");
    assertTrue(lost.exit() != 0, lost.toString());
    assertTrue(lost.errors().contains("Input/output error"), lost.errors());
    Files.delete(toggle); // It writes again, but nobody knows what it has lost.
    Result refused = write("refused");
    assertTrue(refused.errors().contains("Read-only file system"), refused.errors());
    assertArrayEquals(kept, Files.readAllBytes(root.resolve("kept")));
    Path source = mounted.outside().resolve("failingdisk.c");
    String why = mounted.cli().run("store", source).failure();
    assertTrue(why.contains("its disk failed"), why);
    String log = Files.readString(mounted.store().resolve("log/daemon.log"));
    assertTrue(log.contains("nothing is changed any more"), log);

    mounted.kill();
    Program.of("umount", "-l", root).run().expect(0);
    mounted.mount();
    assertArrayEquals(kept, Files.readAllBytes(root.resolve("kept")));
    write("again").expect(0);
    assertEquals(1 << 20, Files.size(root.resolve("again")));
  }

  private Result write(String name) {
    return Program.script("dd if=/dev/urandom of=\"$1\" bs=1M count=1 conv=fsync", name)
        .in(mounted.root())
        .run();
  }
}

package io.unicache.fs.fuse.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.mount.MountTable.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class MountTableTest {

  private static MountTable parse(String... lines) {
    return MountTable.parse(String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1));
  }

  private static final MountTable TABLE =
      parse(
          "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw",
          "23 22 0:5 / /proc rw - proc proc rw",
          "40 22 0:41 / /mnt/cache rw,nosuid - fuse.unicache unicache rw,user_id=0",
          "41 40 0:42 /sub /mnt/cache rw master:3 propagate_from:2 - tmpfs none rw",
          "42 22 0:43 / /mnt/cache2 rw - fuse.unicache my\\040source rw");

  @Test
  void readsTheFieldsOfALine() {
    assertEquals(
        new Mount(254, 0, Path.of("/"), "ext4", "/dev/vda"), TABLE.at(Path.of("/")).orElseThrow());
    assertEquals("proc", TABLE.at(Path.of("/proc")).orElseThrow().type());
    assertEquals("my source", TABLE.at(Path.of("/mnt/cache2")).orElseThrow().source());
  }

  @Test
  void theLaterMountCoversTheEarlier() {
    Mount top = TABLE.at(Path.of("/mnt/cache")).orElseThrow();
    assertEquals("tmpfs", top.type());
    assertFalse(top.isUniCache());
    assertTrue(TABLE.at(Path.of("/mnt/cache2")).orElseThrow().isUniCache());
  }

  @Test
  void findsTheMountThatAPathIsIn() {
    assertEquals("tmpfs", TABLE.containing(Path.of("/mnt/cache/a/b")).orElseThrow().type());
    assertEquals("ext4", TABLE.containing(Path.of("/mnt/cache22")).orElseThrow().type());
    assertEquals("ext4", TABLE.containing(Path.of("/mnt")).orElseThrow().type());
    assertTrue(parse().containing(Path.of("/mnt")).isEmpty());
  }

  @Test
  void undoesOctalEscapes() {
    assertEquals("a b\tc\nd\\e#f", MountTable.unescape("a\\040b\\011c\\012d\\134e\\043f"));
    assertEquals("\\04", MountTable.unescape("\\04"));
    assertEquals("\\", MountTable.unescape("\\"));
    assertEquals("\\999", MountTable.unescape("\\999"));
    assertEquals("\\400", MountTable.unescape("\\400"), "not a byte");
    assertEquals("\\040", MountTable.unescape("\\134040"));
  }

  @Test
  void decodesNamesAsTheJdkDoes() {
    Assumptions.assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")));
    byte[] line =
        "40 22 0:41 / /mnt/Zürich rw - fuse.unicache unicache rw".getBytes(StandardCharsets.UTF_8);
    assertTrue(MountTable.parse(line).at(Path.of("/mnt/Zürich")).isPresent());
  }

  @Test
  void leavesOutLinesThatAreNotInTheFormat() {
    assertEquals(
        1,
        parse(
                "",
                "nonsense",
                "1 2 x:y / / rw - ext4 dev rw",
                "1 2 3 / / rw - ext4 dev rw",
                "1 2 0:1 / /a rw no separator here",
                "1 2 0:1 / /a rw -",
                "1 2 0:1 / /ok rw - ext4 dev rw")
            .mounts()
            .size());
  }

  @Test
  void makesDeviceNumbersAsStatDoes() {
    assertEquals(0x29, new Mount(0, 41, Path.of("/"), "", "").device());
    assertEquals(0xfe00, new Mount(254, 0, Path.of("/"), "", "").device());
    assertEquals(0x12300045L | 0x1100, new Mount(0x11, 0x12345, Path.of("/"), "", "").device());
    assertEquals(1L << 44, new Mount(0x1000, 0, Path.of("/"), "", "").device());
  }

  @Test
  void readsTheTableOfThisProcess() throws IOException {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/mountinfo")));
    Mount proc = MountTable.read().at(Path.of("/proc")).orElseThrow();
    assertEquals(Files.getAttribute(Path.of("/proc"), "unix:dev"), proc.device());
  }
}

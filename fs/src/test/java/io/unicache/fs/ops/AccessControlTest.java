package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.ROOT_USER;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists and modes, kept in step. */
class AccessControlTest {

  private static final byte[] ACCESS = name("system.posix_acl_access");
  private static final byte[] DEFAULT = name("system.posix_acl_default");

  private static final byte[] MINIMAL = list("0100060000000000", "0400040000000000", "20000000");
  private static final byte[] EXTENDED =
      list("01000700ffffffff", "02000600e9030000", "04000500ffffffff", "10000700ffffffff", "2000");

  private static byte[] list(String... entries) {
    StringBuilder hex = new StringBuilder("02000000");
    for (String entry : entries) {
      hex.append(entry).append("0".repeat(16 - entry.length()));
    }
    return HexFormat.of().parseHex(hex);
  }

  @TempDir Path temporary;
  private TestFileSystem t;
  private StoreFileSystem fs;
  private long file;

  @BeforeEach
  void open() throws Exception {
    t = new TestFileSystem(temporary);
    fs = t.fs;
    file = t.file("a", bytes("hello"), ALICE);
  }

  @AfterEach
  void close() throws Exception {
    t.close();
  }

  @Test
  void listAndModeFollowEachOther() throws Exception {
    fs.setxattr(file, ACCESS, EXTENDED, 0, ALICE);
    assertArrayEquals(EXTENDED, fs.getxattr(file, ACCESS));
    assertEquals(0100770, fs.getattr(file).mode());
    fs.setattr(file, AttributeChange.mode(0640), ALICE);
    byte[] masked = fs.getxattr(file, ACCESS);
    assertEquals(4, masked[4 + 3 * 8 + 2], "the mask");
    assertEquals(5, masked[4 + 2 * 8 + 2], "the group itself");
    fs.removexattr(file, ACCESS, ALICE);
    fs.removexattr(file, ACCESS, ALICE);
    assertEquals(0100640, fs.getattr(file).mode());
    assertErrno(Errno.ENODATA, () -> fs.getxattr(file, ACCESS));
  }

  @Test
  void aListThatSaysNoMoreThanTheModeIsNotKept() throws Exception {
    fs.setxattr(file, ACCESS, EXTENDED, 0, ALICE);
    fs.setxattr(file, ACCESS, MINIMAL, 0, ALICE);
    assertEquals(0100640, fs.getattr(file).mode());
    assertErrno(Errno.ENODATA, () -> fs.getxattr(file, ACCESS));
  }

  @Test
  void newFilesInheritTheDefaultInsteadOfTheUmask() throws Exception {
    assertErrno(Errno.EACCES, () -> fs.setxattr(file, DEFAULT, EXTENDED, 0, ALICE));
    fs.setxattr(ROOT, DEFAULT, EXTENDED, 0, ROOT_USER);
    Caller masked = new Caller(1000, 1000, 0, 077);
    long made = fs.mknod(ROOT, name("made"), 0100664, 0, masked).inode();
    assertEquals(0100660, fs.getattr(made).mode());
    assertEquals(6, fs.getxattr(made, ACCESS)[4 + 3 * 8 + 2], "the mask");
    long directory = fs.mkdir(ROOT, name("sub"), 0755, masked).inode();
    assertArrayEquals(EXTENDED, fs.getxattr(directory, DEFAULT));
    fs.removexattr(ROOT, DEFAULT, ROOT_USER);
    assertEquals(0100600, fs.mknod(ROOT, name("plain"), 0100664, 0, masked).mode());
  }

  @Test
  void malformedListsAreRefused() {
    assertErrno(Errno.EINVAL, () -> fs.setxattr(file, ACCESS, bytes("xyz"), 0, ALICE));
  }
}

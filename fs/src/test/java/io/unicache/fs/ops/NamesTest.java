package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.ROOT_USER;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.unicache.store.meta.Timestamp;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamesTest {

  @TempDir Path temporary;
  private TestFileSystem t;
  private StoreFileSystem fs;

  @BeforeEach
  void open() throws Exception {
    t = new TestFileSystem(temporary);
    fs = t.fs;
  }

  @AfterEach
  void close() throws Exception {
    t.close();
  }

  @Test
  void readlinkMovesTheAccessTime() throws Exception {
    Attributes link = fs.symlink(ROOT, name("l"), "target", ALICE);
    t.clock.advance(Duration.ofMinutes(1));
    fs.readlink(link.inode());
    Attributes after = fs.getattr(link.inode());
    assertEquals(Timestamp.now(t.clock), after.accessed());
    assertEquals(link.changed(), after.changed());
  }

  @Test
  void lookupFindsWhatWasMade() throws Exception {
    long file = t.file("a", bytes("x"), ALICE);
    assertEquals(file, t.lookup("a").inode());
    assertErrno(Errno.ENOENT, () -> t.lookup("b"));
    assertErrno(Errno.ENOTDIR, () -> fs.lookup(file, name("b"), ALICE));
    assertErrno(Errno.ENAMETOOLONG, () -> t.lookup("n".repeat(256)));
  }

  @Test
  void dotsLeadToTheDirectoryAndItsParent() throws Exception {
    long outer = t.directory("outer", 0755, ALICE);
    long inner = fs.mkdir(outer, name("inner"), 0755, ALICE).inode();
    assertEquals(inner, fs.lookup(inner, name("."), ALICE).inode());
    assertEquals(outer, fs.lookup(inner, name(".."), ALICE).inode());
    assertEquals(ROOT, fs.lookup(ROOT, name(".."), ALICE).inode());
  }

  @Test
  void umaskAndOwnerOfNewFiles() throws Exception {
    Attributes made = fs.mknod(ROOT, name("a"), 0666, 0, ALICE);
    assertEquals(0100644, made.mode());
    assertEquals(1000, made.uid());
    assertEquals(1000, made.gid());
    assertEquals(0040755, fs.mkdir(ROOT, name("d"), 0777, ALICE).mode());
  }

  @Test
  void setGroupIdDirectoryHandsItsGroupOn() throws Exception {
    long shared = fs.mkdir(ROOT, name("shared"), 02777, new Caller(0, 77, 0, 0)).inode();
    assertEquals(77, fs.mknod(shared, name("f"), 0644, 0, ALICE).gid());
    Attributes sub = fs.mkdir(shared, name("d"), 0755, ALICE);
    assertEquals(77, sub.gid());
    assertEquals(0042755, sub.mode());
    Attributes tool = fs.mknod(shared, name("tool"), 02755, 0, ALICE);
    assertEquals(0100755, tool.mode(), "a stranger to the group makes no set-group-ID programs");
  }

  @Test
  void mknodMakesWhatItMay() throws Exception {
    assertEquals(0010644, fs.mknod(ROOT, name("fifo"), 0010644, 0, ALICE).mode());
    assertEquals(0140644, fs.mknod(ROOT, name("sock"), 0140644, 0, ALICE).mode());
    assertErrno(Errno.EPERM, () -> fs.mknod(ROOT, name("dev"), 0020644, 259, ALICE));
    assertEquals(259, fs.mknod(ROOT, name("dev"), 0020644, 259, ROOT_USER).device());
    assertErrno(Errno.EPERM, () -> fs.mknod(ROOT, name("dir"), 0040755, 0, ROOT_USER));
    assertErrno(Errno.EINVAL, () -> fs.mknod(ROOT, name("link"), 0120777, 0, ROOT_USER));
    assertErrno(Errno.EINVAL, () -> fs.mknod(ROOT, name("odd"), 0150777, 0, ROOT_USER));
    assertErrno(Errno.EEXIST, () -> fs.mknod(ROOT, name("fifo"), 0644, 0, ALICE));
  }

  @Test
  void symlinksKeepTheirTarget() throws Exception {
    Attributes link = fs.symlink(ROOT, name("l"), "a/b", ALICE);
    assertEquals(0120777, link.mode());
    assertEquals(3, link.size());
    assertEquals("a/b", fs.readlink(link.inode()));
    assertErrno(Errno.EINVAL, () -> fs.readlink(ROOT));
    assertErrno(Errno.ENOENT, () -> fs.symlink(ROOT, name("e"), "", ALICE));
    assertErrno(Errno.ENAMETOOLONG, () -> fs.symlink(ROOT, name("e"), "x".repeat(4096), ALICE));
    assertErrno(Errno.ELOOP, () -> fs.open(link.inode(), OpenFlags.READ_ONLY, ALICE));
  }

  @Test
  void hardLinksShareTheFile() throws Exception {
    long file = t.file("a", bytes("one"), ALICE);
    assertEquals(2, fs.link(file, ROOT, name("b"), ALICE).links());
    fs.unlink(ROOT, name("a"), ALICE);
    assertEquals(1, t.lookup("b").links());
    assertArrayEquals(bytes("one"), t.content(file));
    long directory = t.directory("d", 0755, ALICE);
    assertErrno(Errno.EPERM, () -> fs.link(directory, ROOT, name("e"), ALICE));
    assertErrno(Errno.EEXIST, () -> fs.link(file, ROOT, name("d"), ALICE));
  }

  @Test
  void unlinkAndRmdirKnowTheirTypes() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    t.file("f", bytes(""), ALICE);
    fs.mknod(directory, name("x"), 0644, 0, ALICE);
    assertErrno(Errno.EISDIR, () -> fs.unlink(ROOT, name("d"), ALICE));
    assertErrno(Errno.ENOTDIR, () -> fs.rmdir(ROOT, name("f"), ALICE));
    assertErrno(Errno.ENOTEMPTY, () -> fs.rmdir(ROOT, name("d"), ALICE));
    fs.unlink(directory, name("x"), ALICE);
    fs.rmdir(ROOT, name("d"), ALICE);
    assertErrno(Errno.ENOENT, () -> fs.rmdir(ROOT, name("d"), ALICE));
  }

  @Test
  void renameReplacesExchangesOrRefuses() throws Exception {
    long a = t.file("a", bytes("A"), ALICE);
    long b = t.file("b", bytes("B"), ALICE);
    assertErrno(
        Errno.EEXIST,
        () -> fs.rename(ROOT, name("a"), ROOT, name("b"), FileSystemOps.RENAME_NO_REPLACE, ALICE));
    fs.rename(ROOT, name("a"), ROOT, name("b"), FileSystemOps.RENAME_EXCHANGE, ALICE);
    assertEquals(b, t.lookup("a").inode());
    assertEquals(a, t.lookup("b").inode());
    fs.rename(ROOT, name("a"), ROOT, name("b"), 0, ALICE);
    assertEquals(b, t.lookup("b").inode());
    assertErrno(Errno.ENOENT, () -> t.lookup("a"));
    assertErrno(Errno.ESTALE, () -> fs.getattr(a));
    assertErrno(Errno.EINVAL, () -> fs.rename(ROOT, name("b"), ROOT, name("c"), 4, ALICE));
    assertNotEquals(a, b);
  }

  @Test
  void renameOfADirectoryIntoItselfIsRefused() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    assertErrno(Errno.EINVAL, () -> fs.rename(ROOT, name("d"), directory, name("e"), 0, ALICE));
  }

  @Test
  void dotsAreNamesOfDirectories() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    long file = fs.mknod(directory, name("f"), 0644, 0, ALICE).inode();
    assertEquals(directory, fs.lookup(directory, name("."), ALICE).inode());
    assertEquals(ROOT, fs.lookup(directory, name(".."), ALICE).inode());
    assertEquals(ROOT, fs.lookup(ROOT, name(".."), ALICE).inode());
    assertEquals(file, fs.lookup(file, name("."), ALICE).inode(), "as for any file handle");
    assertErrno(Errno.ENOTDIR, () -> fs.lookup(file, name(".."), ALICE));
    fs.unlink(directory, name("f"), ALICE);
    assertErrno(Errno.ESTALE, () -> fs.lookup(file, name("."), ALICE));
  }

  @Test
  void heldInodeOutlivesItsName() throws Exception {
    long file = t.file("a", bytes("kept"), ALICE);
    fs.hold(file);
    fs.hold(file);
    fs.unlink(ROOT, name("a"), ALICE);
    assertEquals(0, fs.getattr(file).links());
    assertArrayEquals(bytes("kept"), t.content(file));
    fs.drop(file, 2);
    assertErrno(Errno.ESTALE, () -> fs.getattr(file));
  }

  @Test
  void namesAreBytes() throws Exception {
    byte[] odd = {(byte) 0xff, (byte) 0xfe, 'x'};
    long inode = fs.mknod(ROOT, odd, 0644, 0, ALICE).inode();
    assertEquals(inode, fs.lookup(ROOT, odd, ALICE).inode());
    assertErrno(Errno.EINVAL, () -> fs.mknod(ROOT, name("a/b"), 0644, 0, ALICE));
  }
}

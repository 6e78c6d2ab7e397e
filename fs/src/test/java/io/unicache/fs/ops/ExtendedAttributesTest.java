package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BLOCK;
import static io.unicache.fs.ops.TestFileSystem.ROOT_USER;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExtendedAttributesTest {

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

  private void set(long inode, String name, String value, int flags, Caller caller)
      throws FileSystemException {
    fs.setxattr(inode, name(name), bytes(value), flags, caller);
  }

  private String get(long inode, String name) throws FileSystemException {
    return new String(fs.getxattr(inode, name(name)), StandardCharsets.UTF_8);
  }

  private List<String> names(long inode) throws FileSystemException {
    return fs.listxattr(inode, ALICE).stream()
        .map(name -> new String(name, StandardCharsets.UTF_8))
        .filter(name -> !VirtualAttributes.NAMES.contains(name))
        .toList();
  }

  @Test
  void setGetListRemove() throws Exception {
    set(file, "user.a", "1", 0, ALICE);
    set(file, "security.label", "2", 0, ROOT_USER);
    assertEquals("1", get(file, "user.a"));
    assertEquals(List.of("security.label", "user.a"), names(file));
    fs.removexattr(file, name("user.a"), ALICE);
    assertErrno(Errno.ENODATA, () -> get(file, "user.a"));
    assertErrno(Errno.ENODATA, () -> fs.removexattr(file, name("user.a"), ALICE));
  }

  @Test
  void flagsOfSetxattr() throws Exception {
    assertErrno(Errno.ENODATA, () -> set(file, "user.a", "1", FileSystemOps.XATTR_REPLACE, ALICE));
    set(file, "user.a", "1", FileSystemOps.XATTR_CREATE, ALICE);
    assertErrno(Errno.EEXIST, () -> set(file, "user.a", "2", FileSystemOps.XATTR_CREATE, ALICE));
    set(file, "user.a", "2", FileSystemOps.XATTR_REPLACE, ALICE);
    assertEquals("2", get(file, "user.a"));
    assertErrno(Errno.EINVAL, () -> set(file, "user.a", "3", 3, ALICE));
  }

  @Test
  void limits() {
    assertErrno(Errno.E2BIG, () -> fs.setxattr(file, name("user.a"), new byte[65537], 0, ALICE));
    assertErrno(Errno.ERANGE, () -> set(file, "user." + "n".repeat(251), "", 0, ALICE));
    assertErrno(Errno.EINVAL, () -> set(file, "user.", "", 0, ALICE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"system.posix_acl", "system.x", "other.x", "plain"})
  void unknownNamespaces(String name) {
    assertErrno(Errno.EOPNOTSUPP, () -> get(file, name));
    assertErrno(Errno.EOPNOTSUPP, () -> set(file, name, "", 0, ROOT_USER));
    assertErrno(Errno.EOPNOTSUPP, () -> fs.removexattr(file, name(name), ROOT_USER));
  }

  @Test
  void trustedIsForRoot() throws Exception {
    assertErrno(Errno.EPERM, () -> set(file, "trusted.a", "1", 0, ALICE));
    set(file, "trusted.a", "1", 0, ROOT_USER);
    assertEquals("1", get(file, "trusted.a"));
    assertErrno(Errno.EPERM, () -> fs.removexattr(file, name("trusted.a"), ALICE));
  }

  @Test
  void userAttributesAreForFilesAndDirectories() throws Exception {
    set(ROOT, "user.a", "1", 0, ROOT_USER);
    assertEquals(
        List.of(bytes("user.a").length),
        fs.listxattr(ROOT, ROOT_USER).stream().map(n -> n.length).toList());
    long link = fs.symlink(ROOT, name("l"), "x", ALICE).inode();
    assertErrno(Errno.EPERM, () -> set(link, "user.a", "1", 0, ALICE));
    assertErrno(Errno.ENODATA, () -> get(link, "user.a"));
    set(link, "trusted.a", "1", 0, ROOT_USER);
  }

  @Test
  void virtualOnesTellOfTheContent() throws Exception {
    byte[] data = new byte[2 * BLOCK + 10];
    new Random(1).nextBytes(data);
    long big = t.file("big", data, ALICE);
    Inode inode = t.store.tree().inode(big);
    assertEquals(inode.content().orElseThrow().toString(), get(big, "user.unicache.id"));
    assertEquals("3", get(big, "user.unicache.blocks"));
    // As blocks lie in packs: each from a multiple of 4096 on.
    assertEquals(Integer.toString(2 * BLOCK + 4096), get(big, "user.unicache.unique-bytes"));
    t.file("copy", data, ALICE);
    assertEquals("0", get(big, "user.unicache.unique-bytes"));
    fs.unlink(ROOT, name("copy"), ALICE);
    data[BLOCK] ^= 1;
    long other = t.file("other", data, ALICE);
    assertEquals(Integer.toString(BLOCK), get(other, "user.unicache.unique-bytes"));
    assertEquals(
        VirtualAttributes.LISTED,
        fs.listxattr(big, ALICE).stream().map(n -> new String(n, StandardCharsets.UTF_8)).toList());
  }

  @Test
  void virtualOnesOfTheEmptyFile() throws Exception {
    long empty = t.file("empty", bytes(""), ALICE);
    assertEquals(64, get(empty, "user.unicache.id").length());
    assertEquals("0", get(empty, "user.unicache.blocks"));
    assertEquals("0", get(empty, "user.unicache.unique-bytes"));
  }

  @Test
  void virtualOnesAreAcceptedAndIgnored() throws Exception {
    String id = get(file, "user.unicache.id");
    for (String name : VirtualAttributes.NAMES) {
      set(file, name, "whatever", 0, ALICE);
      assertErrno(Errno.EPERM, () -> fs.removexattr(file, name(name), ALICE));
    }
    assertEquals(id, get(file, "user.unicache.id"));
  }

  @Test
  void sourceIsForDownloadsToSet() throws Exception {
    assertErrno(Errno.EPERM, () -> set(file, "user.unicache.source", "http://x/", 0, ALICE));
    ManifestEntry content =
        t.store.meta().manifest(t.store.tree().inode(file).content().orElseThrow()).orElseThrow();
    long got =
        t.store
            .tree()
            .putFile(
                ROOT,
                Name.of("got"),
                content.id(),
                content.manifest(),
                new Tree.NewFile(0644, 1000, 1000),
                "http://example.org/got",
                false)
            .number();
    assertArrayEquals(
        bytes("http://example.org/got"), fs.getxattr(got, name("user.unicache.source")));
    assertEquals(List.of(), names(got), "a program that copies all would fail to set it");
    set(got, "user.unicache.source", "http://example.org/got", 0, ALICE);
    assertErrno(Errno.EPERM, () -> set(got, "user.unicache.source", "http://x/", 0, ALICE));
    assertErrno(Errno.EPERM, () -> fs.removexattr(got, name("user.unicache.source"), ALICE));
  }
}

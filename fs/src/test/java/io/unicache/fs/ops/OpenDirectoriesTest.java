package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.list;
import static io.unicache.fs.ops.TestFileSystem.name;
import static io.unicache.fs.ops.TestFileSystem.names;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.FileSystemOps.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenDirectoriesTest {

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

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void listsEverythingOnceWhateverTheLimit(int limit) throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    for (int i = 0; i < 10; i++) {
      fs.mknod(directory, name("f" + i), 0644, 0, ALICE);
    }
    fs.mkdir(directory, name("sub"), 0755, ALICE);
    List<Entry> entries = list(fs, directory, limit);
    assertEquals(13, entries.size());
    assertEquals(".", new String(entries.get(0).name(), java.nio.charset.StandardCharsets.UTF_8));
    assertEquals(directory, entries.get(0).inode());
    assertEquals(1, entries.get(0).offset());
    assertEquals(ROOT, entries.get(1).inode());
    assertEquals(2, entries.get(1).offset());
    Set<Long> cookies = new HashSet<>();
    entries.forEach(entry -> assertTrue(cookies.add(entry.offset())));
    for (Entry entry : entries.subList(2, 13)) {
      Attributes found = fs.lookup(directory, entry.name(), ALICE);
      assertEquals(found.inode(), entry.inode());
      assertEquals(found.mode() & 0170000, entry.mode());
    }
  }

  @Test
  void aReadingEndsThoughThereIsAlwaysMore() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    fs.mknod(directory, name("0"), 0644, 0, ALICE);
    long handle = fs.openDirectory(directory, 0, ALICE);
    fs.mknod(directory, name("1"), 0644, 0, ALICE);
    int found = 0;
    List<Entry> next = fs.readdir(handle, 0, 1);
    while (!next.isEmpty()) {
      fs.mknod(directory, name("more" + found++), 0644, 0, ALICE);
      next = fs.readdir(handle, next.get(0).offset(), 1);
    }
    assertEquals(4, found, "with those that came before the first reading");
    assertEquals(8, fs.readdir(handle, 0, 100).size(), "with all that came before this one");
    fs.releaseDirectory(handle);
  }

  @Test
  void rootIsItsOwnParent() throws Exception {
    assertEquals(List.of(".", ".."), names(list(fs, ROOT, 10)));
    assertEquals(ROOT, list(fs, ROOT, 10).get(1).inode());
  }

  @Test
  void removedDirectoryIsListedAsEmptyWhileItIsOpen() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    long handle = fs.openDirectory(directory, 0, ALICE);
    fs.rmdir(ROOT, name("d"), ALICE);
    assertTrue(fs.readdir(handle, 2, 10).isEmpty());
    fs.releaseDirectory(handle);
    assertErrno(Errno.ESTALE, () -> fs.getattr(directory));
  }

  @Test
  void wrongArguments() throws Exception {
    long file = t.file("f", bytes(""), ALICE);
    assertErrno(Errno.ENOTDIR, () -> fs.openDirectory(file, 0, ALICE));
    assertErrno(Errno.EBADF, () -> fs.readdir(99, 0, 1));
    long handle = fs.openDirectory(ROOT, 0, ALICE);
    assertErrno(Errno.EINVAL, () -> fs.readdir(handle, -1, 1));
    assertErrno(Errno.EINVAL, () -> fs.readdir(handle, 0, 0));
    fs.releaseDirectory(handle);
    fs.releaseDirectory(handle); // Logged, and nothing else.
  }

  @Test
  void listingWithoutATrace() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    Attributes before = fs.getattr(directory);
    t.clock.advance(Duration.ofMinutes(1));
    long handle = fs.openDirectory(directory, OpenFlags.NO_ACCESS_TIME, ALICE);
    fs.readdir(handle, 0, 10);
    fs.releaseDirectory(handle);
    assertEquals(before, fs.getattr(directory));
  }

  @Test
  void listingMovesTheAccessTime() throws Exception {
    long directory = t.directory("d", 0755, ALICE);
    t.clock.advance(Duration.ofSeconds(10));
    list(fs, directory, 10);
    Attributes after = fs.getattr(directory);
    assertTrue(after.accessed().compareTo(after.modified()) > 0);
  }
}

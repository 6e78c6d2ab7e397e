package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BLOCK;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.list;
import static io.unicache.fs.ops.TestFileSystem.name;
import static io.unicache.fs.ops.TestFileSystem.names;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.FileSystemOps.Statistics;
import io.unicache.store.StoreConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadOnlyTest {

  @TempDir Path temporary;

  private StoreConfig config() {
    return StoreConfig.at(temporary.resolve("store")).withBlockSize(BLOCK);
  }

  @Test
  void everythingThatChangesIsRefused() throws Exception {
    long file;
    try (TestFileSystem t = new TestFileSystem(config())) {
      file = t.file("a", bytes("kept"), ALICE);
      t.fs.setxattr(file, name("user.a"), bytes("1"), 0, ALICE);
    }
    try (TestFileSystem t = new TestFileSystem(config().withReadOnly(true))) {
      StoreFileSystem fs = t.fs;
      assertErrno(Errno.EROFS, () -> t.open(file, OpenFlags.WRITE_ONLY));
      assertErrno(Errno.EROFS, () -> t.open(file, OpenFlags.TRUNCATE));
      assertErrno(Errno.EROFS, () -> fs.create(ROOT, name("b"), 0644, 0, ALICE));
      assertErrno(Errno.EROFS, () -> fs.mknod(ROOT, name("b"), 0644, 0, ALICE));
      assertErrno(Errno.EROFS, () -> fs.mkdir(ROOT, name("b"), 0755, ALICE));
      assertErrno(Errno.EROFS, () -> fs.symlink(ROOT, name("b"), "x", ALICE));
      assertErrno(Errno.EROFS, () -> fs.link(file, ROOT, name("b"), ALICE));
      assertErrno(Errno.EROFS, () -> fs.unlink(ROOT, name("a"), ALICE));
      assertErrno(Errno.EROFS, () -> fs.rmdir(ROOT, name("a"), ALICE));
      assertErrno(Errno.EROFS, () -> fs.rename(ROOT, name("a"), ROOT, name("b"), 0, ALICE));
      assertErrno(Errno.EROFS, () -> fs.setattr(file, AttributeChange.mode(0600), ALICE));
      assertErrno(Errno.EROFS, () -> fs.setxattr(file, name("user.a"), bytes(""), 0, ALICE));
      assertErrno(Errno.EROFS, () -> fs.removexattr(file, name("user.a"), ALICE));
      assertErrno(Errno.EROFS, () -> fs.access(file, FileSystemOps.ACCESS_WRITE, ALICE));
      Attributes before = fs.getattr(file);
      assertArrayEquals(bytes("kept"), t.content(file));
      assertEquals(before, fs.getattr(file));
      assertEquals(List.of(".", "..", "a"), names(list(fs, ROOT, 10)));
      long reader = t.open(file, OpenFlags.READ_ONLY);
      assertErrno(Errno.EROFS, () -> fs.copyRange(reader, 0, reader, 4, 1));
      assertErrno(Errno.EROFS, () -> fs.allocate(reader, 0, 0, 1));
      assertEquals(4, fs.seekHole(reader, 0));
      fs.fsync(reader, false);
      t.close(reader);
      fs.sync();
    }
  }

  @Test
  void spaceAddsUp() throws Exception {
    try (TestFileSystem t = new TestFileSystem(config())) {
      t.file("a", bytes("x"), ALICE);
      Statistics statistics = t.fs.statfs();
      assertEquals(4096, statistics.blockSize());
      assertTrue(statistics.blocks() > statistics.free());
      assertTrue(statistics.free() >= statistics.available());
      assertEquals(1, statistics.files() - statistics.freeFiles());
      assertEquals(255, statistics.maxName());
      t.fs.access(ROOT, FileSystemOps.ACCESS_READ, ALICE);
      assertErrno(Errno.EACCES, () -> t.fs.access(ROOT, FileSystemOps.ACCESS_WRITE, ALICE));
    }
  }
}

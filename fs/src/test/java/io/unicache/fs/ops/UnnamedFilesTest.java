package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.fs.ops.FileSystemOps.Created;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** O_TMPFILE. */
class UnnamedFilesTest {

  private static final int FLAGS = OpenFlags.UNNAMED | OpenFlags.READ_WRITE;

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

  private Created written(int flags) throws Exception {
    Created made = fs.createUnnamed(ROOT, 0100640, flags, ALICE);
    fs.write(made.opened().handle(), 0, ByteBuffer.wrap(bytes("hello")), 0);
    return made;
  }

  @Test
  void goesWithItsLastHandle() throws Exception {
    Created made = written(FLAGS);
    long inode = made.attributes().inode();
    assertEquals(0, fs.getattr(inode).links());
    assertEquals(5, fs.getattr(inode).size());
    fs.release(made.opened().handle());
    assertErrno(Errno.ESTALE, () -> fs.getattr(inode));
  }

  @Test
  void hasItsContentFromTheMomentThatItHasAName() throws Exception {
    Created made = written(FLAGS);
    long inode = made.attributes().inode();
    assertEquals(1, fs.link(inode, ROOT, name("a"), ALICE).links());
    assertEquals(5, t.store.tree().inode(inode).size(), "committed without a close");
    fs.release(made.opened().handle());
    assertArrayEquals(bytes("hello"), t.content(inode));
  }

  @Test
  void syncCommitsWhatMayGetAName() throws Exception {
    Created made = written(FLAGS);
    fs.fsync(made.opened().handle(), false);
    assertEquals(5, t.store.tree().inode(made.attributes().inode()).size());
    Created never = written(FLAGS | OpenFlags.EXCLUSIVE);
    fs.fsync(never.opened().handle(), false);
    assertEquals(0, t.store.tree().inode(never.attributes().inode()).size());
  }
}

package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ALLOCATE_KEEP_SIZE;
import static io.unicache.fs.ops.FileSystemOps.ALLOCATE_PUNCH_HOLE;
import static io.unicache.fs.ops.FileSystemOps.ALLOCATE_ZERO_RANGE;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BLOCK;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Timestamp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRangesTest {

  private static final int PUNCH = ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE;

  @TempDir Path temporary;
  private TestFileSystem t;
  private StoreFileSystem fs;
  private final byte[] content = new byte[3 * BLOCK + 10];
  private long source;
  private long target;
  private long in;
  private long out;

  @BeforeEach
  void open() throws Exception {
    t = new TestFileSystem(temporary);
    fs = t.fs;
    new Random(1).nextBytes(content);
    source = t.file("source", content, ALICE);
    target = t.file("target", new byte[0], ALICE);
    in = t.open(source, OpenFlags.READ_ONLY);
    out = t.open(target, OpenFlags.READ_WRITE);
  }

  @AfterEach
  void close() throws Exception {
    t.close();
  }

  private byte[] id(long inode) throws FileSystemException {
    return fs.getxattr(inode, TestFileSystem.name("user.unicache.id"));
  }

  private long stored() {
    return t.store.meta().totals().storedBytes();
  }

  @Test
  void aCopyHasTheSameContent() throws Exception {
    long before = stored();
    t.clock.advance(Duration.ofSeconds(10));
    assertEquals(content.length, fs.copyRange(in, 0, out, 0, Long.MAX_VALUE));
    assertArrayEquals(content, t.read(out, 0, content.length + 1));
    Attributes live = fs.getattr(target);
    assertEquals(content.length, live.size());
    assertEquals(fs.getattr(source).blocks(), live.blocks());
    assertEquals(Timestamp.now(t.clock), live.modified());
    assertEquals(Timestamp.now(t.clock), live.changed());
    fs.flush(out);
    assertArrayEquals(id(source), id(target));
    assertEquals(before, stored());
  }

  @Test
  void aCopySeesWhatWasJustWritten() throws Exception {
    long writer = t.open(source, OpenFlags.WRITE_ONLY);
    t.write(writer, BLOCK, new byte[] {1, 2, 3});
    content[BLOCK] = 1;
    content[BLOCK + 1] = 2;
    content[BLOCK + 2] = 3;
    assertEquals(content.length, fs.copyRange(in, 0, out, 0, content.length));
    assertArrayEquals(content, t.read(out, 0, content.length));
    t.close(writer);
    assertTrue(t.opened(source, OpenFlags.READ_ONLY).keepCache(), "the kernel has written that");
  }

  @Test
  void copiesThatAreRefused() throws Exception {
    long both = t.open(source, OpenFlags.READ_WRITE);
    long writer = t.open(source, OpenFlags.WRITE_ONLY);
    assertErrno(Errno.EBADF, () -> fs.copyRange(4711, 0, out, 0, 1));
    assertErrno(Errno.EBADF, () -> fs.copyRange(in, 0, 4711, 0, 1));
    assertErrno(Errno.EBADF, () -> fs.copyRange(in, 0, in, BLOCK, 1));
    assertErrno(Errno.EBADF, () -> fs.copyRange(writer, 0, out, 0, 1));
    assertErrno(Errno.EINVAL, () -> fs.copyRange(in, -1, out, 0, 1));
    assertErrno(Errno.EINVAL, () -> fs.copyRange(in, 0, out, -1, 1));
    assertErrno(Errno.EINVAL, () -> fs.copyRange(both, 0, both, 10, 20));
    assertErrno(Errno.EFBIG, () -> fs.copyRange(in, 0, out, LiveFile.MAX_SIZE, 1));
    assertEquals(0, fs.copyRange(in, 0, out, 0, 0));
    assertEquals(0, fs.copyRange(in, content.length, out, 0, 10));
    assertEquals(0, fs.getattr(target).size());
    assertEquals(content.length, fs.copyRange(both, 0, both, content.length, content.length));
  }

  @Test
  void seeks() throws Exception {
    fs.allocate(out, 0, 0, 10 * BLOCK);
    t.write(out, 4 * BLOCK, Arrays.copyOf(content, BLOCK));
    assertEquals(4 * BLOCK, fs.seekData(out, 0));
    assertEquals(5 * BLOCK, fs.seekHole(out, 4 * BLOCK + 1));
    assertErrno(Errno.ENXIO, () -> fs.seekData(out, 5 * BLOCK));
    assertErrno(Errno.ENXIO, () -> fs.seekHole(out, 10 * BLOCK));
    assertErrno(Errno.ENXIO, () -> fs.seekData(out, -1));
    assertErrno(Errno.EBADF, () -> fs.seekData(4711, 0));
    assertEquals(content.length, fs.seekHole(in, 0));
    assertEquals(7, fs.seekData(in, 7));
  }

  @Test
  void allocatingExtendsAndTakesNoSpace() throws Exception {
    fs.allocate(out, ALLOCATE_KEEP_SIZE, 0, 1L << 40);
    assertEquals(0, fs.getattr(target).size());
    fs.allocate(out, 0, 1L << 30, 1L << 30);
    assertEquals(1L << 31, fs.getattr(target).size());
    assertEquals(0, fs.getattr(target).blocks());
    fs.allocate(out, 0, 0, 10);
    assertEquals(1L << 31, fs.getattr(target).size());
  }

  @Test
  void punchingAndZeroing() throws Exception {
    long writer = t.open(source, OpenFlags.READ_WRITE);
    t.clock.advance(Duration.ofSeconds(10));
    fs.allocate(writer, PUNCH, 10, 2 * BLOCK);
    Arrays.fill(content, 10, 10 + 2 * BLOCK, (byte) 0);
    assertArrayEquals(content, t.read(in, 0, content.length));
    assertEquals(Timestamp.now(t.clock), fs.getattr(source).modified());
    assertEquals((2 * BLOCK + 10 + 511) / 512, fs.getattr(source).blocks());
    long before = stored();
    fs.flush(writer);
    assertTrue(stored() < before);

    fs.allocate(writer, ALLOCATE_ZERO_RANGE | ALLOCATE_KEEP_SIZE, 2 * BLOCK, 1L << 40);
    Arrays.fill(content, 2 * BLOCK, content.length, (byte) 0);
    assertArrayEquals(content, t.read(in, 0, content.length + 1));
    fs.allocate(writer, ALLOCATE_ZERO_RANGE, content.length, 5);
    assertEquals(content.length + 5, fs.getattr(source).size());
  }

  @Test
  void whatCannotBeAllocated() throws Exception {
    assertErrno(Errno.EBADF, () -> fs.allocate(in, 0, 0, 1));
    assertErrno(Errno.EBADF, () -> fs.allocate(4711, 0, 0, 1));
    assertErrno(Errno.EINVAL, () -> fs.allocate(out, 0, -1, 1));
    assertErrno(Errno.EINVAL, () -> fs.allocate(out, 0, 0, 0));
    assertErrno(Errno.EFBIG, () -> fs.allocate(out, 0, LiveFile.MAX_SIZE, 1));
    assertErrno(Errno.EFBIG, () -> fs.allocate(out, 0, 1, Long.MAX_VALUE));
    int collapse = 8;
    int insert = 32;
    for (int mode : new int[] {ALLOCATE_PUNCH_HOLE, PUNCH | 16, collapse, insert, 64, 1 << 30}) {
      assertErrno(Errno.EOPNOTSUPP, () -> fs.allocate(out, mode, 0, BLOCK));
    }
    assertEquals(0, fs.getattr(target).size());
  }

  @Test
  void synchronousHandlesCommitAtOnce() throws Exception {
    long handle = t.open(target, OpenFlags.WRITE_ONLY | OpenFlags.SYNC);
    fs.copyRange(in, 0, handle, 0, content.length);
    assertEquals(content.length, t.store.tree().inode(target).size());
    fs.allocate(handle, 0, 0, 1 << 30);
    assertEquals(1 << 30, t.store.tree().inode(target).size());
    t.close(handle);
  }
}

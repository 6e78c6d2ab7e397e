package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BLOCK;
import static io.unicache.fs.ops.TestFileSystem.BOB;
import static io.unicache.fs.ops.TestFileSystem.ROOT_USER;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static io.unicache.fs.ops.TestFileSystem.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.FileSystemOps.Created;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.read.ReadTarget;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFilesTest {

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
  void everyHandleSeesEveryWriteAtOnce() throws Exception {
    long file = t.file("a", bytes("hello"), ALICE);
    long reader = t.open(file, OpenFlags.READ_ONLY);
    long writer = t.open(file, OpenFlags.READ_WRITE);
    t.write(writer, 5, bytes(" world"));
    assertArrayEquals(bytes("hello world"), t.read(reader, 0, 100));
    assertEquals(11, fs.getattr(file).size());
    assertEquals(11, t.lookup("a").size());
    t.close(writer);
    t.close(reader);
    assertArrayEquals(bytes("hello world"), t.content(file));
  }

  /** Counts what comes, and keeps nothing. */
  private static final class CountingTarget implements ReadTarget {
    private final ByteBuffer scratch = ByteBuffer.allocate(BLOCK);
    private long copied;
    private long mapped;

    @Override
    public ByteBuffer room(int count) {
      copied += count;
      return scratch.clear().limit(count);
    }

    @Override
    public void mapped(long address, int count) {
      mapped += count;
    }

    @Override
    public void mayWait() {}

    @Override
    public void deliver() {}
  }

  @Test
  void readingAllocatesNothing() throws Exception {
    long file = t.file("a", new byte[3 * BLOCK], ALICE);
    long writer = t.open(file, OpenFlags.READ_WRITE);
    t.write(writer, BLOCK, new byte[] {1});
    t.close(writer);
    long reader = t.open(file, OpenFlags.READ_ONLY);
    CountingTarget target = new CountingTarget();
    fs.read(reader, 0, 3 * BLOCK, target);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 10_000; i++) {
      fs.read(reader, i % 2 * (long) BLOCK, 4096, target);
    }
    long perRead = (threads.getCurrentThreadAllocatedBytes() - before) / 10_000;
    assertEquals(0, perRead, "bytes allocated for a read");
    assertTrue(target.mapped > 0 && target.copied > 0);
    t.close(reader);
  }

  @Test
  void truncatingAnEmptyFileMovesItsTimes() throws Exception {
    long file = t.file("stamp", bytes(""), ALICE);
    fs.setattr(file, AttributeChange.times(new Timestamp(1, 0), new Timestamp(1, 0)), ALICE);
    t.close(t.open(file, OpenFlags.WRITE_ONLY | OpenFlags.TRUNCATE));
    assertTrue(fs.getattr(file).modified().seconds() > 1);
  }

  @Test
  void accessModeIsKept() throws Exception {
    long file = t.file("a", bytes("x"), ALICE);
    long reader = t.open(file, OpenFlags.READ_ONLY);
    long writer = t.open(file, OpenFlags.WRITE_ONLY);
    assertErrno(Errno.EBADF, () -> fs.write(reader, 0, ByteBuffer.wrap(bytes("y")), 0));
    assertErrno(Errno.EBADF, () -> fs.read(writer, 0, ByteBuffer.allocate(1)));
    t.close(reader);
    t.close(writer);
    assertErrno(Errno.EBADF, () -> fs.read(reader, 0, ByteBuffer.allocate(1)));
    assertErrno(Errno.EBADF, () -> fs.flush(reader));
    fs.release(reader); // Logged, and nothing else.
  }

  @Test
  void onlyRegularFilesAreOpened() throws Exception {
    assertErrno(Errno.EISDIR, () -> t.open(ROOT, OpenFlags.WRITE_ONLY));
    assertErrno(Errno.EISDIR, () -> t.open(ROOT, OpenFlags.READ_ONLY));
    long fifo = fs.mknod(ROOT, name("fifo"), 0010644, 0, ALICE).inode();
    assertErrno(Errno.EINVAL, () -> t.open(fifo, OpenFlags.READ_ONLY));
    assertErrno(Errno.ESTALE, () -> t.open(999_999, OpenFlags.READ_ONLY));
  }

  @Test
  void truncatingOpen() throws Exception {
    long file = t.file("a", bytes("old"), ALICE);
    long handle = t.open(file, OpenFlags.WRITE_ONLY | OpenFlags.TRUNCATE);
    assertEquals(0, fs.getattr(file).size());
    t.write(handle, 0, bytes("n"));
    t.close(handle);
    assertArrayEquals(bytes("n"), t.content(file));
  }

  @Test
  void createOpensWhatIsThereUnlessExclusive() throws Exception {
    long file = t.file("a", bytes("abc"), ALICE);
    assertErrno(
        Errno.EEXIST,
        () -> fs.create(ROOT, name("a"), 0644, OpenFlags.WRITE_ONLY | OpenFlags.EXCLUSIVE, ALICE));
    Created opened = fs.create(ROOT, name("a"), 0600, OpenFlags.READ_WRITE, ALICE);
    assertEquals(file, opened.attributes().inode());
    assertEquals(0100644, opened.attributes().mode());
    assertEquals(3, opened.attributes().size());
    t.close(opened.opened().handle());
    Created cut =
        fs.create(ROOT, name("a"), 0600, OpenFlags.WRITE_ONLY | OpenFlags.TRUNCATE, ALICE);
    assertEquals(0, cut.attributes().size());
    t.close(cut.opened().handle());
    t.directory("d", 0755, ALICE);
    assertErrno(Errno.EISDIR, () -> fs.create(ROOT, name("d"), 0644, OpenFlags.WRITE_ONLY, ALICE));
  }

  @Test
  void createMayMakeAReadOnlyFileAndWriteIt() throws Exception {
    Created made = fs.create(ROOT, name("r"), 0444, OpenFlags.WRITE_ONLY, ALICE);
    t.write(made.opened().handle(), 0, bytes("x"));
    t.close(made.opened().handle());
    assertEquals(0100444, t.lookup("r").mode());
  }

  @Test
  void appendsGoToTheEndWhereverThatIs() throws Exception {
    long file = t.file("log", bytes("1"), ALICE);
    long one = t.open(file, OpenFlags.WRITE_ONLY | OpenFlags.APPEND);
    long two = t.open(file, OpenFlags.WRITE_ONLY | OpenFlags.APPEND);
    t.write(one, 0, bytes("2"), OpenFlags.APPEND);
    t.write(two, 0, bytes("3"), OpenFlags.APPEND);
    t.write(one, 77, bytes("4"), OpenFlags.APPEND);
    t.close(one);
    t.close(two);
    assertArrayEquals(bytes("1234"), t.content(file));
  }

  @Test
  void gapsReadAsZerosAndTakeNoSpace() throws Exception {
    long file = t.file("sparse", bytes(""), ALICE);
    long handle = t.open(file, OpenFlags.READ_WRITE);
    t.write(handle, 10L * BLOCK, bytes("end"));
    assertArrayEquals(new byte[5], t.read(handle, BLOCK, 5));
    t.close(handle);
    Attributes attributes = fs.getattr(file);
    assertEquals(10L * BLOCK + 3, attributes.size());
    assertTrue(attributes.blocks() <= BLOCK / 512, "blocks " + attributes.blocks());
    assertTrue(attributes.blocks() >= 1);
  }

  @Test
  void blocksOfAFileWithoutHolesAreItsSize() throws Exception {
    byte[] data = new byte[BLOCK + 513];
    java.util.Arrays.fill(data, (byte) 7);
    long file = t.file("a", data, ALICE);
    assertEquals((data.length + 511) / 512, fs.getattr(file).blocks());
    assertEquals((data.length + 511) / 512, fs.getattr(file).blocks(), "from the cache");
    assertEquals(0, fs.getattr(t.file("empty", bytes(""), ALICE)).blocks());
  }

  @Test
  void limitsOfOffsetAndSize() throws Exception {
    long file = t.file("a", bytes("x"), ALICE);
    long handle = t.open(file, OpenFlags.READ_WRITE);
    ByteBuffer one = ByteBuffer.wrap(bytes("y"));
    assertErrno(Errno.EFBIG, () -> fs.write(handle, LiveFile.MAX_SIZE, one, 0));
    assertErrno(Errno.EFBIG, () -> fs.write(handle, Long.MAX_VALUE, one, 0));
    assertErrno(Errno.EINVAL, () -> fs.write(handle, -1, one, 0));
    assertErrno(Errno.EINVAL, () -> fs.read(handle, -1, ByteBuffer.allocate(1)));
    assertEquals(0, fs.write(handle, Long.MAX_VALUE, ByteBuffer.allocate(0), 0));
    assertErrno(
        Errno.EFBIG, () -> fs.setattr(file, AttributeChange.size(LiveFile.MAX_SIZE + 1), ALICE));
    assertErrno(Errno.EINVAL, () -> fs.setattr(file, AttributeChange.size(-1), ALICE));
    t.close(handle);
    assertEquals(1, fs.getattr(file).size());
  }

  @Test
  void flushCommits() throws Exception {
    long file = t.file("a", bytes(""), ALICE);
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("x"));
    assertEquals(Optional.empty(), t.store.tree().inode(file).content());
    fs.flush(handle);
    assertTrue(t.store.tree().inode(file).content().isPresent());
    fs.release(handle);
  }

  @Test
  void fsyncAndSynchronousWritesCommit() throws Exception {
    long file = t.file("a", bytes(""), ALICE);
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("x"));
    long reader = t.open(file, OpenFlags.READ_ONLY);
    fs.fsync(reader, true);
    assertEquals(1, t.store.tree().inode(file).size());
    t.close(reader);
    t.close(handle);
    long sync = t.open(file, OpenFlags.WRITE_ONLY | OpenFlags.SYNC);
    t.write(sync, 0, bytes("xyz"));
    assertEquals(3, t.store.tree().inode(file).size());
    t.close(sync);
    fs.sync();
  }

  @Test
  void openFileOutlivesItsName() throws Exception {
    long file = t.file("a", bytes("abc"), ALICE);
    long handle = t.open(file, OpenFlags.READ_WRITE);
    fs.unlink(ROOT, name("a"), ALICE);
    t.write(handle, 3, bytes("def"));
    fs.flush(handle);
    fs.fsync(handle, false);
    assertArrayEquals(bytes("abcdef"), t.read(handle, 0, 10));
    assertEquals(0, fs.getattr(file).links());
    t.close(handle);
    assertErrno(Errno.ESTALE, () -> fs.getattr(file));
  }

  @Test
  void setIdBitsAreTakenOffWhenAskedFor() throws Exception {
    long file = t.file("tool", bytes("x"), ALICE);
    fs.setattr(file, AttributeChange.mode(06755), ALICE);
    assertEquals(0106755, fs.getattr(file).mode());
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("y"));
    assertEquals(0106755, fs.getattr(file).mode());
    fs.clearSetId(handle, ALICE);
    assertEquals(0100755, fs.getattr(file).mode());
    fs.setattr(file, AttributeChange.mode(06745), ALICE);
    fs.clearSetId(handle, ALICE);
    assertEquals(0102745, fs.getattr(file).mode(), "without group execution the bit stays");
    fs.clearSetId(handle, BOB);
    assertEquals(0100745, fs.getattr(file).mode(), "not for those who are not in the group");
    t.close(handle);
  }

  @Test
  void cuttingOnOpeningTakesSetIdBitsOffUnlessByRoot() throws Exception {
    long file = t.file("tool", bytes("x"), ALICE);
    fs.setattr(file, AttributeChange.mode(04755), ALICE);
    int flags = OpenFlags.WRITE_ONLY | OpenFlags.TRUNCATE;
    t.close(fs.open(file, flags, ROOT_USER).handle());
    assertEquals(0104755, fs.getattr(file).mode());
    t.close(t.open(file, flags));
    assertEquals(0100755, fs.getattr(file).mode());
  }

  @Test
  void whereAWriteGoesItsOwnFlagsSay() throws Exception {
    long file = t.file("log", bytes("abc"), ALICE);
    long handle = t.open(file, OpenFlags.WRITE_ONLY | OpenFlags.APPEND);
    t.write(handle, 0, bytes("A")); // fcntl(2) has taken O_APPEND off
    t.close(handle);
    assertArrayEquals(bytes("Abc"), t.content(file));
    handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("d"), OpenFlags.APPEND | OpenFlags.DSYNC);
    assertEquals(4, t.store.tree().inode(file).size(), "a write with O_DSYNC is committed");
    t.close(handle);
    assertArrayEquals(bytes("Abcd"), t.content(file));
  }

  @Test
  void whatTakesAnothersPlaceIsSavedFirst() throws Exception {
    t.file("old", bytes("old"), ALICE);
    long file = t.file("new", bytes(""), ALICE);
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("written"));
    fs.rename(ROOT, name("new"), ROOT, name("other"), 0, ALICE);
    assertEquals(0, t.store.tree().inode(file).size(), "nothing is lost with a free name");
    fs.rename(ROOT, name("other"), ROOT, name("old"), 0, ALICE);
    assertEquals(7, t.store.tree().inode(file).size());
    t.close(handle);
  }

  @Test
  void kernelsCacheIsKeptUntilTheContentChangesBehindIt() throws Exception {
    long file = t.file("a", bytes("one"), ALICE);
    assertTrue(t.opened(file, OpenFlags.READ_ONLY).keepCache(), "the kernel has written it itself");
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("two"));
    t.close(handle);
    assertTrue(t.opened(file, OpenFlags.READ_ONLY).keepCache());
    fs.setattr(file, AttributeChange.size(2), ALICE);
    assertTrue(t.opened(file, OpenFlags.READ_ONLY).keepCache());
    LiveFile behind = t.store.files().open(file);
    behind.write(0, ByteBuffer.wrap(bytes("new")));
    behind.commit();
    behind.close();
    assertFalse(t.opened(file, OpenFlags.READ_ONLY).keepCache());
    assertTrue(t.opened(file, OpenFlags.READ_ONLY).keepCache());
  }

  @Test
  void accessTimeFollowsReadsAsRelatimeHasIt() throws Exception {
    long file = t.file("a", bytes("x"), ALICE);
    t.clock.advance(Duration.ofSeconds(10));
    t.content(file);
    Attributes first = fs.getattr(file);
    assertTrue(first.accessed().compareTo(first.modified()) > 0);
    t.clock.advance(Duration.ofHours(1));
    t.content(file);
    assertEquals(first.accessed(), fs.getattr(file).accessed(), "newer than the last change");
    t.clock.advance(Duration.ofHours(24));
    t.content(file);
    assertTrue(fs.getattr(file).accessed().compareTo(first.accessed()) > 0, "a day old");
    assertEquals(first.changed(), fs.getattr(file).changed());
  }

  @Test
  void closingTheFileSystemCommitsWhatIsOpen() throws Exception {
    long file = t.file("a", bytes(""), ALICE);
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("late"));
    fs.close();
    assertEquals(4, t.store.tree().inode(file).size());
    assertTrue(t.store.files().find(file).isEmpty());
  }
}

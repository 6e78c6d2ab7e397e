package io.unicache.fs.ops;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BOB;
import static io.unicache.fs.ops.TestFileSystem.ROOT_USER;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static io.unicache.fs.ops.TestFileSystem.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.meta.Timestamp;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttributeChangesTest {

  private static final Timestamp LONG_AGO = new Timestamp(1_000_000, 123_456_789);

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
  void whoMayChangeWhatIsTheKernelsToSay() throws Exception {
    assertEquals(0100600, fs.setattr(file, AttributeChange.mode(0600), ALICE).mode());
    assertEquals(0100640, fs.setattr(file, AttributeChange.mode(0100640), ROOT_USER).mode());
    assertEquals(0102777, fs.setattr(file, AttributeChange.mode(02777), BOB).mode());
    Attributes given = fs.setattr(file, AttributeChange.owner(1001, -1), BOB);
    assertEquals(1001, given.uid());
    assertEquals(1000, given.gid());
    assertEquals(77, fs.setattr(file, AttributeChange.owner(null, 77), ALICE).gid());
    assertEquals(
        LONG_AGO, fs.setattr(file, AttributeChange.times(LONG_AGO, null), ALICE).accessed());
  }

  @Test
  void anEmptyChangeIsAChownThatChangesNothing() throws Exception {
    AttributeChange empty = new AttributeChange(null, null, null, null, null, null);
    fs.setattr(file, AttributeChange.mode(06755), ROOT_USER);
    t.clock.advance(Duration.ofMinutes(1));
    Attributes by = fs.setattr(file, empty, BOB);
    assertEquals(0106755, by.mode(), "not for others to take off");
    assertEquals(Timestamp.now(t.clock), by.changed());
    assertEquals(0100755, fs.setattr(file, empty, ALICE).mode());
  }

  @Test
  void truncatingToThePresentSizeMovesTheTimes() throws Exception {
    t.clock.advance(Duration.ofMinutes(1));
    long size = fs.getattr(file).size();
    Attributes after = fs.setattr(file, AttributeChange.size(size), ALICE);
    assertEquals(size, after.size());
    assertEquals(Timestamp.now(t.clock), after.modified());
    assertEquals(Timestamp.now(t.clock), after.changed());
  }

  @Test
  void changingTheOwnerClearsSetIdBits() throws Exception {
    fs.setattr(file, AttributeChange.mode(06755), ALICE);
    assertEquals(0100755, fs.setattr(file, AttributeChange.owner(1000, 1000), ROOT_USER).mode());
    fs.setattr(file, AttributeChange.mode(06755), ALICE);
    assertEquals(0100755, fs.setattr(file, AttributeChange.owner(null, 1000), ALICE).mode());
  }

  @Test
  void supplementaryGroupsCountWhereTheyAreKnown() throws Exception {
    // This process is in its own primary group in any case, if /proc is there to ask.
    Caller unknown = new Caller(1000, 4242, (int) ProcessHandle.current().pid(), 0);
    assertTrue(Groups.contains(unknown, 4242));
    assertEquals(false, Groups.contains(unknown, 1_999_999_999));
    assertEquals(false, Groups.contains(new Caller(1, 2, Integer.MAX_VALUE, 0), 3));
  }

  @Test
  void truncateAndExtend() throws Exception {
    assertEquals(2, fs.setattr(file, AttributeChange.size(2), ALICE).size());
    assertArrayEquals(bytes("he"), t.content(file));
    fs.setattr(file, AttributeChange.size(4), ALICE);
    assertArrayEquals(new byte[] {'h', 'e', 0, 0}, t.content(file));
    assertEquals(4, t.store.tree().inode(file).size(), "committed without a close");
    assertErrno(Errno.EISDIR, () -> fs.setattr(ROOT, AttributeChange.size(0), ROOT_USER));
  }

  @Test
  void truncateWhileOpen() throws Exception {
    long handle = t.open(file, OpenFlags.READ_WRITE);
    t.write(handle, 5, bytes(" world"));
    fs.setattr(file, AttributeChange.size(7), ALICE);
    assertArrayEquals(bytes("hello w"), t.read(handle, 0, 20));
    t.close(handle);
    assertArrayEquals(bytes("hello w"), t.content(file));
  }

  @Test
  void truncateClearsSetIdBits() throws Exception {
    fs.setattr(file, AttributeChange.mode(04755), ALICE);
    assertEquals(0100755, fs.setattr(file, AttributeChange.size(1), ALICE).mode());
    fs.setattr(file, AttributeChange.mode(04755), ALICE);
    assertEquals(0104755, fs.setattr(file, AttributeChange.size(0), ROOT_USER).mode());
  }

  @Test
  void timesThatAreSetWhileWritingStay() throws Exception {
    long handle = t.open(file, OpenFlags.WRITE_ONLY);
    t.write(handle, 0, bytes("copied"));
    fs.setattr(file, AttributeChange.times(LONG_AGO, LONG_AGO), ALICE);
    t.clock.advance(Duration.ofMinutes(1));
    t.close(handle);
    Attributes after = fs.getattr(file);
    assertEquals(LONG_AGO, after.modified());
    assertEquals(LONG_AGO, after.accessed());
    assertTrue(after.changed().compareTo(LONG_AGO) > 0);
    assertEquals(6, after.size());
  }

  @Test
  void severalChangesAtOnce() throws Exception {
    AttributeChange all = new AttributeChange(0600, 7, 8, 3L, LONG_AGO, LONG_AGO);
    Attributes after = fs.setattr(file, all, ROOT_USER);
    assertEquals(0100600, after.mode());
    assertEquals(7, after.uid());
    assertEquals(8, after.gid());
    assertEquals(3, after.size());
    assertEquals(LONG_AGO, after.modified());
    AttributeChange none = new AttributeChange(null, null, null, null, null, null);
    assertEquals(after, fs.setattr(file, none, BOB));
  }
}

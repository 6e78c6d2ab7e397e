package io.unicache.fs.ops;

import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BOB;
import static io.unicache.fs.ops.TestFileSystem.ROOT_USER;
import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PermissionsTest {

  private static final int READ = FileSystemOps.ACCESS_READ;
  private static final int WRITE = FileSystemOps.ACCESS_WRITE;
  private static final int EXECUTE = FileSystemOps.ACCESS_EXECUTE;
  private static final int FILE = 0100000;

  private static void allowed(int mode, int mask, Caller caller) throws FileSystemException {
    Permissions.checkAccess(mode, 1000, 50, mask, caller);
  }

  private static void refused(int mode, int mask, Caller caller) {
    assertErrno(Errno.EACCES, () -> allowed(mode, mask, caller));
  }

  @Test
  void ownerGroupAndOthersHaveTheirOwnBits() throws Exception {
    Caller member = new Caller(7, 50, 0, 0);
    allowed(FILE | 0640, READ | WRITE, ALICE);
    refused(FILE | 0640, EXECUTE, ALICE);
    allowed(FILE | 0640, READ, member);
    refused(FILE | 0640, WRITE, member);
    refused(FILE | 0640, READ, BOB);
    allowed(FILE | 0001, EXECUTE, BOB);
    refused(FILE | 0077, READ, ALICE);
    refused(FILE | 0707, READ, member);
    allowed(FILE, 0, BOB);
  }

  @Test
  void rootReadsAndWritesAndExecutesWhatSomebodyMay() throws Exception {
    allowed(FILE, READ | WRITE, ROOT_USER);
    refused(FILE | 0666, EXECUTE, ROOT_USER);
    allowed(FILE | 0010, EXECUTE, ROOT_USER);
    allowed(0040000, EXECUTE, ROOT_USER);
  }

  @Test
  void setIdBitsThatGo() {
    Caller member = new Caller(1000, 100, 0, 0);
    assertEquals(0100755, Permissions.withoutSetId(0106755, 100, member));
    assertEquals(0755, Permissions.withoutSetId(06755, 100, ROOT_USER));
    assertEquals(01644, Permissions.withoutSetId(01644, 100, member));
    assertEquals(02705, Permissions.withoutSetId(06705, 100, member));
    assertEquals(02705, Permissions.withoutSetId(06705, 100, ROOT_USER));
    assertEquals(0705, Permissions.withoutSetId(06705, 101, member), "not in the group");
  }

  @Test
  void setGroupIdIsIdleWhereTheGroupMayNotExecute() {
    assertTrue(Permissions.hasOnlyIdleSetGroupId(0102745));
    assertFalse(Permissions.hasOnlyIdleSetGroupId(0102755));
    assertFalse(Permissions.hasOnlyIdleSetGroupId(0106745));
    assertFalse(Permissions.hasOnlyIdleSetGroupId(0100745));
  }
}

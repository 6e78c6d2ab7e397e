package io.unicache.fs.ops;

import static io.unicache.fs.ops.TestFileSystem.assertErrno;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class AccessControlListTest {

  private static final int USER_OBJ = 1;
  private static final int USER = 2;
  private static final int GROUP_OBJ = 4;
  private static final int MASK = 0x10;
  private static final int OTHER = 0x20;

  /** Makes a value of pairs of tag and permissions. */
  private static byte[] value(int... pairs) {
    ByteBuffer out = ByteBuffer.allocate(4 + pairs.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(2);
    for (int i = 0; i < pairs.length; i += 2) {
      out.putShort((short) pairs[i]).putShort((short) pairs[i + 1]).putInt(-1);
    }
    return out.array();
  }

  private static final byte[] MINIMAL = value(USER_OBJ, 7, GROUP_OBJ, 5, OTHER, 1);
  private static final byte[] EXTENDED =
      value(USER_OBJ, 7, USER, 6, GROUP_OBJ, 5, MASK, 3, OTHER, 1);

  @Test
  void isWrittenAsItWasRead() throws Exception {
    assertArrayEquals(EXTENDED, AccessControlList.parse(EXTENDED).toBytes());
  }

  @Test
  void knowsTheModeThatGoesWithIt() throws Exception {
    assertTrue(AccessControlList.parse(MINIMAL).isMinimal());
    assertEquals(0751, AccessControlList.parse(MINIMAL).permissions());
    assertFalse(AccessControlList.parse(EXTENDED).isMinimal());
    assertEquals(0731, AccessControlList.parse(EXTENDED).permissions(), "the mask's bits");
  }

  @Test
  void chmodSetsTheMask() throws Exception {
    assertArrayEquals(
        value(USER_OBJ, 6, USER, 6, GROUP_OBJ, 5, MASK, 4, OTHER, 2),
        AccessControlList.parse(EXTENDED).withPermissions(02642).toBytes());
    assertArrayEquals(
        value(USER_OBJ, 6, GROUP_OBJ, 4, OTHER, 2),
        AccessControlList.parse(MINIMAL).withPermissions(0642).toBytes());
  }

  @Test
  void newFilesGetWhatModeAndDefaultHaveInCommon() throws Exception {
    assertArrayEquals(
        value(USER_OBJ, 6, USER, 6, GROUP_OBJ, 5, MASK, 2, OTHER, 0),
        AccessControlList.parse(EXTENDED).inheritedBy(0666).toBytes());
  }

  @Test
  void refusesWhatIsNone() {
    assertErrno(Errno.EINVAL, () -> AccessControlList.parse(new byte[0]));
    assertErrno(Errno.EINVAL, () -> AccessControlList.parse(new byte[] {1, 0, 0, 0}));
    assertErrno(Errno.EINVAL, () -> AccessControlList.parse(value(USER_OBJ, 7, OTHER, 7)));
    byte[] cut = java.util.Arrays.copyOf(MINIMAL, MINIMAL.length - 1);
    assertErrno(Errno.EINVAL, () -> AccessControlList.parse(cut));
  }
}

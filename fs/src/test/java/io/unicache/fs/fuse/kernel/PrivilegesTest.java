package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrivilegesTest {

  private static final String REMOVED = "removexattr(9, security.capability, root)";
  private static final AttributeChange GIVEN_AWAY = AttributeChange.owner(1, 2);

  private final FakeOps fake = new FakeOps();
  private final Privileges privileges = new Privileges(fake.ops);

  PrivilegesTest() {
    fake.when("getattr", a -> FakeOps.attributes(9, 0106755));
    fake.fails("getxattr", Errno.ENODATA);
  }

  private List<String> changes() {
    return fake.calls.stream().filter(call -> !call.startsWith("get")).toList();
  }

  @Test
  void takesTheBitsThatLinuxTakes() {
    assertEquals(0100755, Privileges.withoutBits(0106755));
    assertEquals(0102644, Privileges.withoutBits(0106644), "set-group-ID that is no privilege");
    assertEquals(0101755, Privileges.withoutBits(0101755));
  }

  @Test
  void removesCapabilitiesAtTheFirstWrite() throws FileSystemException {
    fake.when("getxattr", a -> new byte[20]);
    OpenFile file = new OpenFile(9, false, true);
    privileges.beforeWrite(file, true);
    privileges.beforeWrite(file, true);
    assertEquals(List.of(REMOVED), changes());
  }

  @Test
  void takesBitsOffWhatRootOpenedAndAnotherWrites() throws FileSystemException {
    OpenFile file = new OpenFile(9, true, true);
    privileges.beforeWrite(file, false);
    assertEquals(List.of(), changes());
    privileges.beforeWrite(file, true);
    assertEquals(1, changes().size());
    assertEquals(true, changes().get(0).startsWith("setattr(9, AttributeChange[mode=33261,"));
  }

  @Test
  void takesBitsOffBeforeTruncation() throws FileSystemException {
    fake.when("getxattr", a -> new byte[20]);
    privileges.beforeTruncate(9, false);
    assertEquals(List.of(REMOVED), changes());
    privileges.beforeTruncate(9, true);
    assertEquals(3, changes().size());
  }

  @Test
  void takesBitsOffWhatIsGivenAway() throws FileSystemException {
    AttributeChange whole = privileges.beforeChange(9, GIVEN_AWAY, false);
    assertEquals(0100755, whole.mode());
    assertEquals(1, whole.uid());
    AttributeChange both = new AttributeChange(04700, 1, null, null, null, null);
    assertSame(both, privileges.beforeChange(9, both, false));
    AttributeChange size = AttributeChange.size(5);
    assertSame(size, privileges.beforeChange(9, size, false));
    assertEquals(0100755, privileges.beforeChange(9, size, true).mode());
  }

  @Test
  void leavesTheRestAlone() throws FileSystemException {
    AttributeChange mode = AttributeChange.mode(04755);
    assertSame(mode, privileges.beforeChange(9, mode, true));
    assertEquals(List.of(), fake.calls);
    fake.when("getattr", a -> FakeOps.attributes(9, 0042755));
    assertSame(GIVEN_AWAY, privileges.beforeChange(9, GIVEN_AWAY, true), "a directory");
  }

  @Test
  void passesOtherErrorsOn() {
    fake.fails("getxattr", Errno.EIO);
    assertThrows(
        FileSystemException.class, () -> privileges.beforeWrite(new OpenFile(9, false, true), false));
  }
}

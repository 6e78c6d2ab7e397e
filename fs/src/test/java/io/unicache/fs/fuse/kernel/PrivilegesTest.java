package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.fs.fuse.kernel.OpenHandles.OpenFile;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrivilegesTest {

  private static final Caller USER = new Caller(1000, 0, 0, 0);
  private static final String REMOVED = "removexattr(9, security.capability, root)";

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
  void removesCapabilitiesAtTheFirstWrite() throws FileSystemException {
    fake.when("getxattr", a -> new byte[20]);
    OpenFile file = new OpenFile(9, true);
    privileges.beforeWrite(file, 5, false, USER);
    privileges.beforeWrite(file, 5, false, USER);
    assertEquals(List.of(REMOVED), changes());
  }

  @Test
  void takesBitsOffBeforeEachWriteThatTheKernelMarks() throws FileSystemException {
    OpenFile file = new OpenFile(9, true);
    privileges.beforeWrite(file, 5, false, USER);
    assertEquals(List.of(), changes());
    privileges.beforeWrite(file, 5, true, USER);
    privileges.beforeWrite(file, 5, true, USER);
    assertEquals(2, changes().size());
    assertEquals(true, changes().get(0).startsWith("clearSetId(5, "));
  }

  @Test
  void takesBitsOffBeforeTruncation() throws FileSystemException {
    fake.when("getxattr", a -> new byte[20]);
    privileges.beforeTruncate(9, false, USER);
    assertEquals(List.of(REMOVED), changes());
    privileges.beforeTruncate(9, true, USER);
    assertEquals(3, changes().size());
  }

  @Test
  void removesCapabilitiesOfWhatIsGivenAwayOrCut() throws FileSystemException {
    fake.when("getxattr", a -> new byte[20]);
    privileges.beforeChange(9, AttributeChange.owner(1, null));
    privileges.beforeChange(9, AttributeChange.size(5));
    assertEquals(List.of(REMOVED, REMOVED), changes());
  }

  @Test
  void leavesTheRestAlone() throws FileSystemException {
    privileges.beforeChange(9, AttributeChange.mode(04755));
    assertEquals(List.of(), fake.calls);
  }

  @Test
  void passesOtherErrorsOn() {
    fake.fails("getxattr", Errno.EIO);
    assertThrows(
        FileSystemException.class,
        () -> privileges.beforeWrite(new OpenFile(9, true), 5, false, USER));
  }
}

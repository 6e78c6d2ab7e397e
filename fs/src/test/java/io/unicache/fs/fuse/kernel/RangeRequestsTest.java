package io.unicache.fs.fuse.kernel;

import static io.unicache.fs.fuse.kernel.FakeKernel.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.kernel.FakeKernel.Answer;
import io.unicache.fs.fuse.kernel.Protocol.Opcode;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemOps.Opened;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Copying, seeking and allocating, as bytes in and bytes out. */
class RangeRequestsTest {

  private static final long NODE = 9;
  private static final long HANDLE = 3;
  private static final long GIB = 1L << 30;

  private final FakeOps fake = new FakeOps();
  private final FakeKernel kernel = new FakeKernel();
  private final Dispatcher dispatcher =
      new Dispatcher(
          fake.ops,
          new Notices(new FakeKernel(), "notices", inode -> {}),
          4096,
          new Prefetcher(fake.ops, new FakeKernel(), "prefetch", () -> 0, false),
          new Passthrough(fake.ops, new FakeBackingFiles(), Passthrough.OFF));

  @BeforeEach
  void init() {
    assertEquals(0, serve(FakeKernel.init(7, 45, ~0L)).errno());
    fake.fails("getxattr", Errno.ENODATA);
    fake.when("getattr", arguments -> FakeOps.attributes(NODE, 0106755));
    fake.when("copyRange", arguments -> arguments[4]);
  }

  private Answer serve(byte[] message) {
    return kernel.exchange(dispatcher, message);
  }

  private Answer serve(int opcode, Object... arguments) {
    return serve(request(opcode, NODE, arguments));
  }

  private Answer copy(int opcode, long from, long to, long length) {
    return serve(opcode, 2L, from, 10L, HANDLE, to, length, 0L);
  }

  private void openedByRoot() {
    fake.when("open", arguments -> new Opened(HANDLE, false, false));
    byte[] open = request(Opcode.OPEN, NODE, 02, 0);
    java.nio.ByteBuffer.wrap(open)
        .order(java.nio.ByteOrder.nativeOrder())
        .putInt(Protocol.InHeader.UID, 0);
    assertEquals(0, serve(open).errno());
    fake.calls.clear();
  }

  @Test
  void seeks() {
    fake.when("seekData", arguments -> 5L << 40);
    fake.when("seekHole", arguments -> 6L << 40);
    Answer data = serve(Opcode.LSEEK, HANDLE, 1L << 40, 3, 0);
    assertEquals(8, data.body().capacity());
    assertEquals(5L << 40, data.body().getLong(0));
    assertEquals(6L << 40, serve(Opcode.LSEEK, HANDLE, 7L, 4, 0).body().getLong(0));
    assertEquals(List.of("seekData(3, " + (1L << 40) + ")", "seekHole(3, 7)"), fake.calls);
  }

  @Test
  void seeksThatFail() {
    assertEquals(Errno.EINVAL.number(), serve(Opcode.LSEEK, HANDLE, 0L, 2, 0).errno());
    fake.fails("seekData", Errno.ENXIO);
    assertEquals(Errno.ENXIO.number(), serve(Opcode.LSEEK, HANDLE, 0L, 3, 0).errno());
  }

  @Test
  void aLongCopyIsOneRequest() {
    Answer answer = copy(Opcode.COPY_FILE_RANGE_64, 4096, 8192, 10 * GIB);
    assertEquals(8, answer.body().capacity());
    assertEquals(10 * GIB, answer.body().getLong(0));
    assertEquals(List.of("copyRange(2, 4096, 3, 8192, " + 10 * GIB + ")"), fake.calls);
  }

  @Test
  void aShortAnswerHasNoMoreThanItCanSay() {
    Answer answer = copy(Opcode.COPY_FILE_RANGE, 0, 0, 3 * GIB);
    assertEquals(8, answer.body().capacity());
    assertEquals((int) (3 * GIB), answer.body().getInt(0));
    assertEquals(0, answer.body().getInt(4));

    long copied = copy(Opcode.COPY_FILE_RANGE, 0, 0, 10 * GIB).body().getInt(0) & 0xffffffffL;
    assertEquals(4 * GIB - (16 << 20), copied, "the next copy begins at a block, whatever size");
    copied = copy(Opcode.COPY_FILE_RANGE, 5, 7, 10 * GIB).body().getInt(0) & 0xffffffffL;
    assertEquals(0, (7 + copied) % (16 << 20));
  }

  @Test
  void copiesThatFail() {
    fake.fails("copyRange", Errno.EOPNOTSUPP);
    assertEquals(Errno.EOPNOTSUPP.number(), copy(Opcode.COPY_FILE_RANGE_64, 0, 0, 1).errno());
    assertEquals(Errno.EOPNOTSUPP.number(), copy(Opcode.COPY_FILE_RANGE, 0, 0, 1).errno());
  }

  @Test
  void allocates() {
    Answer answer = serve(Opcode.FALLOCATE, HANDLE, 4096L, 1L << 40, 3, 0);
    assertEquals(0, answer.errno());
    assertEquals(0, answer.body().capacity());
    assertEquals(List.of("allocate(3, 3, 4096, " + (1L << 40) + ")"), fake.calls);
    fake.fails("allocate", Errno.EOPNOTSUPP);
    assertEquals(Errno.EOPNOTSUPP.number(), serve(Opcode.FALLOCATE, HANDLE, 0L, 1L, 8, 0).errno());
  }

  /** These requests, unlike WRITE, do not say that the bits must go. */
  @Test
  void anotherUsersChangeThroughRootsHandleTakesSetIdBitsOff() {
    openedByRoot();
    copy(Opcode.COPY_FILE_RANGE_64, 0, 0, 1);
    String cleared = "clearSetId(3, 1000:0)";
    assertTrue(fake.calls.containsAll(List.of(cleared, "copyRange(2, 0, 3, 0, 1)")));
    fake.calls.clear();
    serve(Opcode.FALLOCATE, HANDLE, 0L, 1L, 0, 0);
    assertEquals(List.of(cleared, "allocate(3, 0, 0, 1)"), fake.calls);
  }
}

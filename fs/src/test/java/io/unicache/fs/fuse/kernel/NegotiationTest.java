package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.kernel.FakeKernel.Answer;
import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.InitOut;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NegotiationTest {

  private static final long WRITEBACK_CACHE = 1L << 16;
  private static final long ALL = ~(1L << 31);

  private final FakeKernel kernel = new FakeKernel();
  private final Reply reply = new Reply(kernel, 4096, () -> {});

  private Optional<Negotiation> negotiate(byte[] init) throws FileSystemException {
    return negotiate(init, 4096);
  }

  private Optional<Negotiation> negotiate(byte[] init, int pageSize) throws FileSystemException {
    return negotiate(init, pageSize, false);
  }

  private Optional<Negotiation> negotiate(byte[] init, int pageSize, boolean passthrough)
      throws FileSystemException {
    Request request = new Request(4096);
    assertTrue(FakeKernel.deliver(request, init));
    reply.begin(4711);
    return Negotiation.answer(request, reply, pageSize, passthrough);
  }

  private ByteBuffer body() {
    reply.send(0);
    Answer answer = FakeKernel.parse(kernel.sent.remove());
    return answer.body();
  }

  @Test
  void takesTheSmallerMinorVersion() throws FileSystemException {
    assertEquals(45, negotiate(FakeKernel.init(7, 99, ALL)).orElseThrow().minor());
    assertEquals(45, body().getInt(InitOut.MINOR));
    assertEquals("7.31", negotiate(FakeKernel.init(7, 31, ALL)).orElseThrow().version());
    assertEquals(31, body().getInt(InitOut.MINOR));
  }

  @Test
  void asksForLargeRequestsAndCachesOfTheKernelsChoice() throws FileSystemException {
    Negotiation settled = negotiate(FakeKernel.init(7, 45, ALL)).orElseThrow();
    ByteBuffer body = body();
    assertEquals(64, body.capacity());
    assertEquals(7, body.getInt(InitOut.MAJOR));
    assertEquals(131072, body.getInt(InitOut.MAX_READAHEAD));
    assertEquals(1 << 20, body.getInt(InitOut.MAX_WRITE));
    assertEquals(256, body.getShort(InitOut.MAX_PAGES));
    assertEquals(1, body.getInt(InitOut.TIME_GRAN));
    assertEquals(0, body.getInt(InitOut.FLAGS2));
    assertTrue(settled.has(InitFlag.ASYNC_READ));
    assertTrue(settled.has(InitFlag.HANDLE_KILLPRIV_V2));
    assertTrue(settled.has(InitFlag.EXPLICIT_INVAL_DATA));
    assertEquals((int) settled.flags(), body.getInt(InitOut.FLAGS));
    assertFalse(settled.has(WRITEBACK_CACHE));
  }

  @Test
  void asksForPassthroughWhereItIsWantedAndOffered() throws FileSystemException {
    assertTrue(
        negotiate(FakeKernel.init(7, 45, ALL), 4096, true).orElseThrow().has(InitFlag.PASSTHROUGH));
    ByteBuffer body = body();
    assertEquals(1 << 5, body.getInt(InitOut.FLAGS2));
    assertEquals(1, body.getInt(InitOut.MAX_STACK_DEPTH));
    long without = ALL & ~InitFlag.PASSTHROUGH;
    assertFalse(
        negotiate(FakeKernel.init(7, 39, without), 4096, true)
            .orElseThrow()
            .has(InitFlag.PASSTHROUGH));
    body = body();
    assertEquals(0, body.getInt(InitOut.FLAGS2));
    assertEquals(0, body.getInt(InitOut.MAX_STACK_DEPTH));
    assertFalse(
        negotiate(FakeKernel.init(7, 31, InitFlag.ASYNC_READ), 4096, true)
            .orElseThrow()
            .has(InitFlag.PASSTHROUGH));
  }

  @Test
  void usesNothingThatIsNotOffered() throws FileSystemException {
    long few = InitFlag.ASYNC_READ | InitFlag.BIG_WRITES;
    Negotiation settled = negotiate(FakeKernel.init(7, 27, few)).orElseThrow();
    assertEquals(few, settled.flags());
    assertEquals(32 * 4096, settled.maxWrite());
    assertEquals(32 * 4096, body().getInt(InitOut.MAX_WRITE));
  }

  @Test
  void countsInTheKernelsPages() throws FileSystemException {
    negotiate(FakeKernel.init(7, 45, ALL), 65536);
    assertEquals(16, body().getShort(InitOut.MAX_PAGES));
    long old = InitFlag.ASYNC_READ;
    assertEquals(1 << 20, negotiate(FakeKernel.init(7, 27, old), 65536).orElseThrow().maxWrite());
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 22})
  void answersOldKernelsInShort(int minor) throws FileSystemException {
    negotiate(FakeKernel.init(7, minor, InitFlag.ASYNC_READ));
    assertEquals(24, body().capacity());
  }

  @Test
  void answers23InFull() throws FileSystemException {
    negotiate(FakeKernel.init(7, 23, InitFlag.ASYNC_READ));
    assertEquals(64, body().capacity());
  }

  @Test
  void hasANewerMajorVersionAskAgain() throws FileSystemException {
    assertEquals(Optional.empty(), negotiate(FakeKernel.init(8, 3, ALL)));
    assertEquals(7, body().getInt(InitOut.MAJOR));
  }

  @Test
  void refusesWhatIsTooOldOrMalformed() {
    for (byte[] init :
        new byte[][] {
          FakeKernel.init(6, 50, 0),
          FakeKernel.init(7, 11, 0),
          FakeKernel.request(Protocol.Opcode.INIT, 0, 7, 45)
        }) {
      FileSystemException e = assertThrows(FileSystemException.class, () -> negotiate(init));
      assertEquals(Errno.EINVAL, e.errno());
    }
  }
}

package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.kernel.Protocol.InHeader;
import io.unicache.fs.fuse.kernel.Protocol.Opcode;
import io.unicache.fs.ops.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestLoopTest {

  private final FakeOps fake = new FakeOps();
  private final FakeKernel kernel = new FakeKernel();
  private final Prefetcher prefetcher =
      new Prefetcher(fake.ops, kernel, "prefetch", () -> 0, false);
  private final Dispatcher dispatcher =
      new Dispatcher(
          fake.ops,
          new Notices(kernel, "notices", inode -> {}),
          4096,
          prefetcher,
          new Passthrough(fake.ops, new FakeBackingFiles(), Passthrough.OFF));
  private final Crew crew = new Crew(1, 1, index -> {});
  private final RequestLoop loop = new RequestLoop(kernel, dispatcher, crew.join());

  @Test
  void servesUntilTheMountIsGone() throws IOException {
    kernel.queue(FakeKernel.init(7, 45, ~0L));
    kernel.queue(Libc.EINTR);
    kernel.queue(Libc.ENOENT);
    kernel.queue(Libc.EAGAIN);
    kernel.queue(FakeKernel.request(Opcode.UNLINK, 1, "f"));
    kernel.queue(FakeKernel.request(Opcode.WRITE, 9, 3L, 0L, 5, 0, 0L, 0, 0, new byte[5]));
    kernel.queue(FakeKernel.request(Opcode.RMDIR, 1, "d"));
    fake.when("write", a -> 5);
    loop.run();
    assertEquals(
        List.of("unlink(1, f, 1000:0)", "write(3, 0, 5 bytes, 0)", "rmdir(1, d, 1000:0)"),
        fake.calls);
    assertEquals(4, kernel.sent.size());
    assertEquals("7.45", dispatcher.negotiation().orElseThrow().version());
  }

  @Test
  void endsWhenTheConnectionIsAborted() throws IOException {
    kernel.queue(Libc.ECONNABORTED);
    kernel.queue(FakeKernel.init(7, 45, ~0L));
    loop.run();
    assertTrue(dispatcher.negotiation().isEmpty());
  }

  @Test
  void failsWhenTheDeviceDoes() {
    kernel.queue(9);
    IOException e = assertThrows(IOException.class, loop::run);
    assertTrue(e.getMessage().endsWith("errno 9"), e.getMessage());
  }

  @Test
  void answersWhatHasAHeaderWithEio() throws IOException {
    byte[] wrongLength = FakeKernel.request(Opcode.STATFS, 1);
    ByteBuffer.wrap(wrongLength).order(ByteOrder.nativeOrder()).putInt(InHeader.LEN, 41);
    byte[] wrongExtensions = FakeKernel.request(Opcode.STATFS, 1);
    ByteBuffer.wrap(wrongExtensions)
        .order(ByteOrder.nativeOrder())
        .putShort(InHeader.TOTAL_EXTLEN, (short) 1);
    kernel.queue(wrongLength);
    kernel.queue(wrongExtensions);
    kernel.queue(new byte[39]);
    loop.run();
    assertEquals(2, kernel.sent.size());
    assertEquals(Errno.EIO.number(), FakeKernel.parse(kernel.sent.remove()).errno());
  }

  @Test
  void goesOnWhenAReplyIsNotTaken() throws IOException {
    kernel.result = -22;
    kernel.queue(FakeKernel.init(7, 45, ~0L));
    kernel.queue(FakeKernel.request(Opcode.UNLINK, 1, "f"));
    loop.run();
    assertEquals(List.of("unlink(1, f, 1000:0)"), fake.calls);
  }
}

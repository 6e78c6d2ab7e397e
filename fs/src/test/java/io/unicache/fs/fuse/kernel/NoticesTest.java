package io.unicache.fs.fuse.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NoticesTest {

  private final FakeKernel kernel = new FakeKernel();
  private final Notices notices = new Notices(kernel, "notices", inode -> {});

  @AfterEach
  void stop() throws InterruptedException {
    notices.stop();
  }

  private static void checkHeader(ByteBuffer message, int code) {
    assertEquals(message.capacity(), message.getInt(OutHeader.LEN));
    assertEquals(code, message.getInt(OutHeader.ERROR));
    assertEquals(0, message.getLong(OutHeader.UNIQUE));
  }

  @Test
  void tellsOfAnInode() {
    notices.inode(42);
    ByteBuffer message = kernel.sent.remove();
    checkHeader(message, 2);
    assertEquals(40, message.capacity());
    assertEquals(42, message.getLong(16));
    assertEquals(0, message.getLong(24));
    assertEquals(0, message.getLong(32));
    assertEquals(1, notices.count());
  }

  @Test
  void tellsOfANameTwice() throws InterruptedException {
    notices.entry(7, "n\u00ff".getBytes(ISO_8859_1));
    notices.entry(7, new byte[1025]);
    ByteBuffer message = kernel.sent.remove();
    checkHeader(message, 3);
    assertEquals(16 + 16 + 3, message.capacity());
    assertEquals(7, message.getLong(16));
    assertEquals(2, message.getInt(24));
    assertEquals(0, message.getInt(28));
    assertEquals((byte) 0xff, message.get(33));
    assertEquals(0, message.get(34));
    while (kernel.sent.isEmpty()) {
      Thread.sleep(10);
    }
    assertEquals(message, kernel.sent.remove());
  }

  @Test
  void doesNotWaitForeverForTheKernel() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    Channel slow =
        new Channel() {
          @Override
          public int receive(NativeBuffer into) {
            return -Libc.ENODEV;
          }

          @Override
          public int send(NativeBuffer from, int offset, int length) {
            try {
              go.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return 0;
          }

          @Override
          public boolean hasRequest() {
            return false;
          }

          @Override
          public int send(IoVector message) {
            return -Libc.ENODEV;
          }
        };
    Notices waiting = new Notices(slow, "slow notices", inode -> {});
    waiting.inode(1);
    go.countDown();
    waiting.stop();
    assertTrue(waiting.count() > 0);
  }

  @Test
  void outlivesErrorsAndTheEnd() throws InterruptedException {
    kernel.result = -Libc.ENOENT;
    notices.inode(1);
    kernel.result = -22;
    notices.inode(2);
    assertEquals(2, kernel.sent.size());
    notices.stop();
    notices.inode(3);
    assertEquals(2, kernel.sent.size());
  }
}

package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.kernel.Protocol.Notice;
import io.unicache.fs.fuse.kernel.Protocol.NotifyStoreOut;
import io.unicache.fs.fuse.kernel.Protocol.OutHeader;
import io.unicache.fs.ops.Errno;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrefetcherTest {

  private static final long INODE = 9;
  private static final long HANDLE = 3;
  private static final int PIECE = 128 << 10;
  private static final int MIB = 1 << 20;

  /** More than what the kernel may ask for out of order. */
  private static final int STRIDE = 3 * MIB;

  private final FakeOps fake = new FakeOps();
  private final FakeKernel kernel = new FakeKernel();
  private final AtomicLong free = new AtomicLong(1L << 40);
  private final Prefetcher prefetcher =
      new Prefetcher(fake.ops, kernel, "prefetch", free::get, true);

  private long size = 64L * MIB;
  private byte[] head = new byte[0];

  PrefetcherTest() {
    fake.when("read", this::read);
    fake.when("getattr", a -> FakeOps.attributes(INODE, 0100644));
  }

  @AfterEach
  void stop() throws InterruptedException {
    prefetcher.stop();
  }

  private static byte at(long offset) {
    return (byte) ((offset * 31) >> 7);
  }

  private int read(Object[] arguments) {
    return read((Long) arguments[1], (ByteBuffer) arguments[2]);
  }

  private int read(long offset, ByteBuffer into) {
    int count = (int) Math.max(0, Math.min(into.remaining(), size - offset));
    for (long i = offset; i < offset + count; i++) {
      into.put(i < head.length ? head[(int) i] : at(i));
    }
    return count;
  }

  /** What it takes to be sure of a pattern; the next piece would be the fifth. */
  private void readInStrides() {
    for (int i = 0; i < 4; i++) {
      prefetcher.read(INODE, HANDLE, (long) i * STRIDE, PIECE);
    }
  }

  /** Ends the threads, and returns lengths by offset of what is in the kernel's cache. */
  private NavigableMap<Long, Integer> cached() throws InterruptedException {
    prefetcher.awaitIdle();
    NavigableMap<Long, Integer> cached = new TreeMap<>();
    for (ByteBuffer message = kernel.sent.poll(); message != null; message = kernel.sent.poll()) {
      assertEquals(Notice.STORE, message.getInt(OutHeader.ERROR));
      assertEquals(0, message.getLong(OutHeader.UNIQUE));
      assertEquals(message.capacity(), message.getInt(OutHeader.LEN));
      int at = OutHeader.SIZE;
      assertEquals(INODE, message.getLong(at + NotifyStoreOut.NODEID));
      long offset = message.getLong(at + NotifyStoreOut.OFFSET);
      int count = message.getInt(at + NotifyStoreOut.SIZE_FIELD);
      assertEquals(message.capacity(), at + NotifyStoreOut.SIZE + count);
      for (int i = 0; i < count; i += 1000) {
        byte expected = offset + i < head.length ? head[(int) (offset + i)] : at(offset + i);
        assertEquals(expected, message.get(at + NotifyStoreOut.SIZE + i));
      }
      cached.put(offset, count);
    }
    return cached;
  }

  @Test
  void leavesForwardReadersToTheKernel() throws InterruptedException {
    prefetcher.opened(INODE, false);
    for (int i = 0; i < 100; i++) {
      prefetcher.read(INODE, HANDLE, (long) i * PIECE, PIECE);
    }
    assertTrue(cached().isEmpty());
  }

  @Test
  void putsThereWhatAReaderInStridesWillWant() throws InterruptedException {
    prefetcher.opened(INODE, false);
    readInStrides();
    NavigableMap<Long, Integer> cached = cached();
    assertEquals(4L * STRIDE, cached.firstKey());
    assertEquals(PIECE, cached.firstEntry().getValue());
    assertEquals(18L * STRIDE, cached.lastKey(), "2 MiB have 16 pieces, of which one was read");
    assertEquals(15, cached.size());
  }

  @Test
  void stopsAtTheEndOfTheFile() throws InterruptedException {
    size = 5L * STRIDE + 1000;
    prefetcher.opened(INODE, false);
    readInStrides();
    NavigableMap<Long, Integer> cached = cached();
    assertEquals(Map.of(4L * STRIDE, PIECE, 5L * STRIDE, 1000), cached);
  }

  @Test
  void putsNothingWhileTheFileIsOpenForWriting() throws InterruptedException {
    prefetcher.opened(INODE, false);
    prefetcher.opened(INODE, true);
    readInStrides();
    assertTrue(cached().isEmpty());
    prefetcher.closed(INODE, true);
    readInStrides();
    assertFalse(cached().isEmpty());
  }

  @Test
  void aWriterWaitsForWhatIsOnItsWay() throws InterruptedException {
    checkThatAWriterWaits(() -> {});
  }

  @Test
  void aWriterWaitsAlsoIfNobodyHasTheFileOpenAnyMore() throws InterruptedException {
    checkThatAWriterWaits(() -> prefetcher.closed(INODE, false));
  }

  private void checkThatAWriterWaits(Runnable meanwhile) throws InterruptedException {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean writer = new AtomicBoolean();
    fake.when(
        "read",
        a -> {
          if (((ByteBuffer) a[2]).remaining() != PIECE) {
            return 0; // Whether it is a model is asked as well: that puts nothing anywhere.
          }
          reading.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          assertFalse(writer.get(), "the writer has come too early");
          return read(a);
        });
    prefetcher.opened(INODE, false);
    readInStrides();
    reading.await();
    meanwhile.run();
    Thread opener =
        new Thread(
            () -> {
              prefetcher.opened(INODE, true);
              writer.set(true);
            });
    opener.start();
    while (opener.isAlive() && opener.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    assertFalse(writer.get(), "the writer has not waited");
    go.countDown();
    opener.join();
    assertEquals(1, cached().size(), "the rest is dropped");
  }

  @Test
  void stopsWhenTheHandleIsGone() throws InterruptedException {
    fake.fails("read", Errno.EBADF);
    prefetcher.opened(INODE, false);
    readInStrides();
    assertTrue(cached().isEmpty());
  }

  @Test
  void putsAllOfAModelThereThatIsReadHereAndThere() throws InterruptedException {
    size = 10L * MIB;
    head = new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0};
    prefetcher.opened(INODE, false);
    prefetcher.read(INODE, HANDLE, 0, 4096);
    prefetcher.read(INODE, HANDLE, 7L * MIB, 4096);
    NavigableMap<Long, Integer> cached = cached();
    assertEquals(10, cached.size());
    assertEquals(0, cached.firstKey());
  }

  @Test
  void aModelTakesAPartOfTheFreeMemoryAtMost() throws InterruptedException {
    free.set(8L * MIB);
    head = new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0};
    prefetcher.opened(INODE, false);
    prefetcher.read(INODE, HANDLE, 0, 4096);
    prefetcher.read(INODE, HANDLE, 7L * MIB, 4096);
    assertEquals(2, cached().size());
  }

  @Test
  void aModelThatIsReadForwardIsNotTakenForMapped() throws InterruptedException {
    head = new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0};
    prefetcher.opened(INODE, false);
    for (int i = 0; i < 9; i++) {
      prefetcher.read(INODE, HANDLE, (long) i * PIECE, PIECE);
    }
    assertTrue(cached().isEmpty());
  }

  @Test
  void otherFilesThatAreReadHereAndThereAreLeftAlone() throws InterruptedException {
    prefetcher.opened(INODE, false);
    prefetcher.read(INODE, HANDLE, 0, 4096);
    prefetcher.read(INODE, HANDLE, 7L * MIB, 4096);
    prefetcher.read(INODE, HANDLE, 3L * MIB, 4096);
    assertTrue(cached().isEmpty());
  }

  @Test
  void doesNothingWhenItIsOff() throws InterruptedException {
    Prefetcher off = new Prefetcher(fake.ops, kernel, "off", free::get, false);
    off.opened(INODE, false);
    for (int i = 0; i < 9; i++) {
      off.read(INODE, HANDLE, (long) i * STRIDE, PIECE);
    }
    off.awaitIdle();
    off.stop();
    assertTrue(fake.calls.isEmpty());
    assertTrue(kernel.sent.isEmpty());
  }
}

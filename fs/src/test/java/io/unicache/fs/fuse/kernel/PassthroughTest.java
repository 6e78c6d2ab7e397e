package io.unicache.fs.fuse.kernel;

import static io.unicache.fs.fuse.kernel.FakeKernel.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.kernel.FakeKernel.Answer;
import io.unicache.fs.fuse.kernel.Protocol.EntryOut;
import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.Opcode;
import io.unicache.fs.fuse.kernel.Protocol.OpenFlag;
import io.unicache.fs.fuse.kernel.Protocol.OpenOut;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemOps.Created;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.OpenFlags;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In which mode each opening of an inode is. */
class PassthroughTest {

  private static final int NEITHER = 0;
  private static final int THROUGH = OpenFlag.PASSTHROUGH;
  private static final int FOR_WRITER = OpenFlag.PASSTHROUGH | OpenFlag.DIRECT_IO;

  private final FakeOps fake = new FakeOps();
  private final FakeKernel kernel = new FakeKernel();
  private final FakeKernel noticed = new FakeKernel();
  private final FakeBackingFiles backing = new FakeBackingFiles();
  private final Passthrough passthrough = new Passthrough(fake.ops, backing, Passthrough.IN_USE);
  private final Notices notices = new Notices(noticed, "notices", inode -> {});
  private final Dispatcher dispatcher =
      new Dispatcher(
          fake.ops,
          notices,
          4096,
          new Prefetcher(fake.ops, noticed, "prefetch", () -> 0, false),
          passthrough);
  private final AtomicLong handles = new AtomicLong(100);
  private Optional<Path> lent = Optional.of(Path.of("/packs/1"));

  @BeforeEach
  void init() {
    fake.when("open", a -> new Opened(handles.incrementAndGet(), true, false));
    fake.when("lend", a -> lent);
    initialise(~0L);
  }

  private void initialise(long flags) {
    assertEquals(0, kernel.exchange(dispatcher, FakeKernel.init(7, 45, flags)).errno());
  }

  /** Checks mode and backing file of an opening, and returns its handle. */
  private long open(long inode, int flags, int mode, int id) {
    Answer answer = kernel.exchange(dispatcher, request(Opcode.OPEN, inode, flags, 0));
    assertEquals(0, answer.errno());
    return check(answer.body(), 0, mode, id);
  }

  private static long check(ByteBuffer body, int at, int mode, int id) {
    int ours = ~(OpenFlag.KEEP_CACHE | OpenFlag.NOFLUSH);
    assertEquals(mode, body.getInt(at + OpenOut.OPEN_FLAGS) & ours);
    assertEquals(id, body.getInt(at + OpenOut.BACKING_ID));
    if (id != 0) {
      assertEquals(0, body.getInt(at + OpenOut.OPEN_FLAGS) & OpenFlag.KEEP_CACHE);
    }
    return body.getLong(at + OpenOut.FH);
  }

  private void release(long handle) {
    assertEquals(
        0, kernel.exchange(dispatcher, request(Opcode.RELEASE, 9, handle, 0L, 0L)).errno());
  }

  @Test
  void openingsOfAnInodeShareTheFileBelow() {
    long one = open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    long two = open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    release(one);
    long three = open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    release(three);
    assertEquals(List.of("open /packs/1"), backing.calls);
    release(two);
    assertEquals(List.of("open /packs/1", "close 1"), backing.calls);
    open(9, OpenFlags.READ_ONLY, THROUGH, 2);
    assertEquals(4, passthrough.opens());
  }

  @Test
  void whatIsCachedStaysCached() {
    lent = Optional.empty();
    long cached = open(9, OpenFlags.READ_ONLY, NEITHER, 0);
    lent = Optional.of(Path.of("/packs/1"));
    long other = open(9, OpenFlags.READ_ONLY, NEITHER, 0);
    release(cached);
    long third = open(9, OpenFlags.READ_WRITE, NEITHER, 0);
    release(other);
    release(third);
    open(9, OpenFlags.READ_ONLY, THROUGH, 1);
  }

  @Test
  void inodesDoNotMeddleWithEachOther() {
    open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    lent = Optional.empty();
    open(10, OpenFlags.READ_ONLY, NEITHER, 0);
    lent = Optional.of(Path.of("/packs/1"));
    open(11, OpenFlags.READ_ONLY, THROUGH, 2);
  }

  @Test
  void writersFollowAndAttributesAreAskedForAnew() throws Exception {
    open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    open(9, OpenFlags.READ_WRITE, FOR_WRITER, 1);
    notices.stop();
    assertEquals(1, noticed.sent.size());
  }

  @Test
  void filesThatAreCreatedFollow() {
    open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    fake.when(
        "create",
        a ->
            new Created(
                FakeOps.attributes(9, 0100644),
                new Opened(handles.incrementAndGet(), false, false)));
    Answer answer =
        kernel.exchange(
            dispatcher, request(Opcode.CREATE, 1, OpenFlags.WRITE_ONLY, 0644, 0, 0, "name"));
    check(answer.body(), EntryOut.SIZE, FOR_WRITER, 1);
  }

  @Test
  void anOpeningThatIsNotDeliveredIsTakenBack() {
    kernel.result = -Libc.ENOENT;
    kernel.exchange(dispatcher, request(Opcode.OPEN, 9, OpenFlags.READ_ONLY, 0));
    assertEquals(List.of("open /packs/1", "close 1"), backing.calls);
  }

  @Test
  void aRefusalTurnsItOffForGood() {
    long kept = open(8, OpenFlags.READ_ONLY, THROUGH, 1);
    backing.errno = -Libc.EPERM;
    open(9, OpenFlags.READ_ONLY, NEITHER, 0);
    backing.errno = 0;
    open(10, OpenFlags.READ_ONLY, NEITHER, 0);
    assertEquals("not available (refused by the kernel, errno 1)", passthrough.state());
    open(8, OpenFlags.READ_ONLY, THROUGH, 1);
    release(kept);
  }

  @Test
  void aFileThatHasJustGoneDoesNot() {
    backing.errno = -Libc.ENOENT;
    open(9, OpenFlags.READ_ONLY, NEITHER, 0);
    backing.errno = 0;
    open(10, OpenFlags.READ_ONLY, THROUGH, 1);
    assertEquals(Passthrough.IN_USE, passthrough.state());
  }

  @Test
  void aFileThatCannotBeLentIsReadTheUsualWay() {
    fake.fails("lend", Errno.EIO);
    open(9, OpenFlags.READ_ONLY, NEITHER, 0);
  }

  @Test
  void anOldKernelIsNotAsked() {
    initialise(~InitFlag.PASSTHROUGH);
    open(9, OpenFlags.READ_ONLY, NEITHER, 0);
    assertTrue(passthrough.state().startsWith("not available (kernel"));
    assertEquals(List.of(), backing.calls);
  }

  @Test
  void whatIsLeftAtTheEndIsClosed() {
    open(9, OpenFlags.READ_ONLY, THROUGH, 1);
    dispatcher.close();
    assertEquals(List.of("open /packs/1", "close 1"), backing.calls);
  }

  @Test
  void theModesOfAnInodeNeverMix() throws Exception {
    AtomicLong coin = new AtomicLong();
    fake.when(
        "lend",
        a -> coin.getAndIncrement() % 2 == 0 ? Optional.of(Path.of("/p")) : Optional.empty());
    ExecutorService pool = Executors.newFixedThreadPool(4);
    CountDownLatch start = new CountDownLatch(1);
    List<Future<?>> running = new ArrayList<>();
    // Of all that overlaps, no two differ: each thread keeps one open all the time while it checks.
    for (int t = 0; t < 4; t++) {
      running.add(
          pool.submit(
              () -> {
                start.await();
                for (int i = 0; i < 2000; i++) {
                  Opened opened = new Opened(i, true, false);
                  int first = passthrough.opened(9, opened, OpenFlags.READ_ONLY).backingId();
                  int second = passthrough.opened(9, opened, OpenFlags.READ_ONLY).backingId();
                  assertEquals(first, second);
                  passthrough.closed(9);
                  passthrough.closed(9);
                }
                return null;
              }));
    }
    start.countDown();
    for (Future<?> thread : running) {
      thread.get(60, TimeUnit.SECONDS);
    }
    pool.shutdown();
    long opened = backing.calls.stream().filter(call -> call.startsWith("open")).count();
    assertEquals(opened, backing.calls.size() - opened);
  }
}

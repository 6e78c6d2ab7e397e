package io.unicache.fs.fuse.kernel;

import static io.unicache.fs.fuse.kernel.FakeKernel.request;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.unicache.fs.fuse.kernel.FakeKernel.Answer;
import io.unicache.fs.fuse.kernel.Protocol.Attr;
import io.unicache.fs.fuse.kernel.Protocol.AttrOut;
import io.unicache.fs.fuse.kernel.Protocol.Dirent;
import io.unicache.fs.fuse.kernel.Protocol.DirentPlus;
import io.unicache.fs.fuse.kernel.Protocol.EntryOut;
import io.unicache.fs.fuse.kernel.Protocol.InHeader;
import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.Opcode;
import io.unicache.fs.fuse.kernel.Protocol.StatfsOut;
import io.unicache.fs.fuse.kernel.Protocol.Statx;
import io.unicache.fs.fuse.kernel.Protocol.StatxOut;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemOps.Created;
import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.FileSystemOps.Statistics;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.store.read.ReadTarget;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every opcode, as bytes in and bytes out. */
class DispatcherTest {

  private static final int FILE = 0100644;
  private static final int DIRECTORY = 0040755;

  private final FakeOps fake = new FakeOps();
  private final FakeKernel kernel = new FakeKernel();
  private final Notices notices = new Notices(new FakeKernel(), "notices", inode -> {});
  private final Prefetcher prefetcher =
      new Prefetcher(fake.ops, new FakeKernel(), "prefetch", () -> 0, false);
  private final FakeBackingFiles backing = new FakeBackingFiles();
  private final Dispatcher dispatcher = newDispatcher();

  private Dispatcher newDispatcher() {
    return new Dispatcher(
        fake.ops, notices, 4096, prefetcher, new Passthrough(fake.ops, backing, Passthrough.OFF));
  }

  @BeforeEach
  void init() {
    assertEquals(0, serve(FakeKernel.init(7, 45, ~0L)).errno());
  }

  private Answer serve(byte[] message) {
    return kernel.exchange(dispatcher, message);
  }

  private Answer serve(int opcode, long node, Object... arguments) {
    return serve(request(opcode, node, arguments));
  }

  private void check(Answer answer, String... calls) {
    assertEquals(0, answer.errno());
    assertEquals(List.of(calls), fake.calls);
    fake.calls.clear();
  }

  private static void checkEntry(ByteBuffer body, int at, long inode, long seconds) {
    assertEquals(inode, body.getLong(at + EntryOut.NODEID));
    assertEquals(0, body.getLong(at + EntryOut.GENERATION));
    assertEquals(seconds, body.getLong(at + EntryOut.ENTRY_VALID));
    assertEquals(seconds, body.getLong(at + EntryOut.ATTR_VALID));
    checkAttributes(body, at + EntryOut.ATTR, inode);
  }

  private static void checkAttributes(ByteBuffer body, int at, long inode) {
    assertEquals(inode, body.getLong(at + Attr.INO));
    assertEquals(5_000_000_000L, body.getLong(at + Attr.SIZE_FIELD));
    assertEquals(77, body.getLong(at + Attr.BLOCKS));
    assertEquals(1, body.getLong(at + Attr.ATIME));
    assertEquals(-2, body.getLong(at + Attr.MTIME));
    assertEquals(3, body.getLong(at + Attr.CTIME));
    assertEquals(11, body.getInt(at + Attr.ATIMENSEC));
    assertEquals(22, body.getInt(at + Attr.MTIMENSEC));
    assertEquals(33, body.getInt(at + Attr.CTIMENSEC));
    assertEquals(1, body.getInt(at + Attr.NLINK));
    assertEquals(1000, body.getInt(at + Attr.UID));
    assertEquals(100, body.getInt(at + Attr.GID));
    assertEquals(0x1234, body.getInt(at + Attr.RDEV));
    assertEquals(4096, body.getInt(at + Attr.BLKSIZE));
    assertEquals(0, body.getInt(at + Attr.FLAGS));
  }

  // Names

  @Test
  void lookup() {
    fake.when("lookup", a -> FakeOps.attributes(9, FILE));
    Answer answer = serve(Opcode.LOOKUP, 1, "name\u00ff");
    check(answer, "lookup(1, name\u00ff, 1000:0)", "hold(9)");
    assertEquals(EntryOut.SIZE, answer.body().capacity());
    checkEntry(answer.body(), 0, 9, Validity.LONG);
    assertEquals(1, dispatcher.counts().count(9));
  }

  @Test
  void lookupOfAbsentNamesIsRememberedWhereThatIsRight() {
    fake.fails("lookup", Errno.ENOENT);
    Answer answer = serve(Opcode.LOOKUP, 1, "name");
    assertEquals(0, answer.errno());
    assertEquals(0, answer.body().getLong(EntryOut.NODEID));
    assertEquals(Validity.LONG, answer.body().getLong(EntryOut.ENTRY_VALID));
    fake.when("cacheable", a -> false);
    assertEquals(Errno.ENOENT.number(), serve(Opcode.LOOKUP, 1, "name").errno());
  }

  @Test
  void lookupOfWhatChangesByItselfIsNotRemembered() {
    fake.when("lookup", a -> FakeOps.attributes(9, FILE));
    fake.when("cacheable", a -> (Long) a[0] != 9);
    checkEntry(serve(Opcode.LOOKUP, 1, "name").body(), 0, 9, 0);
  }

  @Test
  void lookupDuringANoticeIsNotRemembered() {
    fake.when(
        "lookup",
        a -> {
          notices.inode(9);
          return FakeOps.attributes(9, FILE);
        });
    ByteBuffer body = serve(Opcode.LOOKUP, 1, "name").body();
    checkEntry(body, 0, 9, 0);
  }

  @Test
  void lookupStartsAgainWhenTheInodeGoes() {
    long[] next = {9};
    fake.when("lookup", a -> FakeOps.attributes(next[0]++, FILE));
    fake.when(
        "hold",
        a -> {
          if ((Long) a[0] < 11) {
            throw FakeOps.error(Errno.ESTALE);
          }
          return null;
        });
    checkEntry(serve(Opcode.LOOKUP, 1, "name").body(), 0, 11, Validity.LONG);
    fake.fails("hold", Errno.ESTALE);
    assertEquals(Errno.ESTALE.number(), serve(Opcode.LOOKUP, 1, "name").errno());
  }

  @Test
  void aFileOfSeveralNamesIsBelievedForAShortTime() {
    Attributes a = FakeOps.attributes(9, FILE);
    fake.when(
        "getattr",
        x ->
            new Attributes(
                9, FILE, 2, 0, 0, 0, 0, 0, 0, a.accessed(), a.modified(), a.changed(), a.born()));
    Answer answer = serve(Opcode.GETATTR, 9, 0, 0, 0L);
    assertEquals(Validity.SHORT, answer.body().getLong(AttrOut.ATTR_VALID));
  }

  @Test
  void whatTheKernelDoesNotLearnIsTakenBack() {
    fake.when("lookup", a -> FakeOps.attributes(9, FILE));
    kernel.result = -Libc.ENOENT;
    serve(Opcode.LOOKUP, 1, "name");
    assertEquals(0, dispatcher.counts().count(9));
    fake.when("open", a -> new Opened(3, false, false));
    fake.calls.clear();
    serve(Opcode.OPEN, 9, 0, 0);
    assertEquals(List.of("open(9, 0, 1000:0)", "release(3)"), fake.calls);
    fake.when("openDirectory", a -> 4L);
    fake.calls.clear();
    serve(Opcode.OPENDIR, 9, 0, 0);
    assertEquals(List.of("openDirectory(9, 0, 1000:0)", "releaseDirectory(4)"), fake.calls);
    fake.when("create", a -> new Created(FakeOps.attributes(9, FILE), new Opened(3, false, false)));
    fake.calls.clear();
    serve(Opcode.CREATE, 1, 0, 0, 0, 0, "n");
    assertEquals(
        List.of("create(1, n, 0, 0, 1000:0)", "hold(9)", "release(3)", "drop(9, 1)"), fake.calls);
  }

  @Test
  void whatFailsAfterAnOpeningIsTakenBack() {
    fake.when("open", a -> new Opened(3, false, false));
    fake.when("create", a -> new Created(FakeOps.attributes(9, FILE), new Opened(3, false, false)));
    backing.broken = true;
    Dispatcher lending =
        new Dispatcher(
            fake.ops,
            notices,
            4096,
            prefetcher,
            new Passthrough(fake.ops, backing, Passthrough.IN_USE));
    assertEquals(0, kernel.exchange(lending, FakeKernel.init(7, 45, ~0L)).errno());
    fake.when("lend", a -> Optional.of(Path.of("pack")));
    assertEquals(
        Errno.EIO.number(), kernel.exchange(lending, request(Opcode.OPEN, 9, 0, 0)).errno());
    assertEquals("release(3)", fake.calls.get(fake.calls.size() - 1));
    fake.calls.clear();
    byte[] create = request(Opcode.CREATE, 1, 0, 0, 0, 0, "n");
    assertEquals(Errno.EIO.number(), kernel.exchange(lending, create).errno());
    assertEquals("release(3)", fake.calls.get(fake.calls.size() - 1));
  }

  @Test
  void statxSaysWhenAFileWasMade() {
    fake.when("getattr", a -> FakeOps.attributes(9, FILE));
    ByteBuffer body = serve(Opcode.STATX, 9, 0, 0, 0L, 0, 0xfff).body();
    assertEquals(StatxOut.SIZE, body.capacity());
    assertEquals(Validity.LONG, body.getLong(StatxOut.ATTR_VALID));
    int at = StatxOut.STAT;
    assertEquals(0xfff, body.getInt(at + Statx.MASK));
    assertEquals(9, body.getLong(at + Statx.INO));
    assertEquals(FILE, body.getShort(at + Statx.MODE) & 0xffff);
    assertEquals(5_000_000_000L, body.getLong(at + Statx.SIZE_FIELD));
    assertEquals(77, body.getLong(at + Statx.BLOCKS));
    assertEquals(4, body.getLong(at + Statx.BTIME));
    assertEquals(44, body.getInt(at + Statx.BTIME + 8));
    assertEquals(-2, body.getLong(at + Statx.MTIME));
    assertEquals(0x12, body.getInt(at + Statx.RDEV_MAJOR));
    assertEquals(0x34, body.getInt(at + Statx.RDEV_MINOR));
  }

  @Test
  void forgetHasNoReply() {
    fake.when("lookup", a -> FakeOps.attributes(9, FILE));
    for (int i = 0; i < 3; i++) {
      serve(Opcode.LOOKUP, 1, "name");
    }
    assertNull(serve(Opcode.FORGET, 9, 1L));
    assertEquals(2, dispatcher.counts().count(9));
    assertNull(serve(Opcode.BATCH_FORGET, 0, 2, 0, 9L, 1L, 9L, 1L));
    assertEquals(0, dispatcher.counts().count(9));
    assertNull(serve(Opcode.BATCH_FORGET, 0, 1000, 0, 9L, 1L), "malformed");
    assertNull(serve(Opcode.FORGET, 9), "malformed");
  }

  @Test
  void makesThings() {
    fake.when("mkdir", a -> FakeOps.attributes(10, DIRECTORY));
    Answer made = serve(Opcode.MKDIR, 1, 0755, 022, "d");
    check(made, "mkdir(1, d, 493, 1000:18)", "hold(10)");
    checkEntry(made.body(), 0, 10, Validity.LONG);
    fake.when("mknod", a -> FakeOps.attributes(11, FILE));
    check(
        serve(Opcode.MKNOD, 1, FILE, 0x103, 022, 0, "f"),
        "mknod(1, f, 33188, 259, 1000:18)",
        "hold(11)");
    fake.when("symlink", a -> FakeOps.attributes(12, 0120777));
    check(
        serve(Opcode.SYMLINK, 1, "s", "to/\u00e4"), "symlink(1, s, to/\u00e4, 1000:0)", "hold(12)");
    fake.when("link", a -> FakeOps.attributes(11, FILE));
    check(serve(Opcode.LINK, 1, 11L, "g"), "link(11, 1, g, 1000:0)");
    assertEquals(2, dispatcher.counts().count(11));
  }

  @Test
  void removesAndRenames() {
    check(serve(Opcode.UNLINK, 1, "f"), "unlink(1, f, 1000:0)");
    check(serve(Opcode.RMDIR, 1, "d"), "rmdir(1, d, 1000:0)");
    check(serve(Opcode.RENAME, 1, 2L, "a", "b"), "rename(1, a, 2, b, 0, 1000:0)");
    check(serve(Opcode.RENAME2, 1, 2L, 2, 0, "a", "b"), "rename(1, a, 2, b, 2, 1000:0)");
  }

  @Test
  void readlink() {
    fake.when("readlink", a -> "to/\u00e4");
    byte[] target = new byte[4];
    Answer answer = serve(Opcode.READLINK, 12);
    answer.body().get(target);
    assertArrayEquals("to/\u00e4".getBytes(ISO_8859_1), target);
    assertEquals(0, answer.body().remaining());
  }

  // Attributes

  /** A commit may make holes of zeros, so what it takes on the disk changes by itself. */
  @Test
  void attributesOfAFileThatIsOpenForWritingAreNotRemembered() {
    fake.when("getattr", a -> FakeOps.attributes(9, FILE));
    fake.when("open", a -> new Opened(3, false, false));
    serve(Opcode.OPEN, 9, 1, 0);
    assertEquals(0, attributesValid());
    fake.when("open", a -> new Opened(4, false, false));
    serve(Opcode.OPEN, 9, 2, 0);
    serve(Opcode.RELEASE, 9, 3L, 0, 0, 0L);
    assertEquals(0, attributesValid());
    fake.when(
        "getattr",
        a -> {
          serve(Opcode.RELEASE, 9, 4L, 0, 0, 0L);
          return FakeOps.attributes(9, FILE);
        });
    assertEquals(0, attributesValid(), "released meanwhile");
    assertEquals(Validity.LONG, attributesValid());
    fake.when("open", a -> new Opened(5, false, false));
    serve(Opcode.OPEN, 9, 0, 0);
    assertEquals(Validity.LONG, attributesValid(), "open for reading");
  }

  private long attributesValid() {
    return serve(Opcode.GETATTR, 9, 0, 0, 0L).body().getLong(AttrOut.ATTR_VALID);
  }

  @Test
  void getattr() {
    fake.when("getattr", a -> FakeOps.attributes(9, FILE));
    Answer answer = serve(Opcode.GETATTR, 9, 0, 0, 0L);
    check(answer, "getattr(9)");
    assertEquals(AttrOut.SIZE, answer.body().capacity());
    assertEquals(Validity.LONG, answer.body().getLong(AttrOut.ATTR_VALID));
    checkAttributes(answer.body(), AttrOut.ATTR, 9);
  }

  private Answer setattr(int valid, long size, long seconds, int nanos) {
    return serve(
        Opcode.SETATTR,
        9,
        valid,
        0,
        0L,
        size,
        0L,
        seconds,
        seconds,
        0L,
        nanos,
        nanos,
        0,
        0600,
        0,
        7,
        8,
        0);
  }

  @Test
  void setattr() {
    fake.when("getattr", a -> FakeOps.attributes(9, FILE));
    fake.when("setattr", a -> FakeOps.attributes(9, FILE));
    fake.fails("getxattr", Errno.ENODATA);
    checkAttributes(setattr(1, 0, 0, 0).body(), AttrOut.ATTR, 9);
    setattr(1 << 1 | 1 << 2, 0, 0, 0);
    setattr(1 << 3 | 1 << 6, 1L << 40, 0, 0);
    setattr(1 << 4 | 1 << 5, 0, -5, 999_999_999);
    setattr(1 << 7 | 1 << 8 | 1 << 4 | 1 << 5, 0, 1, 1);
    List<String> changes = fake.calls.stream().filter(c -> c.startsWith("setattr")).toList();
    String change =
        "setattr(9, AttributeChange[mode=%s, uid=%s, gid=%s, size=%s, accessed=%s, modified=%s],"
            + " 1000:0)";
    String time = "Timestamp[seconds=-5, nanos=999999999]";
    String now = "Timestamp[seconds=-9223372036854775808, nanos=0]";
    assertEquals(
        List.of(
            String.format(change, 0600, null, null, null, null, null),
            String.format(change, null, 7, 8, null, null, null),
            String.format(change, null, null, null, 1L << 40, null, null),
            String.format(change, null, null, null, null, time, time),
            String.format(change, null, null, null, null, now, now)),
        changes);
    assertEquals(Errno.EINVAL.number(), setattr(1 << 4, 0, 1, 1_000_000_000).errno());
  }

  @Test
  void accessAndStatfs() {
    check(serve(Opcode.ACCESS, 9, 5, 0), "access(9, 5, 1000:0)");
    fake.when("statfs", a -> new Statistics(4096, 1, 2, 3, 4, 5, 255));
    Answer answer = serve(Opcode.STATFS, 1);
    ByteBuffer body = answer.body();
    assertEquals(StatfsOut.SIZE, body.capacity());
    assertEquals(1, body.getLong(StatfsOut.BLOCKS));
    assertEquals(2, body.getLong(StatfsOut.BFREE));
    assertEquals(3, body.getLong(StatfsOut.BAVAIL));
    assertEquals(4, body.getLong(StatfsOut.FILES));
    assertEquals(5, body.getLong(StatfsOut.FFREE));
    assertEquals(4096, body.getInt(StatfsOut.BSIZE));
    assertEquals(255, body.getInt(StatfsOut.NAMELEN));
    assertEquals(4096, body.getInt(StatfsOut.FRSIZE));
  }

  @Test
  void extendedAttributes() {
    fake.when("getxattr", a -> "value".getBytes(ISO_8859_1));
    fake.when("listxattr", a -> List.of("user.a".getBytes(ISO_8859_1), new byte[] {'b'}));
    assertEquals(5, serve(Opcode.GETXATTR, 9, 0, 0, "user.a").body().getInt(0));
    Answer whole = serve(Opcode.GETXATTR, 9, 5, 0, "user.a");
    assertEquals("value", ISO_8859_1.decode(whole.body()).toString());
    assertEquals(Errno.ERANGE.number(), serve(Opcode.GETXATTR, 9, 4, 0, "user.a").errno());
    assertEquals(9, serve(Opcode.LISTXATTR, 9, 0, 0).body().getInt(0));
    Answer names = serve(Opcode.LISTXATTR, 9, 65536, 0);
    assertEquals("user.a\0b\0", ISO_8859_1.decode(names.body()).toString());
    assertEquals(Errno.ERANGE.number(), serve(Opcode.LISTXATTR, 9, 8, 0).errno());
    fake.when("setxattr", a -> new String((byte[]) a[2], ISO_8859_1).length());
    fake.calls.clear();
    byte[] value = {0, 1, 2};
    serve(Opcode.SETXATTR, 9, 3, 1, 0, 0, "user.a", value);
    check(
        serve(Opcode.REMOVEXATTR, 9, "user.a"),
        "setxattr(9, user.a, \0\1\2, 1, 1000:0)",
        "removexattr(9, user.a, 1000:0)");
    assertEquals(
        Errno.EINVAL.number(), serve(Opcode.SETXATTR, 9, 4, 1, 0, 0, "user.a", value).errno());
    assertEquals(
        Errno.EINVAL.number(), serve(Opcode.SETXATTR, 9, -1, 1, 0, 0, "user.a", value).errno());
  }

  @Test
  void setxattrOfOldKernels() {
    serve(FakeKernel.init(7, 32, ~InitFlag.SETXATTR_EXT));
    check(
        serve(Opcode.SETXATTR, 9, 1, 2, "user.a", new byte[] {'v'}),
        "setxattr(9, user.a, v, 2, 1000:0)");
  }

  // Files

  @Test
  void open() {
    fake.when("open", a -> new Opened(1L << 62, true, false));
    Answer answer = serve(Opcode.OPEN, 9, 02, 0);
    check(answer, "open(9, 2, 1000:0)");
    assertEquals(16, answer.body().capacity());
    assertEquals(1L << 62, answer.body().getLong(0));
    assertEquals(2, answer.body().getInt(8));
    fake.when("open", a -> new Opened(3, false, true));
    assertEquals(1, serve(Opcode.OPEN, 9, 1, 0).body().getInt(8));
    fake.calls.clear();
    assertEquals(1 | 1 << 5, serve(Opcode.OPEN, 9, 0, 0).body().getInt(8), "nothing to flush");
  }

  @Test
  void create() {
    fake.when("create", a -> new Created(FakeOps.attributes(9, FILE), new Opened(3, false, false)));
    Answer answer = serve(Opcode.CREATE, 1, 0101, FILE, 022, 0, "f");
    check(answer, "create(1, f, 33188, 65, 1000:18)", "hold(9)");
    assertEquals(EntryOut.SIZE + 16, answer.body().capacity());
    assertEquals(9, answer.body().getLong(EntryOut.NODEID));
    assertEquals(Validity.LONG, answer.body().getLong(EntryOut.ENTRY_VALID));
    assertEquals(0, answer.body().getLong(EntryOut.ATTR_VALID), "open for writing");
    checkAttributes(answer.body(), EntryOut.ATTR, 9);
    assertEquals(3, answer.body().getLong(EntryOut.SIZE));
    check(serve(Opcode.RELEASE, 9, 3L, 0, 0, 0L), "release(3)");
    check(serve(Opcode.RELEASE, 9, 3L, 0, 0, 0L));
  }

  @Test
  void createsWithoutAName() {
    fake.when(
        "createUnnamed",
        a -> new Created(FakeOps.attributes(9, FILE), new Opened(3, false, false)));
    Answer answer = serve(Opcode.TMPFILE, 1, 020200002, FILE, 022, 0, "/");
    check(answer, "createUnnamed(1, 33188, 4259842, 1000:18)", "hold(9)");
    assertEquals(EntryOut.SIZE + 16, answer.body().capacity());
    assertEquals(3, answer.body().getLong(EntryOut.SIZE));
    check(serve(Opcode.RELEASE, 9, 3L, 0, 0, 0L), "release(3)");
  }

  @Test
  void readsIntoTheReply() {
    fake.when(
        "read",
        a -> {
          ReadTarget target = (ReadTarget) a[3];
          target.room(3).put(new byte[] {1, 2, 3});
          target.deliver();
          return 3;
        });
    Answer answer = serve(Opcode.READ, 9, 3L, 1L << 33, 4096, 0, 0L, 0, 0);
    check(answer, "read(3, 8589934592, 4096, target)");
    assertEquals(3, answer.body().capacity());
    assertEquals(3, answer.body().get(2));
    int tooMuch = (1 << 20) + 1;
    assertEquals(
        Errno.EINVAL.number(), serve(Opcode.READ, 9, 3L, 0L, tooMuch, 0, 0L, 0, 0).errno());
    assertEquals(Errno.EINVAL.number(), serve(Opcode.READ, 9, 3L, 0L, -1, 0, 0L, 0, 0).errno());
  }

  @Test
  void takesMappedBytesFromWhereTheyAre() {
    NativeBuffer pack = new NativeBuffer(100);
    for (int i = 0; i < 100; i++) {
      pack.bytes().put(i, (byte) i);
    }
    fake.when(
        "read",
        a -> {
          ReadTarget target = (ReadTarget) a[3];
          target.mapped(pack.address(10), 2);
          target.mapped(pack.address(12), 1);
          target.room(2).put(new byte[] {101, 102});
          target.room(1).put((byte) 103);
          target.mapped(pack.address(50), 1);
          target.room(1).put((byte) 104);
          target.deliver();
          return 8;
        });
    Answer answer = serve(Opcode.READ, 9, 3L, 0L, 4096, 0, 0L, 0, 0);
    check(answer, "read(3, 0, 4096, target)");
    byte[] body = new byte[answer.body().remaining()];
    answer.body().get(body);
    assertArrayEquals(new byte[] {10, 11, 12, 101, 102, 103, 50, 104}, body);
  }

  @Test
  void sendsAnErrorWhenAReadFailsInTheMiddle() {
    NativeBuffer pack = new NativeBuffer(100);
    fake.when(
        "read",
        a -> {
          ((ReadTarget) a[3]).mapped(pack.address(0), 50);
          throw FakeOps.error(Errno.EIO);
        });
    Answer answer = serve(Opcode.READ, 9, 3L, 0L, 4096, 0, 0L, 0, 0);
    assertEquals(Errno.EIO.number(), answer.errno());
  }

  @Test
  void writesFromTheRequest() {
    byte[] written = new byte[5];
    fake.when(
        "write",
        a -> {
          ((ByteBuffer) a[2]).get(written);
          return 5;
        });
    byte[] data = {5, 4, 3, 2, 1};
    Answer answer = serve(Opcode.WRITE, 9, 3L, 77L, 5, 0, 0L, 02000, 0, data);
    check(answer, "write(3, 77, 5 bytes, 1024)");
    assertEquals(5, answer.body().getInt(0));
    assertEquals(8, answer.body().capacity());
    assertArrayEquals(data, written);
    assertEquals(
        Errno.EINVAL.number(), serve(Opcode.WRITE, 9, 3L, 77L, 6, 0, 0L, 0, 0, data).errno());
    fake.fails("write", Errno.ENOSPC);
    assertEquals(
        Errno.ENOSPC.number(), serve(Opcode.WRITE, 9, 3L, 77L, 5, 0, 0L, 0, 0, data).errno());
  }

  @Test
  void changedPagesGoWhereTheyBelongWhateverHandleTheyComeWith() {
    fake.when("write", a -> 5);
    byte[] data = {5, 4, 3, 2, 1};
    int flags = OpenFlags.APPEND | OpenFlags.DSYNC;
    check(
        serve(Opcode.WRITE, 9, 3L, 77L, 5, 0, 0L, flags, 0, data),
        "write(3, 77, 5 bytes, " + flags + ")");
    check(
        serve(Opcode.WRITE, 9, 3L, 77L, 5, 1, 0L, flags, 0, data),
        "write(3, 77, 5 bytes, " + OpenFlags.DSYNC + ")");
  }

  @Test
  void flushFsyncAndSync() {
    check(serve(Opcode.FLUSH, 9, 3L, 0, 0, 0L), "flush(3)");
    check(serve(Opcode.FSYNC, 9, 3L, 1, 0), "fsync(3, true)");
    check(serve(Opcode.FSYNC, 9, 3L, 0, 0), "fsync(3, false)");
    check(serve(Opcode.FSYNCDIR, 9, 3L, 0, 0), "syncDirectory(3)");
    check(serve(Opcode.SYNCFS, 1, 0L), "sync()");
  }

  // Directories

  private static List<Entry> entries(long offset, int limit) {
    List<Entry> entries = new ArrayList<>();
    for (long i = offset; i < 50 && entries.size() < limit; i++) {
      String name = i == 0 ? "." : i == 1 ? ".." : "entry " + "n".repeat((int) i);
      entries.add(new Entry(name.getBytes(ISO_8859_1), 100 + i, i < 2 ? DIRECTORY : FILE, i + 1));
    }
    return entries;
  }

  private void prepareDirectory() {
    fake.when("openDirectory", a -> 4L);
    fake.when("readdir", a -> entries((Long) a[1], (Integer) a[2]));
    fake.when("getattr", a -> FakeOps.attributes((Long) a[0], FILE));
    assertEquals(4, serve(Opcode.OPENDIR, 9, 0, 0).body().getLong(0));
  }

  /** Lists all with requests of a size; returns the names in order. */
  private List<String> list(int opcode, int size, int direntAt) {
    List<String> names = new ArrayList<>();
    long offset = 0;
    while (true) {
      ByteBuffer body = serve(opcode, 9, 4L, offset, size, 0, 0L, 0, 0).body();
      if (body.capacity() == 0) {
        return names;
      }
      for (int at = 0; at < body.capacity(); ) {
        int dirent = at + direntAt;
        byte[] name = new byte[body.getInt(dirent + Dirent.NAMELEN)];
        body.get(dirent + Dirent.SIZE, name);
        names.add(new String(name, ISO_8859_1));
        offset = body.getLong(dirent + Dirent.OFF);
        assertEquals(99 + offset, body.getLong(dirent + Dirent.INO));
        assertEquals(offset <= 2 ? 4 : 8, body.getInt(dirent + Dirent.TYPE));
        if (direntAt > 0 && offset > 2) {
          checkEntry(body, at, 99 + offset, Validity.LONG);
        } else if (direntAt > 0) {
          assertEquals(0, body.getLong(at + EntryOut.NODEID));
        }
        at = dirent + Dirent.SIZE + Protocol.aligned(name.length);
      }
    }
  }

  private static List<String> allNames() {
    return entries(0, 1000).stream().map(e -> new String(e.name(), ISO_8859_1)).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 500, 4096, 1 << 20})
  void readdir(int size) {
    prepareDirectory();
    assertEquals(allNames(), list(Opcode.READDIR, size, 0));
    check(serve(Opcode.RELEASEDIR, 9, 4L, 0, 0, 0L), fakeCallsAnd("releaseDirectory(4)"));
  }

  private String[] fakeCallsAnd(String last) {
    List<String> all = new ArrayList<>(fake.calls);
    assertEquals(last, all.get(all.size() - 1));
    return all.toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 500, 4096, 1 << 20})
  void readdirplusCountsWhatItTellsOf(int size) {
    prepareDirectory();
    assertEquals(allNames(), list(Opcode.READDIRPLUS, size, DirentPlus.DIRENT));
    assertEquals(0, dispatcher.counts().count(100), "the kernel does not count \".\"");
    assertEquals(0, dispatcher.counts().count(101));
    for (long inode = 102; inode < 150; inode++) {
      assertEquals(1, dispatcher.counts().count(inode));
    }
  }

  @Test
  void readdirplusLeavesOutAttributesOfWhatIsGone() {
    prepareDirectory();
    fake.fails("hold", Errno.ESTALE);
    ByteBuffer body = serve(Opcode.READDIRPLUS, 9, 4L, 2L, 4096, 0, 0L, 0, 0).body();
    assertEquals(0, body.getLong(EntryOut.NODEID));
    assertEquals(102, body.getLong(DirentPlus.DIRENT + Dirent.INO));
    fake.when("hold", a -> null);
    fake.fails("getattr", Errno.ENOENT);
    serve(Opcode.READDIRPLUS, 9, 4L, 2L, 4096, 0, 0L, 0, 0);
    assertEquals(0, dispatcher.counts().count(102));
  }

  @Test
  void readdirplusThatFailsCountsNothing() {
    prepareDirectory();
    fake.when(
        "getattr",
        a -> {
          if ((Long) a[0] == 110) {
            throw FakeOps.error(Errno.EIO);
          }
          return FakeOps.attributes((Long) a[0], FILE);
        });
    assertEquals(
        Errno.EIO.number(), serve(Opcode.READDIRPLUS, 9, 4L, 0L, 65536, 0, 0L, 0, 0).errno());
    assertEquals(0, dispatcher.counts().count(105));
    assertEquals(0, dispatcher.counts().count(110));
  }

  // The rest

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 32, 33, 36, 37, 39, 40, 41, 48, 49, 54, 999, -1})
  void unknownOpcodesGetEnosys(int opcode) {
    assertEquals(Errno.ENOSYS.number(), serve(opcode, 1, new byte[64]).errno());
    assertEquals(List.of(), fake.calls);
  }

  @Test
  void destroyIsAnswered() {
    check(serve(Opcode.DESTROY, 0));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 21, 22, 23, 24, 25, 27, 43, 46, 47, 51,
        53
      })
  void whatIsCutOffGivesEinval(int opcode) {
    assertEquals(Errno.EINVAL.number(), serve(opcode, 9).errno());
  }

  @Test
  void namesWithoutAnEndGiveEinval() {
    assertEquals(Errno.EINVAL.number(), serve(Opcode.LOOKUP, 1, new byte[] {'n'}).errno());
    assertEquals(
        Errno.EINVAL.number(), serve(Opcode.RENAME, 1, 2L, "old", new byte[] {'n'}).errno());
  }

  @Test
  void errorsOfTheFileSystemArePassedOn() {
    fake.fails("rmdir", Errno.ENOTEMPTY);
    assertEquals(39, serve(Opcode.RMDIR, 1, "d").errno());
    fake.when(
        "unlink",
        a -> {
          throw new IllegalStateException("prepared");
        });
    assertEquals(Errno.EIO.number(), serve(Opcode.UNLINK, 1, "f").errno());
  }

  @Test
  void nothingIsServedBeforeInit() {
    Dispatcher fresh = newDispatcher();
    assertEquals(Errno.EIO.number(), kernel.exchange(fresh, request(Opcode.STATFS, 1)).errno());
  }

  @Test
  void extensionsBehindTheArgumentsAreLeftOut() {
    byte[] message = request(Opcode.UNLINK, 1, "f", new byte[6], 1L, 2L);
    ByteBuffer.wrap(message)
        .order(java.nio.ByteOrder.nativeOrder())
        .putShort(InHeader.TOTAL_EXTLEN, (short) 2);
    check(serve(message), "unlink(1, f, 1000:0)");
  }

  @Test
  void closeGivesBackEverything() {
    fake.when("lookup", a -> FakeOps.attributes(9, FILE));
    fake.when("open", a -> new Opened(3, false, false));
    fake.when("openDirectory", a -> 4L);
    serve(Opcode.LOOKUP, 1, "name");
    serve(Opcode.OPEN, 9, 0, 0);
    serve(Opcode.OPENDIR, 1, 0, 0);
    fake.calls.clear();
    dispatcher.close();
    assertEquals(List.of("release(3)", "releaseDirectory(4)", "drop(9, 1)"), fake.calls);
  }
}

package io.unicache.fs.control;

import static io.unicache.fs.ops.FileSystemOps.ROOT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.ManualClock;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.fs.ops.StoreFileSystem;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.StoredFile;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.tree.Tree;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ControlFileSystemTest {

  private static final Caller OWNER = Caller.ROOT;
  private static final Caller STRANGER = new Caller(4711, 4711, 0, 0);
  private static final int WRITE = OpenFlags.WRITE_ONLY | OpenFlags.TRUNCATE;

  @TempDir Path temporary;
  private final ManualClock clock = new ManualClock();
  private final FakeCommands commands = new FakeCommands();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private Store store;
  private ControlFileSystem fs;
  private long directory;

  @BeforeEach
  void open() throws Exception {
    StoreConfig config = StoreConfig.at(temporary.resolve("store"));
    store = Store.open(config.withBlockSize(StoreConfig.MIN_BLOCK_SIZE), clock);
    fs = new ControlFileSystem(new StoreFileSystem(store, clock), store, commands, "1.2", clock);
    fs.onInvalidation(
        new FileSystemOps.Invalidations() {
          @Override
          public void inode(long inode) {
            told.add("inode " + inode);
          }

          @Override
          public void entry(long parent, byte[] name) {
            told.add("entry " + parent + " " + new String(name, UTF_8));
          }
        });
    directory = lookup(ROOT, ".unicache").inode();
  }

  @AfterEach
  void close() throws Exception {
    commands.gate.countDown();
    fs.close();
    store.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  private Attributes lookup(long parent, String name) throws FileSystemException {
    return fs.lookup(parent, name(name), OWNER);
  }

  private static void assertErrno(Errno expected, Executable operation) {
    assertEquals(expected, assertThrows(FileSystemException.class, operation).errno());
  }

  private long file(String name, String content) throws FileSystemException {
    FileSystemOps.Created made = fs.create(ROOT, name(name), 0644, OpenFlags.WRITE_ONLY, OWNER);
    fs.write(made.opened().handle(), 0, ByteBuffer.wrap(name(content)), 0);
    fs.flush(made.opened().handle());
    fs.release(made.opened().handle());
    return made.attributes().inode();
  }

  private String read(long inode) throws FileSystemException {
    Opened opened = fs.open(inode, OpenFlags.READ_ONLY, OWNER);
    ByteBuffer into = ByteBuffer.allocate(64 << 10);
    int first = fs.read(opened.handle(), 0, into);
    assertEquals(0, fs.read(opened.handle(), first, ByteBuffer.allocate(10)));
    fs.flush(opened.handle());
    fs.release(opened.handle());
    return new String(into.array(), 0, first, UTF_8);
  }

  private long openControl() throws FileSystemException {
    Opened opened = fs.open(lookup(directory, "control").inode(), WRITE, OWNER);
    assertTrue(opened.directIo());
    return opened.handle();
  }

  private int write(long handle, String text) throws FileSystemException {
    return fs.write(handle, 0, ByteBuffer.wrap(name(text)), 0);
  }

  private void command(String text) throws FileSystemException {
    long handle = openControl();
    try {
      write(handle, text);
      fs.flush(handle);
    } finally {
      fs.release(handle);
    }
  }

  private String log() throws FileSystemException {
    return read(lookup(directory, "control").inode());
  }

  /** Waits, for a bounded time, until no command runs. */
  private String finishedLog() throws Exception {
    for (int i = 0; i < 1000; i++) {
      String log = log();
      if (!log.contains("\"running\"")) {
        return log;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("commands still run: " + log());
  }

  private List<Entry> list(long inode, int limit) throws FileSystemException {
    long handle = fs.openDirectory(inode, 0, OWNER);
    List<Entry> all = new ArrayList<>();
    List<Entry> some;
    do {
      some = fs.readdir(handle, all.isEmpty() ? 0 : all.get(all.size() - 1).offset(), limit);
      all.addAll(some);
    } while (some.size() == limit);
    fs.releaseDirectory(handle);
    return all;
  }

  private static List<String> names(List<Entry> entries) {
    return entries.stream().map(entry -> new String(entry.name(), UTF_8)).toList();
  }

  @Test
  void directoryIsInTheRootAndHasItsFiles() throws Exception {
    file("a", "x");
    for (int limit = 1; limit < 6; limit++) {
      assertEquals(List.of(".", "..", "a", ".unicache"), names(list(ROOT, limit)));
      assertEquals(
          List.of(".", "..", "control", "stats", "version", "by-id"),
          names(list(directory, limit)));
    }
    for (Entry entry : list(directory, 10)) {
      Attributes found = fs.lookup(directory, entry.name(), OWNER);
      assertEquals(entry.inode(), found.inode());
      assertEquals(entry.mode(), found.mode() & 0170000);
      assertEquals(found, fs.getattr(entry.inode()));
    }
    assertEquals(0040755, fs.getattr(directory).mode());
    assertEquals(3, fs.getattr(ROOT).links());
    assertErrno(Errno.ENOENT, () -> lookup(directory, "none"));
    assertErrno(Errno.ENOTDIR, () -> lookup(lookup(directory, "stats").inode(), "x"));
    assertErrno(Errno.ESTALE, () -> fs.getattr(1L << 62 | 99));
  }

  @Test
  void hiddenEntryOfTheTreeIsNotListedTwice() throws Exception {
    Tree.NewFile plain = new Tree.NewFile(0644, 0, 0);
    store.tree().createFile(ROOT, Name.of(".unicache"), Inode.Type.REGULAR, 0, plain);
    file("z", "x");
    for (int limit = 1; limit < 5; limit++) {
      assertEquals(List.of(".", "..", "z", ".unicache"), names(list(ROOT, limit)));
    }
    assertEquals(directory, lookup(ROOT, ".unicache").inode());
  }

  @Test
  void nothingInItCanBeChanged() throws Exception {
    long a = file("a", "x");
    byte[] self = name(".unicache");
    assertErrno(Errno.EPERM, () -> fs.rmdir(ROOT, self, OWNER));
    assertErrno(Errno.EPERM, () -> fs.unlink(ROOT, self, OWNER));
    assertErrno(Errno.EPERM, () -> fs.rename(ROOT, self, ROOT, name("b"), 0, OWNER));
    assertErrno(Errno.EPERM, () -> fs.rename(ROOT, name("a"), ROOT, self, 0, OWNER));
    assertErrno(Errno.EPERM, () -> fs.rename(ROOT, name("a"), directory, name("b"), 0, OWNER));
    assertErrno(Errno.EPERM, () -> fs.unlink(directory, name("control"), OWNER));
    assertErrno(Errno.EEXIST, () -> fs.mkdir(ROOT, self, 0755, OWNER));
    assertErrno(Errno.EEXIST, () -> fs.link(a, ROOT, self, OWNER));
    assertErrno(Errno.EEXIST, () -> fs.mkdir(directory, name("stats"), 0755, OWNER));
    assertErrno(Errno.EPERM, () -> fs.mkdir(directory, name("new"), 0755, OWNER));
    assertErrno(Errno.EPERM, () -> fs.mknod(directory, name("new"), 0644, 0, OWNER));
    assertErrno(Errno.EPERM, () -> fs.symlink(directory, name("new"), "x", OWNER));
    assertErrno(Errno.EPERM, () -> fs.create(directory, name("new"), 0644, 1, OWNER));
    assertErrno(Errno.EISDIR, () -> fs.create(ROOT, self, 0644, 1, OWNER));
    assertErrno(Errno.EEXIST, () -> fs.create(ROOT, self, 0644, OpenFlags.EXCLUSIVE, OWNER));
    long control = lookup(directory, "control").inode();
    assertErrno(Errno.EPERM, () -> fs.link(control, ROOT, name("b"), OWNER));
    assertErrno(Errno.EPERM, () -> fs.setattr(control, AttributeChange.mode(0), OWNER));
    assertErrno(Errno.EPERM, () -> fs.setattr(directory, AttributeChange.size(0), OWNER));
    assertErrno(Errno.EPERM, () -> fs.setxattr(control, name("user.a"), name(""), 0, OWNER));
    assertErrno(Errno.EPERM, () -> fs.removexattr(control, name("user.a"), OWNER));
    assertErrno(Errno.ENODATA, () -> fs.getxattr(control, name("user.a")));
    assertErrno(Errno.EINVAL, () -> fs.readlink(control));
    assertTrue(fs.listxattr(control, OWNER).isEmpty());
    assertEquals(control, fs.setattr(control, AttributeChange.size(0), OWNER).inode());
    fs.hold(control);
    fs.drop(control, 1);
  }

  @Test
  void statsAndVersion() throws Exception {
    assertEquals("1.2\n", read(lookup(directory, "version").inode()));
    assertEquals(4, lookup(directory, "version").size());
    long stats = lookup(directory, "stats").inode();
    assertEquals(
        "{\"files\":3,\"uniqueBlocks\":2,\"logicalBytes\":300,\"storedBytes\":100,"
            + "\"savedBytes\":200,\"ratio\":3.0,\"bytesOnDisk\":4096,\"blockSize\":65536}\n",
        read(stats));
    assertErrno(Errno.EPERM, () -> fs.open(stats, OpenFlags.WRITE_ONLY, OWNER));
    assertErrno(Errno.EACCES, () -> fs.open(stats, OpenFlags.WRITE_ONLY, STRANGER));
    assertErrno(Errno.EISDIR, () -> fs.open(directory, OpenFlags.READ_ONLY, OWNER));
    assertErrno(Errno.ENOTDIR, () -> fs.openDirectory(stats, 0, OWNER));
  }

  @Test
  void commandsRunAndAreLogged() throws Exception {
    command("sync\n");
    command("gc"); // No end of line: closing is enough.
    command("download http://h/x.bin /d/x.bin\n");
    String[] lines = finishedLog().lines().toArray(String[]::new);
    assertEquals(3, lines.length);
    String started = "\"started\":\"" + clock.instant() + "\"";
    assertEquals("{\"id\":1,\"command\":\"sync\",\"state\":\"done\"," + started + "}", lines[0]);
    assertTrue(lines[1].endsWith("\"result\":\"4096 bytes freed\"}"), lines[1]);
    assertTrue(lines[2].endsWith("\"bytes\":10,\"total\":20,\"result\":\"c0ffee\"}"), lines[2]);
    assertEquals(
        Set.of("sync", "gc", "download http://h/x.bin /d/x.bin"), new HashSet<>(commands.calls));
  }

  @Test
  void aLineMayComeInPieces() throws Exception {
    long handle = openControl();
    assertEquals(2, write(handle, "sy"));
    assertEquals(0, commands.calls.size());
    write(handle, "nc\n\n  \ng");
    write(handle, "c\n");
    fs.flush(handle);
    fs.release(handle);
    finishedLog();
    assertEquals(Set.of("sync", "gc"), new HashSet<>(commands.calls));
  }

  @Test
  void malformedCommandFailsTheWriteAndSaysWhyInControl() throws Exception {
    long handle = openControl();
    assertErrno(Errno.EINVAL, () -> write(handle, "sync\nreboot\n"));
    assertTrue(commands.calls.isEmpty(), "all of a write or nothing");
    assertErrno(Errno.EINVAL, () -> write(handle, "x".repeat(ControlInput.MAX_LINE_BYTES + 1)));
    write(handle, "sync\n");
    fs.release(handle);
    String log = finishedLog();
    assertTrue(log.contains("\"command\":\"reboot\",\"state\":\"failed\""), log);
    assertTrue(log.contains("no such command: reboot"), log);
    assertErrno(Errno.EINVAL, () -> command("half a comm"));
  }

  @Test
  void onlyTheOwnerCommands() throws Exception {
    long control = lookup(directory, "control").inode();
    assertErrno(Errno.EACCES, () -> fs.open(control, WRITE, STRANGER));
    assertErrno(Errno.EACCES, () -> fs.access(control, FileSystemOps.ACCESS_WRITE, STRANGER));
    fs.access(control, FileSystemOps.ACCESS_READ, STRANGER);
    long reader = fs.open(control, OpenFlags.READ_ONLY, STRANGER).handle();
    assertErrno(Errno.EBADF, () -> write(reader, "sync\n"));
    fs.release(reader);
    long writer = openControl();
    assertErrno(Errno.EBADF, () -> fs.read(writer, 0, ByteBuffer.allocate(1)));
    fs.release(writer);
    assertErrno(Errno.EBADF, () -> write(writer, "sync\n"));
    FileSystemOps.Created again = fs.create(directory, name("control"), 0644, WRITE, OWNER);
    assertEquals(control, again.attributes().inode());
    fs.release(again.opened().handle());
  }

  @Test
  void failuresAreLogged() throws Exception {
    commands.onDownload =
        path -> {
          throw new CacheException.Source("server says \"no\"");
        };
    command("download http://h/x\n");
    String log = finishedLog();
    assertTrue(log.contains("\"state\":\"failed\""), log);
    assertTrue(log.contains("\"error\":\"server says \\\"no\\\"\""), log);
    commands.onDownload =
        path -> {
          throw new IllegalStateException("bug");
        };
    command("download http://h/x\n");
    assertTrue(finishedLog().contains("IllegalStateException: bug"));
  }

  @Test
  void defaultPathMustBeFree() throws Exception {
    file("x", "here");
    assertErrno(Errno.EEXIST, () -> command("download http://h/x\n"));
    assertTrue(log().contains("/x exists"), log());
    assertTrue(commands.calls.isEmpty());
  }

  @Test
  void tooManyCommandsAreRefusedAndMayBeWrittenAgain() throws Exception {
    commands.gate = new CountDownLatch(1);
    for (int i = 0; i < CommandRunner.MAX_PENDING; i++) {
      command("download http://h/f" + i + "\n");
    }
    long handle = openControl();
    write(handle, "sy");
    assertErrno(Errno.EAGAIN, () -> write(handle, "nc\n"));
    commands.gate.countDown();
    finishedLog();
    write(handle, "nc\n");
    fs.release(handle);
    finishedLog();
    assertTrue(commands.calls.contains("sync"));
  }

  @Test
  void logIsBounded() throws Exception {
    for (int i = 0; i < CommandLog.CAPACITY + 5; i++) {
      assertErrno(Errno.EINVAL, () -> command("nonsense\n"));
    }
    String[] lines = log().lines().toArray(String[]::new);
    assertEquals(CommandLog.CAPACITY, lines.length);
    assertTrue(lines[0].startsWith("{\"id\":6,"), lines[0]);
  }

  @Test
  void kernelIsToldOfADownload() throws Exception {
    commands.onDownload =
        path -> {
          Tree.NewFile plain = new Tree.NewFile(0755, 0, 0);
          long parent = store.tree().makeDirectories("/d/e", plain).number();
          store.tree().createFile(parent, Name.of("x"), Inode.Type.REGULAR, 0, plain);
        };
    long d = fs.mkdir(ROOT, name("d"), 0755, OWNER).inode();
    command("download http://h/x /d/e/x\n");
    finishedLog();
    long e = lookup(d, "e").inode();
    assertTrue(told.contains("entry " + d + " e"), told.toString());
    assertTrue(told.contains("entry " + e + " x"), told.toString());
    assertTrue(told.contains("inode " + lookup(e, "x").inode()), told.toString());
    assertFalse(told.contains("entry " + ROOT + " d"), "it was there before");
    told.clear();
    fs.changed(ROOT, Name.of("gone"));
    assertEquals(List.of("entry 1 gone", "inode 1"), told);
  }

  @Test
  void contentsAreThereByTheirIds() throws Exception {
    List<ContentId> ids = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      long inode = file("f" + i, "content " + i);
      ids.add(store.tree().inode(inode).content().orElseThrow());
    }
    addCustomId("model", ids.get(0));
    addCustomId("with/slash", ids.get(1));
    addCustomId(ids.get(2).toString(), ids.get(2));
    long byId = lookup(directory, "by-id").inode();
    List<String> expected = new ArrayList<>(List.of(".", "..", "model"));
    ids.stream().sorted().forEach(id -> expected.add(id.toString()));
    for (int limit : new int[] {1, 2, 3, 7, 100}) {
      assertEquals(expected, names(list(byId, limit)));
    }
    Attributes model = lookup(byId, "model");
    assertEquals(0100444, model.mode());
    assertEquals("content 0".length(), model.size());
    assertEquals("content 0", read(model.inode()));
    assertEquals(model, lookup(byId, ids.get(0).toString()));
    assertEquals("content 5", read(lookup(byId, ids.get(5).toString()).inode()));
    assertTrue(fs.open(model.inode(), OpenFlags.READ_ONLY, OWNER).keepCache());
    assertErrno(Errno.EPERM, () -> fs.open(model.inode(), OpenFlags.WRITE_ONLY, OWNER));
    assertErrno(Errno.ENOENT, () -> lookup(byId, "f".repeat(64)));
    assertErrno(Errno.ENOENT, () -> lookup(byId, ids.get(0).toString().substring(0, 10)));
    assertEquals(directory, lookup(byId, "..").inode());
    Set<Long> inodes = new HashSet<>();
    ids.forEach(id -> assertTrue(inodes.add(ControlInodes.of(id))));
    fs.unlink(ROOT, name("f5"), OWNER);
    assertErrno(Errno.ENOENT, () -> lookup(byId, ids.get(5).toString()));
    assertErrno(Errno.ESTALE, () -> fs.getattr(ControlInodes.of(ids.get(5))));
  }

  private void addCustomId(String id, ContentId content) throws CacheException {
    store
        .meta()
        .update(
            transaction -> {
              transaction.retain(content);
              transaction.putStoredFile(
                  new StoredFile(id, content, 9, "n", "", Timestamp.now(clock)));
              return null;
            });
  }

  @Test
  void everythingElseGoesToTheFileSystemBeneath() throws Exception {
    long a = file("a", "hello");
    assertEquals("hello", read(a));
    fs.rename(ROOT, name("a"), ROOT, name("b"), 0, OWNER);
    fs.setxattr(a, name("user.k"), name("v"), 0, OWNER);
    assertArrayEquals(name("v"), fs.getxattr(a, name("user.k")));
    fs.removexattr(a, name("user.k"), OWNER);
    assertFalse(fs.listxattr(a, OWNER).stream().anyMatch(n -> Arrays.equals(n, name("user.k"))));
    assertEquals(2, fs.link(a, ROOT, name("c"), OWNER).links());
    fs.unlink(ROOT, name("c"), OWNER);
    long link = fs.symlink(ROOT, name("l"), "b", OWNER).inode();
    assertEquals("b", fs.readlink(link));
    fs.mkdir(ROOT, name("d"), 0755, OWNER);
    fs.rmdir(ROOT, name("d"), OWNER);
    fs.access(a, FileSystemOps.ACCESS_READ, STRANGER);
    long handle = fs.open(a, OpenFlags.READ_WRITE, OWNER).handle();
    fs.fsync(handle, false);
    fs.release(handle);
    fs.sync();
    assertEquals(4096, fs.statfs().blockSize());
    assertEquals(2, fs.setattr(a, AttributeChange.size(2), OWNER).size());
  }

  @Test
  void rangesOfTheFilesBeneathAndOfItsOwn() throws Exception {
    long file = file("a", "some content");
    long handle = fs.open(file, OpenFlags.READ_WRITE, OWNER).handle();
    assertEquals(4, fs.copyRange(handle, 0, handle, 12, 4));
    fs.allocate(handle, 0, 0, 20);
    fs.allocate(handle, FileSystemOps.ALLOCATE_ZERO_RANGE, 4, 1);
    assertEquals(20, fs.seekHole(handle, 0));
    assertEquals(3, fs.seekData(handle, 3));
    fs.flush(handle);

    String id = new String(fs.getxattr(file, name("user.unicache.id")), UTF_8);
    long content = lookup(lookup(directory, "by-id").inode(), id).inode();
    long reader = fs.open(content, OpenFlags.READ_ONLY, OWNER).handle();
    assertEquals(20, fs.seekHole(reader, 5));
    assertEquals(5, fs.seekData(reader, 5));
    assertErrno(Errno.ENXIO, () -> fs.seekData(reader, 20));
    assertErrno(Errno.ENXIO, () -> fs.seekHole(reader, -1));
    assertErrno(Errno.EOPNOTSUPP, () -> fs.copyRange(reader, 0, handle, 0, 4));
    long control = openControl();
    assertErrno(Errno.EINVAL, () -> fs.seekData(control, 0));
    assertErrno(Errno.EOPNOTSUPP, () -> fs.copyRange(handle, 0, control, 0, 4));
    assertErrno(Errno.EOPNOTSUPP, () -> fs.allocate(control, 0, 0, 4));
    for (long opened : new long[] {handle, reader, control}) {
      fs.release(opened);
    }
  }
}

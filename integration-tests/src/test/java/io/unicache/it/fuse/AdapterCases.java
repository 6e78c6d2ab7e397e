package io.unicache.it.fuse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.jnr.LibfuseTransport;
import io.unicache.fs.fuse.kernel.KernelTransport;
import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.ops.FileSystemOps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** A file system in memory, on real mounts: what programs see, whichever adapter serves it. */
@EnabledIf("io.unicache.it.fuse.AdapterCases#canMount")
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class AdapterCases {

  /** The adapters. */
  enum Adapter {
    LIBFUSE {
      @Override
      FuseSession mount(FileSystemOps ops, MountOptions options) throws MountException {
        return LibfuseTransport.mount(ops, options);
      }
    },
    KERNEL {
      @Override
      FuseSession mount(FileSystemOps ops, MountOptions options) throws MountException {
        return KernelTransport.mount(ops, options);
      }
    };

    abstract FuseSession mount(FileSystemOps ops, MountOptions options) throws MountException;
  }

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path temporary;

  private final Adapter adapter;

  MemoryFileSystem memory;
  FuseSession session;
  Path root;

  AdapterCases(Adapter adapter) {
    this.adapter = adapter;
  }

  static boolean canMount() {
    return Files.isWritable(Path.of("/dev/fuse"));
  }

  private static MemoryFileSystem newFileSystem(Path owner) throws IOException {
    return new MemoryFileSystem(
        (Integer) Files.getAttribute(owner, "unix:uid"),
        (Integer) Files.getAttribute(owner, "unix:gid"));
  }

  @BeforeEach
  void mount() throws IOException {
    root = Files.createDirectory(temporary.resolve("mount point")).toRealPath();
    memory = newFileSystem(root);
    session = adapter.mount(memory, MountOptions.of(root));
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (!session.awaitEnd(Duration.ZERO)) {
      session.unmountLazily();
      session.awaitEnd(LIMIT);
    }
  }

  static int links(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:nlink");
  }

  static String read(FileChannel channel, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size);
    int count = channel.read(buffer, 0);
    return new String(buffer.array(), 0, Math.max(count, 0), UTF_8);
  }

  /** Waits for what the kernel is told only after the answer. */
  static void eventually(String expected, FileChannel channel)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!read(channel, 100).equals(expected) && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    assertEquals(expected, read(channel, 100));
  }

  @Test
  void isAMountOfUniCache() throws IOException {
    MountTable.Mount mount = MountTable.read().at(root).orElseThrow();
    assertEquals("fuse.unicache", mount.type());
    assertEquals("unicache", mount.source());
    assertEquals(4096L * 1000, Files.getFileStore(root).getTotalSpace());
    assertTrue(session.describe().contains(root.toString()));
  }

  @Test
  void keepsFilesInDirectories() throws IOException {
    Path directory = Files.createDirectories(root.resolve("a/b"));
    byte[] content = new byte[3_000_001];
    new Random(1).nextBytes(content);
    Path file = Files.write(directory.resolve("file"), content);
    assertArrayEquals(content, Files.readAllBytes(file));
    assertEquals(content.length, Files.size(file));
    Path moved = Files.move(file, root.resolve("moved"));
    assertArrayEquals(content, Files.readAllBytes(moved));
    assertThrows(NoSuchFileException.class, () -> Files.size(file));
    Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("moved"));
    assertEquals("moved", Files.readSymbolicLink(link).toString());
    assertThrows(DirectoryNotEmptyException.class, () -> Files.delete(root.resolve("a")));
    assertThrows(FileAlreadyExistsException.class, () -> Files.createDirectory(directory));
    Files.delete(directory);
    Files.delete(root.resolve("a"));
  }

  @Test
  void listsLargeDirectories() throws IOException {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 700; i++) {
      String name = "a name that takes some room " + i;
      Files.createFile(root.resolve(name));
      names.add(name);
    }
    try (var listing = Files.list(root)) {
      List<String> listed = listing.map(path -> path.getFileName().toString()).toList();
      assertEquals(names, Set.copyOf(listed));
      assertEquals(names.size(), listed.size());
    }
  }

  @Test
  void keepsAttributes() throws IOException {
    Path file = Files.createFile(root.resolve("file"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    FileTime time = FileTime.from(Instant.ofEpochSecond(1_600_000_000, 123_456_000));
    Files.setLastModifiedTime(file, time);
    assertEquals(time, Files.getLastModifiedTime(file));
    var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    view.write("key", ByteBuffer.wrap("value".getBytes(UTF_8)));
    assertEquals(List.of("key"), view.list());
    assertEquals(5, view.size("key"));
    view.delete("key");
    assertEquals(List.of(), view.list());
  }

  @Test
  void servesASecondReadingFromTheKernel() throws IOException {
    Path file = Files.write(root.resolve("file"), new byte[1 << 20]);
    Files.readAllBytes(file);
    long reads = memory.reads();
    assertEquals(1 << 20, Files.readAllBytes(file).length);
    assertEquals(reads, memory.reads());
    Files.write(file, "new".getBytes(UTF_8));
    assertEquals("new", Files.readString(file));
  }

  @Test
  void theNamesOfAFileShowTheSame() throws IOException, InterruptedException {
    Path first = Files.writeString(root.resolve("first"), "1111");
    Path second = Files.createLink(root.resolve("second"), first);
    assertEquals(2, links(first));
    Files.setPosixFilePermissions(second, PosixFilePermissions.fromString("r--------"));
    assertEquals("r--------", PosixFilePermissions.toString(Files.getPosixFilePermissions(first)));
    Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rw-------"));
    try (FileChannel reader = FileChannel.open(second);
        FileChannel writer = FileChannel.open(first, StandardOpenOption.WRITE)) {
      assertEquals("1111", read(reader, 10));
      writer.write(ByteBuffer.wrap("222222".getBytes(UTF_8)), 0);
      eventually("222222", reader);
      writer.truncate(3);
      eventually("222", reader);
    }
    Files.delete(first);
    assertEquals(1, links(second));
    assertEquals("222", Files.readString(second));
  }

  @Test
  void anOpenFileOutlivesItsName() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "content");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      Files.delete(file);
      assertEquals(7, channel.size());
      assertEquals("content", read(channel, 10));
      channel.write(ByteBuffer.wrap("C".getBytes(UTF_8)), 0);
      channel.truncate(4);
      assertEquals(4, channel.size());
      assertEquals("Cont", read(channel, 10));
      try (var listing = Files.list(root)) {
        assertEquals(0, listing.count(), "no .fuse_hidden file");
      }
    }
    assertFalse(Files.exists(file));
  }

  @Test
  void aReplacedFileCanStillBeRead() throws IOException {
    Path target = Files.writeString(root.resolve("target"), "old");
    Path source = Files.writeString(root.resolve("source"), "newer");
    try (FileChannel channel = FileChannel.open(target)) {
      Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
      assertEquals("old", read(channel, 10));
      assertEquals(3, channel.size());
      assertEquals("newer", Files.readString(target));
    }
    assertEquals("newer", Files.readString(target));
  }

  @Test
  void filesCanBeMapped() throws IOException {
    Path file = Files.write(root.resolve("file"), new byte[10_000]);
    writeMapped(file, 5000, (byte) 42);
    // A mapping that is not collected yet would keep the mount busy.
    System.gc();
    assertEquals(42, Files.readAllBytes(file)[5000]);
  }

  private static void writeMapped(Path file, int at, byte value) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer map = channel.map(MapMode.READ_WRITE, 0, channel.size());
      map.put(at, value);
      map.force();
    }
  }

  @Test
  void showsChangesThatDoNotComeThroughTheKernel()
      throws IOException, InterruptedException, io.unicache.fs.ops.FileSystemException {
    Path file = Files.writeString(root.resolve("file"), "before");
    try (FileChannel channel = FileChannel.open(file)) {
      assertEquals("before", read(channel, 100));
      memory.changeBehindTheKernel("file", "after that");
      eventually("after that", channel);
      assertEquals(10, Files.size(file));
    }
    memory.changeBehindTheKernel("file", "closed");
    assertEquals("closed", Files.readString(file));
  }

  @Test
  void refusesLongNames() {
    assertThrows(FileSystemException.class, () -> Files.createFile(root.resolve("n".repeat(256))));
  }

  @Test
  void doesNotUnmountWhileFilesAreOpen() throws IOException, InterruptedException {
    Path file = Files.writeString(root.resolve("file"), "content");
    try (FileChannel channel = FileChannel.open(file)) {
      MountException busy = assertThrows(MountException.class, session::unmount);
      assertTrue(busy.getMessage().contains("busy"), busy.getMessage());
      assertEquals("content", read(channel, 10));
    }
    session.unmount();
    assertTrue(session.awaitEnd(Duration.ZERO));
    session.unmount();
    assertEquals(0, memory.openHandles());
    assertTrue(MountTable.read().at(root).isEmpty());
  }

  @Test
  void endsWhenSomeoneElseUnmounts() throws IOException, InterruptedException {
    int status = new ProcessBuilder("fusermount", "-u", root.toString()).start().waitFor();
    assertEquals(0, status);
    assertTrue(session.awaitEnd(LIMIT));
  }

  @Test
  void mountsTwiceInOneProcessButNotOnOneDirectory() throws IOException {
    MountException twice =
        assertThrows(MountException.class, () -> adapter.mount(memory, MountOptions.of(root)));
    assertTrue(twice.getMessage().contains("mount point already"), twice.getMessage());
    Path other = Files.createDirectory(temporary.resolve("other"));
    FuseSession second = adapter.mount(newFileSystem(other), MountOptions.of(other));
    try {
      Files.writeString(root.resolve("file"), "one");
      Files.writeString(other.resolve("file"), "two");
      assertEquals("one", Files.readString(root.resolve("file")));
    } finally {
      second.unmount();
    }
    assertEquals("one", Files.readString(root.resolve("file")));
  }

  @Test
  void aReadOnlyMountRefusesChanges() throws IOException {
    Path other = Files.createDirectory(temporary.resolve("read only"));
    FuseSession second =
        adapter.mount(newFileSystem(other), MountOptions.of(other).withReadOnly(true));
    try {
      assertThrows(FileSystemException.class, () -> Files.createFile(other.resolve("file")));
    } finally {
      second.unmount();
    }
  }

  @Test
  void repairsTheMountOfADaemonThatWasKilled() throws IOException, InterruptedException {
    Path other = Files.createDirectory(temporary.resolve("dead"));
    Process daemon = startDaemon(other);
    try {
      long deadline = System.nanoTime() + LIMIT.toNanos();
      while (MountTable.read().at(other.toRealPath()).isEmpty()) {
        assertTrue(System.nanoTime() < deadline && daemon.isAlive(), "the other JVM has to mount");
        Thread.sleep(20);
      }
      assertTrue(Files.exists(other));
    } finally {
      daemon.destroyForcibly().waitFor();
    }
    assertThrows(FileSystemException.class, () -> Files.getLastModifiedTime(other));
    FuseSession second = adapter.mount(newFileSystem(root), MountOptions.of(other));
    try {
      Files.writeString(other.resolve("file"), "alive");
      assertEquals("alive", Files.readString(other.resolve("file")));
    } finally {
      second.unmount();
    }
    assertTrue(Files.isDirectory(other));
  }

  private Process startDaemon(Path mountPoint) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Daemon.class.getName(),
            mountPoint.toString(),
            adapter.name())
        .inheritIO()
        .start();
  }

  /** Mounts until it is killed. */
  static final class Daemon {

    private Daemon() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
      Path mountPoint = Path.of(arguments[0]);
      Adapter.valueOf(arguments[1])
          .mount(new MemoryFileSystem(0, 0), MountOptions.of(mountPoint))
          .awaitEnd();
    }
  }
}

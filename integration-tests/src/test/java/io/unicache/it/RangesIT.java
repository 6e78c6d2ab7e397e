package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Copies that share blocks, holes, and allocation, through real programs. */
class RangesIT {

  private static final int BLOCK = 1 << 20;

  @RegisterExtension static final SharedMount MOUNT = new SharedMount();

  /** Copies a range by copy_file_range(2), or does something else with descriptors. */
  private static final String PYTHON = "import os, sys\nname = sys.argv[1]\n";

  @BeforeAll
  static void needsPrograms() {
    assumeTrue(Program.exists("fallocate"), "there is no fallocate");
  }

  private static String python(String text, Object... arguments) {
    assumeTrue(Program.exists("python3"), "there is no python3");
    Object[] words = new Object[arguments.length + 3];
    words[0] = "python3";
    words[1] = "-c";
    words[2] = PYTHON + text;
    System.arraycopy(arguments, 0, words, 3, arguments.length);
    return Program.of(words).in(MOUNT.directory()).run().expect(0).text();
  }

  private static Path file(String name, byte[] bytes) throws IOException {
    return Files.write(MOUNT.directory().resolve(name), bytes);
  }

  private static long diskBytes(Path file) {
    return Long.parseLong(Program.output("stat", "-c", "%b", file)) * 512;
  }

  private static String id(Path file) {
    return Program.output("getfattr", "--only-values", "-n", "user.unicache.id", file);
  }

  /** Returns the bytes that the daemon has read by system calls, requests among them. */
  private static long bytesThroughTheDaemon() throws IOException {
    Path io = Path.of("/proc", Long.toString(MOUNT.store().daemon().orElseThrow().pid()), "io");
    try (var lines = Files.lines(io)) {
      return lines
          .filter(line -> line.startsWith("rchar: "))
          .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void cpSharesBlocks() throws Exception {
    assumeTrue(MOUNT.store().speaksTheProtocol(), "libfuse 2 knows no copy_file_range");
    Path file = file("file", Bytes.random(1, 20 * BLOCK + 123));
    Bytes.dropCache(file);
    long stored = MOUNT.store().neededBytes();
    long before = bytesThroughTheDaemon();
    MOUNT.sh("cp file copy");
    long through = bytesThroughTheDaemon() - before;
    assertTrue(through < 4 * BLOCK, through + " bytes went through the daemon");
    assertEquals(stored, MOUNT.store().neededBytes());
    assertEquals(id(file), id(MOUNT.directory().resolve("copy")));
    MOUNT.sh("cmp file copy; rm file; sync; cat copy >/dev/null");
    assertEquals(stored, MOUNT.store().neededBytes());
  }

  @Test
  void cpOfASparseFile() throws Exception {
    byte[] bytes = new byte[20 * BLOCK];
    System.arraycopy(Bytes.random(2, 3 * BLOCK), 0, bytes, 5 * BLOCK, 3 * BLOCK);
    Path file = file("file", bytes);
    long stored = MOUNT.store().neededBytes();
    for (String sparse : new String[] {"auto", "always", "never"}) {
      Path copy = MOUNT.directory().resolve(sparse);
      Program.of("cp", "--sparse=" + sparse, file, copy).run().expect(0);
      assertArrayEquals(bytes, Files.readAllBytes(copy));
      assertEquals(3 * BLOCK, diskBytes(copy), "--sparse=" + sparse);
      assertEquals(id(file), id(copy));
    }
    assertEquals(stored, MOUNT.store().neededBytes());
  }

  @Test
  void fallocate() throws Exception {
    byte[] bytes = Bytes.random(3, 8 * BLOCK);
    Path file = file("file", bytes);
    long stored = MOUNT.store().neededBytes();
    try (FileChannel other = FileChannel.open(file)) {
      assertContent(bytes, file, other);
      MOUNT.sh("fallocate -p -o 100 -l 4M file");
      Arrays.fill(bytes, 100, 4 * BLOCK + 100, (byte) 0);
      assertContent(bytes, file, other);
      assertEquals(5 * BLOCK, diskBytes(file));
      assertEquals(stored - 3 * BLOCK, MOUNT.store().neededBytes());

      MOUNT.sh("fallocate -z -o 6M -l 1M file");
      Arrays.fill(bytes, 6 * BLOCK, 7 * BLOCK, (byte) 0);
      assertContent(bytes, file, other);
      assertEquals(4 * BLOCK, diskBytes(file));

      MOUNT.sh("fallocate -z -o 7M -l 3M file");
      Arrays.fill(bytes, 7 * BLOCK, 8 * BLOCK, (byte) 0);
      assertContent(Arrays.copyOf(bytes, 10 * BLOCK), file, other);
      assertEquals(10 * BLOCK, other.size());

      MOUNT.sh("fallocate -l 3G file; fallocate -n -l 4G file");
      assertEquals(3L << 30, Files.size(file));
      assertEquals(3 * BLOCK, diskBytes(file));
    }
    assertTrue(
        Program.script("fallocate -c -l 1M file").in(MOUNT.directory()).run().exit() != 0,
        "ranges cannot be cut out");
    assertEquals(3L << 30, Files.size(file));
  }

  private static void assertContent(byte[] bytes, Path file, FileChannel other) throws IOException {
    assertArrayEquals(bytes, Files.readAllBytes(file));
    ByteBuffer read = ByteBuffer.allocate(bytes.length);
    Bytes.readFully(other, read, 0);
    assertArrayEquals(bytes, read.array(), "through a descriptor that was open before");
  }

  @Test
  void seekingDataAndHoles() throws Exception {
    MOUNT.sh("truncate -s 10M file; printf x | dd of=file bs=1M seek=4 conv=notrunc status=none");
    String script =
        """
        f = os.open(name, os.O_RDONLY)
        size = os.fstat(f).st_size
        at, data = 0, []
        while at < size:
            try:
                start = os.lseek(f, at, os.SEEK_DATA)
            except OSError as e:
                assert e.errno == 6, e
                break
            at = os.lseek(f, start, os.SEEK_HOLE)
            data.append((start, at))
        for whence in os.SEEK_DATA, os.SEEK_HOLE:
            try:
                os.lseek(f, size, whence)
                assert False
            except OSError as e:
                assert e.errno == 6, e
        print(data)
        """;
    assumeTrue(MOUNT.store().speaksTheProtocol(), "libfuse 2 knows no lseek");
    assertEquals("[(4194304, 5242880)]", python(script, "file"));
  }

  /** The kernel has cached the target, and other descriptors of it are open. */
  @Test
  void aCopyOverAFileThatIsCached() throws Exception {
    byte[] bytes = Bytes.random(4, 6 * BLOCK + 77);
    byte[] expected = Bytes.random(5, 8 * BLOCK);
    Path target = file("target", expected);
    file("source", bytes);
    try (FileChannel other = FileChannel.open(target)) {
      assertContent(expected, target, other);
      int[][] ranges = {
        {0, BLOCK, 3 * BLOCK}, {100, BLOCK + 100, 2 * BLOCK}, {5, 7, 2 * BLOCK}, {0, 5 * BLOCK, 9}
      };
      for (int[] range : ranges) {
        String copied =
            python(
                """
                source, target = os.open(name, os.O_RDONLY), os.open(sys.argv[2], os.O_RDWR)
                at, to, count = map(int, sys.argv[3:])
                print(os.copy_file_range(source, target, count, at, to))
                assert os.pread(target, 9, to) == os.pread(source, 9, at)
                """,
                "source",
                "target",
                range[0],
                range[1],
                range[2]);
        assertEquals(Integer.toString(range[2]), copied);
        System.arraycopy(bytes, range[0], expected, range[1], range[2]);
        assertContent(expected, target, other);
      }
    }
  }

  /** A mapping in this process would keep the mount busy until it is collected. */
  @Test
  void mappingsSeeCopiesAndHolesAtOnce() throws Exception {
    file("source", Bytes.random(8, 4 * BLOCK));
    file("target", Bytes.random(9, 6 * BLOCK));
    String script =
        """
        import mmap, subprocess
        source, target = os.open('source', os.O_RDONLY), os.open(name, os.O_RDWR)
        shown = mmap.mmap(os.open(name, os.O_RDONLY), 0, prot=mmap.PROT_READ)
        expected = bytearray(shown[:])
        for at, to, count in (0, 1 << 20, 2 << 20), (5, 9, 1 << 20), (1 << 20, 3 << 20, 100):
            done = 0
            while done < count:
                n = os.copy_file_range(source, target, count - done, at + done, to + done)
                assert n > 0
                done += n
            expected[to:to + count] = os.pread(source, count, at)
            assert shown[:] == expected
        subprocess.run(['fallocate', '-p', '-o', '1000', '-l', '3M', name], check=True)
        expected[1000:1000 + (3 << 20)] = bytes(3 << 20)
        assert shown[:] == expected
        subprocess.run(['fallocate', '-z', '-o', '4M', '-l', '1M', name], check=True)
        expected[4 << 20:5 << 20] = bytes(1 << 20)
        assert shown[:] == expected
        assert os.stat(name).st_blocks == os.fstat(target).st_blocks
        """;
    python(script, "target");
  }

  @Test
  void whatWasWrittenAMomentAgoIsCopied() throws Exception {
    String script =
        """
        import mmap
        f = os.open(name, os.O_RDWR | os.O_CREAT)
        os.write(f, os.urandom(3 << 20))
        m = mmap.mmap(f, 3 << 20)
        m[1 << 20:(1 << 20) + 5] = b'hello'
        to = os.open('copy', os.O_RDWR | os.O_CREAT)
        done = 0
        while done < 3 << 20:
            n = os.copy_file_range(f, to, (3 << 20) - done, done, done)
            assert n > 0
            done += n
        assert os.pread(to, 3 << 20, 0) == m[:]
        assert os.pread(to, 5, 1 << 20) == b'hello'
        assert os.fstat(to).st_size == 3 << 20
        """;
    python(script, "file");
    MOUNT.sh("cmp file copy");
  }

  /** The blocks belong to the copy before it is closed, so they outlive their first file. */
  @Test
  void theSourceGoesBeforeTheCopyIsClosed() throws Exception {
    byte[] bytes = Bytes.random(6, 10 * BLOCK + 1);
    file("source", bytes);
    String script =
        """
        source, target = os.open(name, os.O_RDONLY), os.open('copy', os.O_RDWR | os.O_CREAT)
        done = 0
        while done < os.fstat(source).st_size:
            n = os.copy_file_range(source, target, 1 << 40)
            assert n > 0
            done += n
        os.unlink(name)
        os.close(source)
        os.sync()
        """;
    python(script, "source");
    MOUNT.store().cli().output("gc");
    MOUNT.store().kill();
    MOUNT.store().mount();
    Path copy = MOUNT.directory().resolve("copy");
    assertArrayEquals(bytes, Files.readAllBytes(copy));
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.truncate(5 * BLOCK);
    }
    assertArrayEquals(Arrays.copyOf(bytes, 5 * BLOCK), Files.readAllBytes(copy));
  }

  @Test
  void errorsThatProgramsSee() throws Exception {
    file("file", Bytes.random(7, 3 * BLOCK));
    String script =
        """
        import errno
        def fails(expected, call, *arguments):
            try:
                call(*arguments)
            except OSError as e:
                assert e.errno == expected, e
            else:
                assert False, arguments
        f = os.open(name, os.O_RDWR)
        reader = os.open(name, os.O_RDONLY)
        appender = os.open('other', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        fails(errno.EINVAL, os.copy_file_range, f, f, 1 << 20, 0, 1000)
        fails(errno.EBADF, os.copy_file_range, f, reader, 10, 0, 2 << 20)
        fails(errno.EBADF, os.copy_file_range, f, appender, 10)
        fails(errno.EBADF, os.posix_fallocate, reader, 0, 10)
        fails(errno.EINVAL, os.posix_fallocate, f, 0, 0)
        assert os.copy_file_range(f, f, 1 << 20, 3 << 20, 5 << 20) == 0
        assert os.copy_file_range(f, f, 5 << 20, 2 << 20, 3 << 20) == 1 << 20
        assert os.fstat(f).st_size == 4 << 20
        """;
    python(script, "file");
  }
}

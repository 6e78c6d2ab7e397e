package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Files that the kernel reads by itself, from the pack. That it does is told by two numbers of
 * {@code unicache info}: openings that went through, and READ requests, which do not come any more.
 * Needs root, the kernel's adapter, and Linux 6.9.
 */
class PassthroughIT {

  private static final int MIB = 1 << 20;
  private static final int SIZE = 40 * MIB + 777;

  private MountedStore mounted;
  private byte[] bytes;
  private Path file;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(Program.output("id", "-u").equals("0"), "only root has passthrough");
    assumeTrue(
        !"libfuse".equals(System.getProperty("unicache.it.transport")),
        "libfuse has no passthrough");
    String[] release = Program.output("uname", "-r").split("[^0-9]", -1);
    int kernel = Integer.parseInt(release[0]) * 1000 + Integer.parseInt(release[1]);
    assumeTrue(kernel >= 6009, "passthrough needs Linux 6.9");
    mounted = MountedStore.mounted();
    bytes = Bytes.random(1, SIZE);
    Arrays.fill(bytes, 3 * MIB, 5 * MIB, (byte) 0);
    file = mounted.root().resolve("file");
    Files.write(mounted.outside().resolve("original"), bytes);
    Program.of("cp", mounted.outside().resolve("original"), file).run().expect(0);
  }

  @AfterEach
  void close() throws Exception {
    if (mounted != null) {
      mounted.close();
    }
  }

  private long through() throws IOException {
    return mounted.mountStatistics().passthroughOpens();
  }

  private long reads() throws IOException {
    return mounted.mountStatistics().readRequests();
  }

  /**
   * Opens a file for reading, once it has been looked at, so that the kernel reads it by itself.
   */
  private FileChannel openThrough(Path path) throws Exception {
    long before = through();
    FileChannel[] opened = new FileChannel[1];
    Waiting.until(
        () -> {
          opened[0] = FileChannel.open(path, StandardOpenOption.READ);
          if (through() > before) {
            return true;
          }
          opened[0].close();
          return false;
        },
        () -> "the kernel does not read the file by itself: " + mounted.log());
    return opened[0];
  }

  private static FileChannel openToWrite(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static byte[] read(FileChannel channel, long offset, int count) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(count);
    Bytes.readFully(channel, into, offset);
    return into.array();
  }

  private void change(int offset, byte[] changed) {
    System.arraycopy(changed, 0, bytes, offset, changed.length);
  }

  @Test
  void theKernelReadsAndMapsWithoutAsking() throws Exception {
    try (FileChannel channel = openThrough(file)) {
      Bytes.dropCache(file);
      long before = reads();
      assertArrayEquals(bytes, read(channel, 0, SIZE));
      assertEquals(MappedDigest.of(mounted.outside().resolve("original")), MappedDigest.of(file));
      assertEquals(-1, channel.read(ByteBuffer.allocate(1), SIZE));
      assertEquals(before, reads());
    }
    JsonNode info = mounted.cli().run("info", "--json").expect(0).json();
    assertEquals("in use", info.path("passthrough").asText());
    assertTrue(info.path("passthroughOpens").asLong() > 0);
    assertTrue(info.path("readRequests").isIntegralNumber());
    assertTrue(mounted.cli().output("info").lines().anyMatch("passthrough  in use"::equals));
  }

  @Test
  void itCanBeTurnedOff() throws Exception {
    mounted.unmount();
    mounted.mount("--passthrough=off");
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(bytes, Files.readAllBytes(file));
    }
    assertEquals(0, through());
    assertTrue(reads() > 0);
    assertEquals("off (option)", mounted.mountStatistics().passthrough());
  }

  @Test
  void whileAFileIsOpenTheUsualWayAllOpeningsAre() throws Exception {
    mounted.restart();
    long before;
    try (FileChannel first = FileChannel.open(file)) {
      Path other = mounted.root().resolve("other");
      byte[] others = Bytes.random(2, SIZE);
      Files.write(other, others);
      Files.readAllBytes(other);
      openThrough(other).close(); // was looked at later than the first file
      before = through();
      assertArrayEquals(bytes, Files.readAllBytes(file));
      assertArrayEquals(Arrays.copyOf(bytes, 100), read(first, 0, 100));
      assertEquals(before, through());
    }
    openThrough(file).close();
  }

  @Test
  void readersSeeWhatIsWritten() throws Exception {
    Path copy = Files.copy(file, mounted.root().resolve("copy"));
    byte[] original = bytes.clone();
    try (FileChannel reader = openThrough(file);
        MappedView map = MappedView.of(file, false)) {
      try (FileChannel writer = openToWrite(file)) {
        byte[] changed = Bytes.random(3, 5000);
        writer.write(ByteBuffer.wrap(changed), 7 * MIB - 100);
        change(7 * MIB - 100, changed);
        assertArrayEquals(changed, read(reader, 7 * MIB - 100, 5000));
        assertArrayEquals(changed, map.get(7 * MIB - 100, 5000));
        assertArrayEquals(changed, read(writer, 7 * MIB - 100, 5000));
        Program.script("printf more >>\"$1\"", file).run().expect(0);
        assertArrayEquals("more".getBytes(StandardCharsets.US_ASCII), read(reader, SIZE, 4));
        assertEquals(SIZE + 4, Files.size(file));
        Program.of("truncate", "-s", SIZE - 5, file).run().expect(0);
        assertEquals(SIZE - 5, reader.size());
        assertEquals(-1, reader.read(ByteBuffer.allocate(1), SIZE - 5));
        bytes = Arrays.copyOf(bytes, SIZE - 5);
        writer.force(true);
      }
      assertArrayEquals(bytes, read(reader, 0, bytes.length));
    }
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertArrayEquals(original, Files.readAllBytes(copy));
    mounted.restart();
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertArrayEquals(original, Files.readAllBytes(copy));
  }

  @Test
  void whatIsWrittenThroughAMappingIsSeenAndKept() throws Exception {
    try (FileChannel reader = openThrough(file)) {
      byte[] first = Bytes.random(4, 4);
      byte[] second = Bytes.random(5, 4);
      try (MappedView map = MappedView.of(file, true)) {
        map.put(MIB, first);
        assertArrayEquals(first, read(reader, MIB, 4));
        map.closeDescriptor();
        map.put(9 * MIB, second);
        assertArrayEquals(second, read(reader, 9 * MIB, 4));
      }
      change(MIB, first);
      change(9 * MIB, second);
    }
    assertArrayEquals(bytes, Files.readAllBytes(file));
    mounted.restart();
    assertArrayEquals(bytes, Files.readAllBytes(file));
  }

  @Test
  void aMappingOutlivesItsDescriptor() throws Exception {
    openThrough(file).close();
    try (MappedView map = MappedView.of(file, false)) {
      map.closeDescriptor();
      try (FileChannel writer = openToWrite(file)) {
        byte[] changed = Bytes.random(6, 100);
        writer.write(ByteBuffer.wrap(changed), 2 * MIB);
        change(2 * MIB, changed);
        assertArrayEquals(changed, map.get(2 * MIB, 100));
      }
      assertArrayEquals(bytes, Files.readAllBytes(file));
      // Half of the blocks have another file, so the pack would be punched, not deleted.
      Files.write(mounted.root().resolve("half"), Arrays.copyOf(bytes, SIZE / 2));
      Files.delete(file);
      mounted.cli().run("gc").expect(0);
      assertArrayEquals(
          Arrays.copyOfRange(bytes, 39 * MIB, 39 * MIB + 100), map.get(39 * MIB, 100));
    }
  }

  @Test
  void aFileThatIsReplacedOrRemovedStaysWhatItWas() throws Exception {
    Path other = mounted.root().resolve("other");
    byte[] others = Bytes.random(2, SIZE);
    Files.write(other, others);
    try (FileChannel reader = openThrough(file)) {
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      assertArrayEquals(bytes, read(reader, 0, SIZE));
      try (FileChannel second = openThrough(file)) {
        Files.delete(file);
        mounted.cli().run("gc").expect(0);
        assertArrayEquals(bytes, read(reader, 0, SIZE));
        assertArrayEquals(others, read(second, 0, SIZE));
      }
    }
  }

  @Test
  void truncatingAtOpenIsSeen() throws Exception {
    try (FileChannel reader = openThrough(file)) {
      Program.script("printf new >\"$1\"", file).run().expect(0);
      assertEquals(3, reader.size());
      assertArrayEquals("new".getBytes(StandardCharsets.US_ASCII), read(reader, 0, 3));
    }
    assertEquals("new", Files.readString(file));
  }

  @Test
  void afterACrashTheLastCommitIsThere() throws Exception {
    Path copy = Files.copy(file, mounted.root().resolve("copy"));
    byte[] original = bytes.clone();
    byte[] kept = Bytes.random(7, 10);
    // Found out before: a process that is started closes what it inherits, and that commits.
    ProcessHandle daemon = mounted.daemon().orElseThrow();
    FileChannel reader = openThrough(file);
    FileChannel writer = openToWrite(file);
    writer.write(ByteBuffer.wrap(kept), MIB);
    writer.force(true);
    writer.write(ByteBuffer.wrap(Bytes.random(8, 10)), 2 * MIB);
    daemon.destroyForcibly();
    daemon.onExit().get(1, TimeUnit.MINUTES);
    assertThrows(IOException.class, writer::close, "the mount is dead");
    reader.close(); // Nothing of it is flushed, so nobody has to be asked.
    mounted.mount();
    change(MIB, kept);
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertArrayEquals(original, Files.readAllBytes(copy));
    mounted.cli().run("gc").expect(0);
    openThrough(copy).close();
    assertArrayEquals(bytes, Files.readAllBytes(file));
    assertArrayEquals(original, Files.readAllBytes(copy));
  }

  @Test
  void aDamagedPackIsNotHandedOut() throws Exception {
    mounted.unmount();
    List<Path> packs;
    try (var found = Files.list(mounted.store().resolve("packs"))) {
      packs = found.filter(path -> path.toString().endsWith(".pack")).toList();
    }
    for (Path pack : packs) {
      try (FileChannel channel = FileChannel.open(pack, StandardOpenOption.WRITE)) {
        if (channel.size() == SIZE) {
          channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 20 * MIB + 5);
        }
      }
    }
    mounted.mount();
    Path good = mounted.root().resolve("good");
    Files.write(good, Bytes.random(9, SIZE));
    FileChannel.open(file).close();
    openThrough(good).close(); // was looked at later than the damaged one
    long before = through();
    try (FileChannel channel = FileChannel.open(file)) {
      assertEquals(before, through());
      assertThrows(IOException.class, () -> read(channel, 20 * MIB, 10));
      assertArrayEquals(Arrays.copyOfRange(bytes, MIB, MIB + 10), read(channel, MIB, 10));
    }
  }
}

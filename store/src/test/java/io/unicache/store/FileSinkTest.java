package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSinkTest {

  @TempDir Path directory;

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.toList();
    }
  }

  @Test
  void theFileAppearsWhenItIsCommitted() throws IOException {
    Path target = directory.resolve("out");
    try (FileSink sink = new FileSink(target, 0640)) {
      sink.begin(5);
      sink.write(0, text("he"));
      sink.write(2, text("llo"));
      assertTrue(Files.notExists(target));
      sink.commit();
    }
    assertEquals("hello", Files.readString(target));
    assertEquals(
        PosixFilePermissions.fromString("rw-r-----"), Files.getPosixFilePermissions(target));
    assertEquals(List.of(target), entries());
  }

  @Test
  void holesAreZerosAlsoAtTheEnd() throws IOException {
    Path target = directory.resolve("out");
    try (FileSink sink = new FileSink(target, 0644)) {
      sink.begin(1 << 20);
      sink.write(4096, text("x"));
      sink.commit();
    }
    byte[] expected = new byte[1 << 20];
    expected[4096] = 'x';
    assertArrayEquals(expected, Files.readAllBytes(target));
  }

  @Test
  void emptyAndReadOnlyFilesAreWritten() throws IOException {
    Path target = directory.resolve("out");
    try (FileSink sink = new FileSink(target, 0444)) {
      sink.begin(0);
      sink.commit();
    }
    assertEquals(0, Files.size(target));
  }

  @Test
  void withoutACommitNothingChanges() throws IOException {
    Path target = Files.writeString(directory.resolve("out"), "before");
    try (FileSink sink = new FileSink(target, 0644)) {
      sink.begin(5);
      sink.write(0, text("after"));
    }
    assertEquals("before", Files.readString(target));
    assertEquals(List.of(target), entries());
  }

  @Test
  void whatWasNotSentIsNotCommitted() throws IOException {
    try (FileSink sink = new FileSink(directory.resolve("out"), 0644)) {
      assertThrows(CacheException.Corrupt.class, sink::commit);
    }
    assertEquals(List.of(), entries());
  }

  @Test
  void bytesBehindTheEndAreRefused() throws IOException {
    try (FileSink sink = new FileSink(directory.resolve("out"), 0644)) {
      sink.begin(4);
      assertThrows(CacheException.Corrupt.class, () -> sink.write(0, text("hello")));
      assertThrows(CacheException.Corrupt.class, () -> sink.write(-1, text("h")));
      assertThrows(CacheException.Corrupt.class, () -> sink.write(Long.MAX_VALUE, text("h")));
    }
    assertEquals(List.of(), entries());
  }

  @Test
  void aSymlinkIsFollowed() throws IOException {
    Path target = Files.writeString(directory.resolve("real"), "before");
    Path link = Files.createSymbolicLink(directory.resolve("link"), target);
    try (FileSink sink = new FileSink(link, 0644)) {
      sink.begin(0);
      sink.commit();
    }
    assertTrue(Files.isSymbolicLink(link));
    assertEquals(0, Files.size(target));
  }

  @Test
  void aDirectoryIsNoTarget() {
    assertThrows(CacheException.InvalidArgument.class, () -> new FileSink(directory, 0644).close());
  }

  @Test
  void aDirectoryThatIsNotThereIsNamed() throws IOException {
    try (FileSink sink = new FileSink(directory.resolve("none/out"), 0644)) {
      CacheException error = assertThrows(CacheException.class, () -> sink.begin(1));
      assertTrue(error.getMessage().contains("none"), error.getMessage());
    }
  }

  @Test
  void permissionBitsGoBothWays() {
    for (int bits = 0; bits <= 0777; bits++) {
      assertEquals(bits, PermissionBits.toBits(PermissionBits.toSet(bits)));
    }
    assertEquals(PosixFilePermissions.fromString("rwxr-x--x"), PermissionBits.toSet(0751));
  }
}

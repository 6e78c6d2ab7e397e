package io.unicache.store.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NativeFilesTest {

  private static final int PAGE = 4096;

  @TempDir Path directory;

  @Test
  void aHoleReadsAsZerosAndTheRestStays() throws IOException {
    Path file = ones(4 * PAGE);
    assumeTrue(NativeFiles.punchHole(file, PAGE, 2 * PAGE), "no holes on this file system");

    byte[] expected = new byte[4 * PAGE];
    Arrays.fill(expected, 0, PAGE, (byte) 1);
    Arrays.fill(expected, 3 * PAGE, 4 * PAGE, (byte) 1);
    assertArrayEquals(expected, Files.readAllBytes(file));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aHoleTakesNoSpace() throws IOException {
    Path file = ones(64 * PAGE);
    long before = NativeFiles.allocatedBytes(file).orElseThrow();
    assumeTrue(NativeFiles.punchHole(file, 0, 32 * PAGE), "no holes on this file system");
    long after = NativeFiles.allocatedBytes(file).orElseThrow();
    assertTrue(after <= before - 32 * PAGE, before + " -> " + after);
  }

  @Test
  void aHolePastTheEndKeepsTheLength() throws IOException {
    Path file = ones(PAGE + 10);
    assumeTrue(NativeFiles.punchHole(file, PAGE, 4 * PAGE), "no holes on this file system");
    assertEquals(PAGE + 10, Files.size(file));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void pathsGoToTheSystemByteForByte() {
    assertArrayEquals(
        "/a b%/c?#\0".getBytes(StandardCharsets.US_ASCII), Libc.path(Path.of("/a b%/c?#")));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whoHasAFileOpenOrMappedIsNoticed() throws IOException {
    Path file = ones(PAGE);
    FileUse nobody = NativeFiles.use(file);
    assumeTrue(nobody != FileUse.UNKNOWN, "no leases on this file system");
    assertEquals(FileUse.NONE, nobody);
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      assertEquals(FileUse.SOME, NativeFiles.use(file));
      assertTrue(reader.isOpen());
    }
    try (FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE)) {
      assertEquals(FileUse.SOME, NativeFiles.use(file));
      assertTrue(writer.isOpen());
    }
    assertEquals(FileUse.NONE, NativeFiles.use(file));
    MappedByteBuffer map;
    try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
      map = reader.map(FileChannel.MapMode.READ_ONLY, 0, PAGE);
    }
    assertEquals(FileUse.SOME, NativeFiles.use(file));
    assertEquals(1, map.get(0));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aMissingFileIsNamed() {
    Path missing = directory.resolve("missing");
    assertThrows(NoSuchFileException.class, () -> NativeFiles.punchHole(missing, 0, 1));
    assertThrows(NoSuchFileException.class, () -> NativeFiles.allocatedBytes(missing));
    assertThrows(NoSuchFileException.class, () -> NativeFiles.use(missing));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void otherErrorsNameTheCallAndTheFile() throws IOException {
    Path file = ones(1);
    FileSystemException e =
        assertThrows(FileSystemException.class, () -> NativeFiles.punchHole(file, -1, 1));
    assertTrue(e.getMessage().contains("fallocate"), e.getMessage());
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
  }

  private Path ones(int length) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 1);
    return Files.write(directory.resolve("file"), bytes);
  }
}

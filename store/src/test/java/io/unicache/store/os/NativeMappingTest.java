package io.unicache.store.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class NativeMappingTest {

  private static final int PAGE = 4096;

  @TempDir Path directory;

  private static byte at(NativeMapping mapping, long offset) {
    return Pointer.wrap(Runtime.getSystemRuntime(), mapping.address()).getByte(offset);
  }

  @Test
  void showsTheFileAndWhatItGrowsBy() throws IOException {
    Path file = directory.resolve("file");
    byte[] bytes = new byte[3 * PAGE];
    bytes[PAGE + 7] = 42;
    Files.write(file, bytes);
    NativeMapping mapping = NativeMapping.map(file, PAGE, 1 << 30).orElseThrow();
    assertEquals(42, at(mapping, 7));
    bytes[0] = 43;
    Files.write(file, bytes, StandardOpenOption.APPEND);
    assertEquals(43, at(mapping, 2 * PAGE));
    mapping.close();
  }

  @Test
  void addressesAreNotGivenOutAgain() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[PAGE]);
    NativeMapping first = NativeMapping.map(file, 0, PAGE).orElseThrow();
    first.close();
    for (int i = 0; i < 100; i++) {
      NativeMapping next = NativeMapping.map(file, 0, PAGE).orElseThrow();
      assertNotEquals(first.address(), next.address());
      next.close();
    }
  }

  @Test
  void aMissingFileIsSaidToBeMissing() {
    assertThrows(
        NoSuchFileException.class, () -> NativeMapping.map(directory.resolve("none"), 0, PAGE));
  }
}

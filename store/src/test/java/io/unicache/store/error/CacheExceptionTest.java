package io.unicache.store.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class CacheExceptionTest {

  @Test
  void theReasonIsSaidInWords() {
    assertWords("no such file or directory", new NoSuchFileException("/a"));
    assertWords("permission denied", new AccessDeniedException("/a"));
    assertWords("it exists already", new FileAlreadyExistsException("/a"));
    assertWords("not a directory", new NotDirectoryException("/a"));
    assertWords("Too many open files", new FileSystemException("/a", null, "Too many open files"));
    assertWords("Input/output error", new IOException("Input/output error"));
  }

  private static void assertWords(String words, IOException cause) {
    CacheException error = CacheException.of("making /a", cause);
    assertEquals("making /a: " + words, error.getMessage());
    assertEquals(CacheException.Kind.STORAGE, error.kind());
    assertSame(cause, error.getCause());
  }

  @Test
  void aFullDiskIsItsOwnKind() {
    IOException cause = new FileSystemException("/a", null, "No space left on device");
    assertEquals(CacheException.Kind.FULL, CacheException.of("writing /a", cause).kind());
    assertEquals(
        CacheException.Kind.FULL,
        CacheException.of("writing /a", new IOException("Disk quota exceeded")).kind());
  }

  @Test
  void whatIsOneAlreadyStaysAsItIs() {
    CacheException known = new CacheException.Missing("no such file");
    assertSame(known, CacheException.of("reading", known));
  }
}

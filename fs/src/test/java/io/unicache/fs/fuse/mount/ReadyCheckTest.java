package io.unicache.fs.fuse.mount;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadyCheckTest {

  @TempDir Path directory;

  @Test
  void givesUpWhenTheServerHas() {
    MountException e =
        assertThrows(
            MountException.class,
            () -> ReadyCheck.await(directory, Duration.ofSeconds(30), () -> true));
    assertTrue(e.getMessage().contains("ended at once"), e.toString());
  }

  @Test
  void givesUpInTime() {
    assertThrows(
        MountException.class,
        () -> ReadyCheck.await(directory, Duration.ofMillis(30), () -> false));
  }
}

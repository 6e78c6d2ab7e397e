package io.unicache.fs.fuse.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MountOptionsTest {

  private static final MountOptions PLAIN = MountOptions.of(Path.of("/mnt"));

  @Test
  void aPlainMountIsPrivateAndWritable() {
    assertFalse(PLAIN.allowOther());
    assertFalse(PLAIN.readOnly());
    assertEquals("unicache", PLAIN.fsName());
  }

  @Test
  void changesOneThingAtATime() {
    MountOptions changed =
        PLAIN
            .withAllowOther(true)
            .withReadOnly(true)
            .withReadyTimeout(Duration.ofSeconds(1))
            .withMountPoint(Path.of("/other"));
    assertTrue(changed.allowOther());
    assertTrue(changed.readOnly());
    assertEquals(Duration.ofSeconds(1), changed.readyTimeout());
    assertEquals(Path.of("/other"), changed.mountPoint());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a,b", "a\\b", "a\nb"})
  void refusesASourceThatWouldBreakTheOptionString(String name) {
    Duration timeout = Duration.ofSeconds(1);
    assertThrows(
        IllegalArgumentException.class,
        () -> new MountOptions(Path.of("/mnt"), false, false, name, timeout, true, true));
  }

  @Test
  void refusesNoTime() {
    assertThrows(IllegalArgumentException.class, () -> PLAIN.withReadyTimeout(Duration.ZERO));
  }
}

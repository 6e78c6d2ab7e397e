package io.unicache.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What mount(2) and fusermount are told; the integration tests mount. */
class MountingTest {

  private static final MountOptions OPTIONS = MountOptions.of(Path.of("/m n"));

  @Test
  void dataOfMount() {
    assertEquals(
        "fd=7,rootmode=40000,user_id=4294967294,group_id=1,default_permissions,max_read=1048576",
        RootMount.data(OPTIONS, 7, -2, 1));
    assertTrue(RootMount.data(OPTIONS.withAllowOther(true), 7, 0, 0).endsWith(",allow_other"));
  }

  @Test
  void commandOfFusermount() {
    assertEquals(
        List.of(
            "fusermount3",
            "-o",
            "fsname=unicache,subtype=unicache,nosuid,nodev,default_permissions,max_read=1048576",
            "--",
            "/m n"),
        FusermountMount.command("fusermount3", OPTIONS));
    String both =
        FusermountMount.command("x", OPTIONS.withAllowOther(true).withReadOnly(true)).get(2);
    assertTrue(both.endsWith(",allow_other,ro"), both);
  }

  @Test
  void stringsEndWithAZero() {
    NativeBuffer memory = Native.strings(List.of("ab", ""));
    ByteBuffer bytes = memory.bytes();
    assertEquals(3 * 8 + 3 + 1, memory.capacity());
    assertEquals(memory.address(24), bytes.getLong(0));
    assertEquals(memory.address(27), bytes.getLong(8));
    assertEquals(0, bytes.getLong(16));
    assertEquals('a', bytes.get(24));
    assertEquals(0, bytes.get(26));
    assertEquals(0, bytes.get(27));
  }

  @Test
  void nativeBuffersAreAligned() {
    for (int size : new int[] {1, 4096, 4097, 1 << 20}) {
      NativeBuffer buffer = new NativeBuffer(size);
      assertEquals(size, buffer.capacity());
      assertEquals(0, buffer.address(0) % 4096);
    }
  }

  /** The program that is started, if there is one, fails before it mounts anything. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void saysWhyFusermountFails() throws MountException {
    FusermountMount mounter = new FusermountMount(Libc.load());
    MountOptions nowhere = MountOptions.of(Path.of("/no such directory/of unicache"));
    MountException e = assertThrows(MountException.class, () -> mounter.mount(nowhere));
    assertTrue(
        e.getMessage().contains("of unicache") || e.getMessage().contains("installed"),
        e.getMessage());
  }
}

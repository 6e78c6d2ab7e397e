package io.unicache.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.fuse.mount.MountOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;

class MountArgumentsTest {

  private static List<String> options(MountOptions options) {
    List<String> words = MountArguments.of(options).words();
    assertEquals("-o", words.get(2));
    return List.of(words.get(3).split(","));
  }

  @Test
  void staysInThisProcess() {
    assertEquals("-f", MountArguments.of(MountOptions.of(Path.of("/mnt"))).words().get(1));
  }

  @Test
  void namesTheMountAndLeavesPermissionsToTheKernel() {
    List<String> options = options(MountOptions.of(Path.of("/mnt")));
    assertTrue(
        options.containsAll(
            List.of("fsname=unicache", "subtype=unicache", "default_permissions", "use_ino")));
    assertTrue(options.containsAll(List.of("big_writes", "max_write=131072", "max_read=131072")));
  }

  @Test
  void cachesNoAttributesAndNoMissingNames() {
    List<String> options = options(MountOptions.of(Path.of("/mnt")));
    assertTrue(options.containsAll(List.of("attr_timeout=0", "negative_timeout=0")));
    assertFalse(options.contains("kernel_cache"), "keep_cache is decided open by open");
    assertFalse(options.contains("hard_remove"), "fstat would fail after unlink");
  }

  @Test
  void othersAndReadOnlyAreOnRequest() {
    MountOptions plain = MountOptions.of(Path.of("/mnt"));
    assertFalse(options(plain).contains("allow_other"));
    assertFalse(options(plain).contains("ro"));
    assertTrue(options(plain.withAllowOther(true)).contains("allow_other"));
    assertTrue(options(plain.withReadOnly(true)).contains("ro"));
  }

  @Test
  void laysTheWordsOutAsMainGetsThem() {
    MountArguments arguments = new MountArguments(List.of("unicache", "", "/mnt/a b"));
    Pointer argv = arguments.toNative(Runtime.getSystemRuntime());
    for (int i = 0; i < 3; i++) {
      String word =
          new String(NativeBytes.string(argv.getPointer(i * 8L)), StandardCharsets.US_ASCII);
      assertEquals(arguments.words().get(i), word);
    }
    assertEquals(0, argv.getLong(24), "a null pointer closes the list");
  }
}

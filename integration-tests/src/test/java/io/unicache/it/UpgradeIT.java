package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/**
 * Stores that earlier versions made. The one of format 1 was left by a crash: {@code synced} was
 * open, and changed since it was closed.
 */
class UpgradeIT {

  private static void unzip(String resource, Path into) throws IOException {
    try (InputStream in = UpgradeIT.class.getResourceAsStream(resource);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path path = into.resolve(entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          Files.copy(zip, path);
        }
      }
    }
  }

  @Test
  void aStoreOfFormat1IsUpgradedInPlace() throws Exception {
    try (MountedStore old = MountedStore.unmounted()) {
      unzip("store-format-1.zip", old.store());
      Path store = old.store();
      byte[] log = Files.readAllBytes(store.resolve("meta/000004.log"));
      old.mount();
      check(old);
      assertEquals(2, format(store));
      Path copy = store.resolve("meta.format1/000004.log");
      assertEquals(-1, Files.mismatch(copy, write(old.outside().resolve("log"), log)));
      old.restart();
      check(old);
      old.unmount();
      assertTrue(Files.exists(store.resolve("ledger/1.base")), "what was made by the upgrade");
      assertFalse(Files.exists(store.resolve("meta.format1.new")));
    }
  }

  @Test
  void anUpgradeThatWasCutShortBeginsAgain() throws Exception {
    try (MountedStore old = MountedStore.unmounted()) {
      unzip("store-format-1.zip", old.store());
      Files.createDirectories(old.store().resolve("meta.format1.new"));
      write(old.store().resolve("meta.format1.new/CURRENT"), new byte[] {1});
      Files.createDirectories(old.store().resolve("ledger"));
      write(old.store().resolve("ledger/1.base.new"), new byte[100]);
      write(old.store().resolve("ledger/1.changes"), new byte[70]);
      old.mount();
      check(old);
      assertEquals(2, format(old.store()));
      assertEquals(16, Files.size(old.store().resolve("meta.format1/CURRENT")));
    }
  }

  @Test
  void aLaterFormatIsRefused() throws Exception {
    try (MountedStore later = MountedStore.unmounted()) {
      unzip("store-format-1.zip", later.store());
      Path json = later.store().resolve("store.json");
      Files.writeString(json, Files.readString(json).replace("\"format\" : 1", "\"format\" : 3"));
      String refused = later.cli().run("mount", later.root(), "--store", later.store()).failure();
      assertTrue(refused.contains("format 3"), refused);
    }
  }

  private static Path write(Path file, byte[] bytes) throws IOException {
    return Files.write(file, bytes);
  }

  private static int format(Path store) throws IOException {
    return new ObjectMapper()
        .readTree(Files.readAllBytes(store.resolve("store.json")))
        .path("format")
        .asInt();
  }

  private static void check(MountedStore mounted) throws IOException {
    Path root = mounted.root();
    String numbers = Program.output("seq", "1", "40000") + "\n";
    assertEquals(numbers, Files.readString(root.resolve("numbers")));
    assertEquals(numbers, Files.readString(root.resolve("dir/copy")));
    assertEquals("hello\n", Files.readString(root.resolve("dir/sub/symlink")));
    assertEquals("hello\n", Files.readString(root.resolve("dir/sub/link")));
    assertEquals((1 << 20) + 3, Files.size(root.resolve("holes")));
    byte[] synced = Files.readAllBytes(root.resolve("synced"));
    assertEquals(320_000, synced.length);
    assertEquals("CHANGED AND SYNC", new String(synced, 100_000, 16, StandardCharsets.US_ASCII));
    assertEquals("000000000006251", new String(synced, 100_016, 15, StandardCharsets.US_ASCII));
    assertEquals(
        "640 1 2001-02-03 04:05:06.789000000 +0000 fifo 2 blue",
        Program.script(
                """
                export TZ=UTC
                echo $(stat -c '%a %h %y' numbers) $(stat -c %F fifo) $(stat -c %h dir/hello) \
                $(getfattr --only-values -n user.colour numbers)
                """)
            .in(root)
            .run()
            .expect(0)
            .text()
            .strip());
    Path stored = mounted.outside().resolve("stored");
    Files.deleteIfExists(stored);
    mounted.cli().run("retrieve", "my-id", stored).expect(0);
    assertEquals(Program.output("seq", "1", "1000") + "\n", Files.readString(stored));
  }
}

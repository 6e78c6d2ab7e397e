package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store on a small disk, which becomes full. */
class FullDiskIT {

  private static final int MIB = 1 << 20;
  private static final int PAGE = 4096;
  private static final String DISK_SIZE = "160m";

  private MountedStore mounted;

  @BeforeEach
  void mount() throws IOException {
    assumeTrue(Program.output("id", "-u").equals("0"), "mounting a small disk takes root");
    mounted = MountedStore.unmounted();
    Files.createDirectory(mounted.store());
    Program.of("mount", "-t", "tmpfs", "-o", "size=" + DISK_SIZE, "disk", mounted.store())
        .run()
        .expect(0);
    mounted.mount();
  }

  @AfterEach
  void close() throws IOException {
    if (mounted == null) {
      return;
    }
    try {
      mounted.close();
    } finally {
      Program.of("umount", "--lazy", mounted.store()).run();
      Program.of("rm", "-rf", "--one-file-system", mounted.outside()).run();
    }
  }

  /** A database's pages: acknowledged before and after the disk is full, then the last close. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWasSyncedIsThereThoughItCouldNotBeCommitted(boolean killed) throws Exception {
    Path file = mounted.root().resolve("db");
    byte[] model = Bytes.random(1, 16 * MIB);
    Files.write(file, model);
    FileChannel database =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      writePages(database, model, 2);
      fill();
      writePages(database, model, 3);
    } finally {
      // Its blocks find no room. Some adapters say so at once.
      try {
        database.close();
      } catch (IOException e) {
        assertTrue(e.getMessage().contains("No space left"), e::toString);
      }
    }
    assertArrayEquals(model, Files.readAllBytes(file));
    if (killed) {
      mounted.kill();
      mounted.mount();
      assertArrayEquals(model, Files.readAllBytes(file));
    }
    Files.delete(mounted.root().resolve("filler"));
    Waiting.until(() -> !hasJournal(), () -> "it is not committed: " + mounted.log());
    mounted.restart();
    assertArrayEquals(model, Files.readAllBytes(file));
    Files.write(file, Bytes.random(9, MIB));
    assertEquals(MIB, Files.size(file));
  }

  /** A write that finds no room fails, all else is there, and goes on once there is room. */
  @Test
  void writesFailAndGoOn() throws Exception {
    Path kept = mounted.root().resolve("kept");
    byte[] bytes = Bytes.random(1, 8 * MIB);
    Files.write(kept, bytes);
    fill();
    assertThrows(
        IOException.class,
        () -> Files.write(mounted.root().resolve("more"), Bytes.random(2, 8 * MIB)));
    assertArrayEquals(bytes, Files.readAllBytes(kept));
    Files.delete(mounted.root().resolve("filler"));
    byte[] more = Bytes.random(3, 8 * MIB);
    writeOnceThereIsRoom(more);
    mounted.restart();
    assertArrayEquals(bytes, Files.readAllBytes(kept));
    assertArrayEquals(more, Files.readAllBytes(mounted.root().resolve("more")));
  }

  /** Not a byte is left, for the metadata neither. */
  @Test
  void whenTheDiskWasFullToTheLastByteChangesGoOnWithoutAMount() throws Exception {
    Path kept = mounted.root().resolve("kept");
    byte[] bytes = Bytes.random(1, 8 * MIB);
    Files.write(kept, bytes);
    Path others = mounted.store().resolve("others");
    Program.script("cat /dev/zero > \"$1\" 2> /dev/null || true", others).run().expect(0);
    IOException full = assertThrows(IOException.class, () -> writeAttributes(kept));
    assertTrue(full.getMessage().contains("No space left"), full::toString);
    assertArrayEquals(bytes, Files.readAllBytes(kept));
    Files.delete(others);
    byte[] more = Bytes.random(3, 8 * MIB);
    writeOnceThereIsRoom(more);
    Files.delete(kept);
    mounted.restart();
    assertArrayEquals(more, Files.readAllBytes(mounted.root().resolve("more")));
  }

  /** The metadata has taken all that was kept for it; removing works at once all the same. */
  @Test
  void filesCanBeRemovedFromAFullDisk() throws Exception {
    Path kept = mounted.root().resolve("kept");
    Files.write(kept, Bytes.random(1, 8 * MIB));
    fill();
    Path others = mounted.store().resolve("others");
    Program.script("cat /dev/zero > \"$1\" 2> /dev/null || true", others).run().expect(0);
    IOException full = assertThrows(IOException.class, () -> writeAttributes(kept));
    assertTrue(full.getMessage().contains("No space left"), full::toString);
    assertThrows(IOException.class, () -> Files.createDirectory(mounted.root().resolve("d")));
    Files.delete(mounted.root().resolve("filler"));
    Files.delete(kept);
    Files.delete(others);
    mounted.restart();
    assertEquals(0, mounted.root().toFile().listFiles((d, name) -> !name.startsWith(".")).length);
  }

  /** Room comes back in the background, and the database looks for it every few seconds. */
  private void writeOnceThereIsRoom(byte[] bytes) throws Exception {
    Waiting.until(
        () -> {
          try {
            Files.write(mounted.root().resolve("more"), bytes);
            return true;
          } catch (IOException e) {
            return false;
          }
        },
        () -> "there is no room again: " + mounted.log());
  }

  /** Has the metadata grow. */
  private void writeAttributes(Path file) throws IOException {
    var attributes = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    for (int i = 0; i < 4000; i++) {
      attributes.write("a" + i, ByteBuffer.wrap(Bytes.random(i, 48 << 10)));
    }
  }

  /** Writes a page into every block, each of them synced. */
  private static void writePages(FileChannel database, byte[] model, int seed) throws IOException {
    for (int at = seed * PAGE; at < model.length; at += MIB) {
      byte[] page = Bytes.random(seed + at, PAGE);
      System.arraycopy(page, 0, model, at, PAGE);
      database.write(ByteBuffer.wrap(page), at);
      database.force(true);
    }
  }

  private void fill() throws IOException {
    byte[] bytes = Bytes.random(77, MIB);
    Random random = new Random(78);
    int written = 0;
    try (OutputStream filler = Files.newOutputStream(mounted.root().resolve("filler"))) {
      while (true) {
        random.nextBytes(bytes);
        filler.write(bytes);
        written++;
      }
    } catch (IOException e) {
      assertTrue(e.getMessage().contains("No space left"), e::toString);
    }
    assertTrue(written > 16, written + " MiB");
  }

  private boolean hasJournal() throws IOException {
    try (var files = Files.list(mounted.store().resolve("staging"))) {
      return files.anyMatch(path -> path.toString().endsWith(".journal"));
    }
  }
}

package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store takes on the disk, and what comes back. */
class SpaceIT {

  private static final System.Logger LOG = System.getLogger(SpaceIT.class.getName());

  private static final int MIB = 1 << 20;
  private static final int FILES = 60;
  private static final Pattern FREED = Pattern.compile("freed (?:.*\\((\\d+) bytes\\)|(\\d+) B)");

  private MountedStore mounted;

  @BeforeEach
  void mount() throws IOException {
    mounted = MountedStore.mounted();
  }

  @AfterEach
  void close() throws IOException {
    mounted.close();
  }

  @Test
  void whatIsRemovedTruncatedAndWrittenOverComesBackByItself() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    long needed = 0;
    for (int i = 0; i < FILES; i++) {
      Path file = mounted.root().resolve("f" + i);
      int size = 1 + random.nextInt(4 * MIB);
      Files.write(file, Bytes.random((int) seed + i, size));
      if (i % 4 == 0) {
        needed += pages(size);
      }
    }
    mounted.cli().output("sync");
    long before = mounted.packBytes();
    for (int i = 0; i < FILES; i++) {
      Path file = mounted.root().resolve("f" + i);
      switch (i % 4) {
        case 0 -> assertTrue(Files.size(file) > 0);
        case 1 -> Files.delete(file);
        case 2 -> Program.of("truncate", "-s", 0, file).run().expect(0);
        default -> Files.write(file, new byte[] {1}); // All of them have this one block.
      }
    }
    long kept = needed + pages(1);
    long unneeded = before - kept;
    long most = kept + unneeded / 50;
    Waiting.until(
        () -> mounted.packBytes() <= most,
        () -> mounted.packBytes() + " bytes in packs, " + kept + " are needed, seed " + seed);
    double back = 100.0 * (before - mounted.packBytes()) / unneeded;
    tell("space", back + " % of " + unneeded + " bytes came back; seed " + seed);
    long blocks = Long.parseLong(Program.output("stat", "-f", "-c", "%b", mounted.root()));
    long free = Long.parseLong(Program.output("stat", "-f", "-c", "%f", mounted.root()));
    long df = (blocks - free) * 4096;
    long du = du(mounted.store());
    assertTrue(Math.abs(df - du) <= MIB, "df says " + df + ", du " + du);
  }

  @Test
  void removeSaysWhatItFreesAndGcWhatWasLeft() throws Exception {
    Path one = mounted.root().resolve("one");
    Path two = mounted.root().resolve("two");
    byte[] shared = Bytes.random(1, 2 * MIB);
    Files.write(one, shared);
    Files.write(two, shared);
    Files.write(one, Bytes.random(2, MIB + 5000), java.nio.file.StandardOpenOption.APPEND);
    Files.write(two, Bytes.random(3, 100), java.nio.file.StandardOpenOption.APPEND);
    String said = mounted.cli().output("remove", "/one", "/two");
    String[] lines = said.split("\n", -1);
    assertEquals(MIB + pages(5000), freed(lines[0]), said);
    assertEquals(2 * MIB + pages(100), freed(lines[1]), said);
    assertEquals(3 * MIB + pages(5000) + pages(100), freed(lines[2]), said);
    mounted.cli().output("gc");
    assertTrue(mounted.packBytes() <= 16 << 10, mounted.packBytes() + " bytes are left");
    assertEquals(0, freed(mounted.cli().output("gc")));
  }

  private static long pages(long bytes) {
    return (bytes + 4095) / 4096 * 4096;
  }

  private static long freed(String line) {
    Matcher matcher = FREED.matcher(line);
    assertTrue(matcher.find(), line);
    return Long.parseLong(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
  }

  private static long du(Path directory) {
    return Long.parseLong(
        Program.script("du -s --block-size=1 \"$1\" | cut -f 1", directory).run().expect(0).text());
  }

  private static void tell(String what, String value) {
    LOG.log(Level.INFO, "{0}: {1}", what, value);
  }
}

package io.unicache.store.check;

import static io.unicache.store.check.CheckedStore.BLOCK;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig.Purpose;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages any file of a store at random: flips a bit, cuts, writes zeros, deletes. Whatever is hit,
 * no read returns wrong bytes, what is not hit can be read, a check finds it, and a repair that has
 * the original files brings everything back (of the metadata: what follows from the rest).
 */
class CorruptionTest {

  private static final int ROUNDS = Integer.getInteger("unicache.test.corruptions", 24);

  private static final long SEED = Long.getLong("unicache.test.seed", System.nanoTime());

  @TempDir Path temporary;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, int[]> figures = new TreeMap<>();
  private Path original;
  private Path copies;

  /** One damage. */
  private record Damage(Path file, String how) {}

  @BeforeEach
  void fill() throws IOException {
    copies = Files.createDirectory(temporary.resolve("copies"));
    original = temporary.resolve("original");
    Random random = new Random(42);
    try (Store open = new CheckedStore(original).create()) {
      for (int i = 0; i < 25; i++) {
        byte[] bytes = CheckedStore.random(1 + random.nextInt(5 * BLOCK), i);
        if (i % 6 == 0) {
          Arrays.fill(bytes, 0, bytes.length / 2, (byte) 0);
        }
        String path = "/d" + i % 4 + "/sub/f" + i;
        CheckedStore.put(open, path, bytes);
        files.put(path, bytes);
        Files.write(copies.resolve("f" + i), bytes);
      }
      byte[] large = CheckedStore.random(33 << 20, 99); // in a pack of its own
      CheckedStore.put(open, "/large", large);
      files.put("/large", large);
      Files.write(copies.resolve("large"), large);
      byte[] gone = CheckedStore.random(3 * BLOCK, 100);
      CheckedStore.put(open, "/gone", gone);
      open.tree().unlink(Inode.ROOT, Name.of("gone"));
    }
  }

  @Test
  void anyFileOfTheStore() throws IOException {
    System.out.println("CorruptionTest: seed " + SEED + ", rounds " + ROUNDS);
    Random seeds = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(seeds.nextLong());
      Path copy = temporary.resolve("round-" + round);
      CrashImage.copy(original, copy);
      try {
        round(new CheckedStore(copy), random);
      } catch (IOException | RuntimeException | AssertionError e) {
        throw new AssertionError("round " + round + " of seed " + SEED, e);
      }
      CrashImage.delete(copy);
    }
    figures.forEach(
        (what, counts) ->
            System.out.printf(
                "CorruptionTest: %-22s %3d injected, %3d hit something live, %3d detected, %3d"
                    + " repaired%n",
                what, counts[0], counts[1], counts[2], counts[3]));
  }

  private void round(CheckedStore store, Random random) throws IOException {
    Damage damage = damage(store, random);
    String what = kind(damage.file()) + " " + damage.how();
    int[] counts = figures.computeIfAbsent(what, key -> new int[4]);
    counts[0]++;
    String told = what + " " + damage.file().getFileName();

    boolean opens;
    int unreadable = 0;
    try (Store open = store.open(Purpose.CHECK)) {
      opens = true;
      unreadable = unreadableFiles(open, told);
    } catch (CacheException e) {
      opens = false;
      assertFalse(e.getMessage().contains("\n"), told + ": " + e.getMessage());
    }

    boolean found;
    if (opens) {
      found = !store.check(true).isSound();
    } else {
      found = true;
    }
    boolean live = unreadable > 0 || !opens;
    counts[1] += live || found ? 1 : 0;
    counts[2] += found ? 1 : 0;
    assertTrue(found || !live, told + ": a file cannot be read, and the check finds nothing");

    if (kind(damage.file()).equals("meta") && (!opens || !repairable(store))) {
      return; // What is not to be had from the rest needs a second copy of the metadata.
    }
    CheckSummary repaired = store.repair(true, copies);
    assertTrue(repaired.isSound(), told + ": " + store.findings);
    assertTrue(store.check(true).isSound(), told + ": " + store.findings);
    try (Store open = store.open(Purpose.USE)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        assertArrayEquals(
            file.getValue(), CheckedStore.read(open, file.getKey()), told + ": " + file.getKey());
      }
    }
    counts[3] += found ? 1 : 0;
  }

  private int unreadableFiles(Store open, String told) {
    int unreadable = 0;
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] bytes;
      try {
        bytes = CheckedStore.read(open, file.getKey());
      } catch (CacheException e) {
        unreadable++;
        continue;
      }
      assertArrayEquals(file.getValue(), bytes, told + ": wrong bytes of " + file.getKey());
    }
    return unreadable;
  }

  /** Tells whether the check can be trusted to have all tables that nothing else has. */
  private static boolean repairable(CheckedStore store) {
    return store.findings.stream()
        .allMatch(
            finding ->
                finding.kind() != Finding.Kind.METADATA
                    || RowCheck.isDerived(finding.where().replace("table ", "")));
  }

  private static String kind(Path file) {
    String name = file.getFileName().toString();
    if (name.endsWith(".pack")) {
      return "pack";
    }
    return name.endsWith(".index") ? "index" : name.equals("store.json") ? "store.json" : "meta";
  }

  private static Damage damage(CheckedStore store, Random random) throws IOException {
    List<Path> choice = new ArrayList<>();
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> choice.addAll(store.files("packs", "*.pack"));
      case 3, 4 -> choice.addAll(store.files("packs", "*.index"));
      case 5, 6 -> choice.addAll(store.files("meta", "*.sst"));
      default -> choice.add(store.directory.resolve("store.json"));
    }
    Path file = choice.get(random.nextInt(choice.size()));
    long size = Files.size(file);
    long at = size == 0 ? 0 : random.nextInt((int) size);
    String how;
    switch (random.nextInt(4)) {
      case 0 -> {
        how = "bit flipped";
        CheckedStore.flip(file, at);
      }
      case 1 -> {
        how = "cut";
        CheckedStore.cut(file, at);
      }
      case 2 -> {
        how = "zeros";
        int length = (int) Math.min(size - at, 1 + random.nextInt(200_000));
        CheckedStore.zero(file, at, length);
      }
      default -> {
        how = "deleted";
        Files.delete(file);
        return new Damage(file, how);
      }
    }
    return new Damage(file, how);
  }
}

package io.unicache.it;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Writes files in a directory of its own until that fails, and knows what they have to be then.
 * Used by one thread at a time.
 */
final class Scribbler {

  private static final int NAMES = 8;
  private static final int MOST_BYTES = 400_000;

  private final Path directory;
  private final Random random;

  /** By name, what is there after a crash: as it was closed or synced last. */
  private final TreeMap<String, byte[]> kept = new TreeMap<>();

  /** What is there instead if the step that was under way was done; null for a name that goes. */
  private final Map<String, byte[]> perhaps = new TreeMap<>();

  Scribbler(Path directory, long seed) {
    this.directory = directory;
    this.random = new Random(seed);
  }

  /** Returns how many operations were done. */
  int runUntilItFails() {
    for (int operations = 0; ; operations++) {
      try {
        perhaps.clear();
        next();
        kept.putAll(perhaps);
        kept.values().removeIf(content -> content == null);
      } catch (IOException e) {
        return operations;
      }
    }
  }

  private void next() throws IOException {
    String name = "f" + random.nextInt(NAMES);
    switch (random.nextInt(8)) {
      case 0, 1 -> replaceContent(name);
      case 2, 3, 4 -> change(name);
      case 5 -> rename(name);
      case 6 -> replaceByRename(name);
      default -> remove(name);
    }
  }

  private byte[] someBytes(int most) {
    byte[] bytes = new byte[1 + random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void replaceContent(String name) throws IOException {
    if (!kept.containsKey(name)) {
      perhaps.put(name, new byte[0]);
      Files.createFile(directory.resolve(name));
      kept.put(name, new byte[0]);
    }
    byte[] bytes = someBytes(MOST_BYTES);
    perhaps.put(name, bytes);
    Files.write(directory.resolve(name), bytes);
  }

  /** Changes a file in several places, and syncs it now and then. */
  private void change(String name) throws IOException {
    byte[] bytes = kept.get(name);
    if (bytes == null) {
      return;
    }
    try (FileChannel channel =
        FileChannel.open(directory.resolve(name), StandardOpenOption.WRITE)) {
      for (int writes = 1 + random.nextInt(8); writes > 0; writes--) {
        byte[] piece = someBytes(30_000);
        int at = random.nextInt(bytes.length + 1);
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length, at + piece.length));
        System.arraycopy(piece, 0, bytes, at, piece.length);
        channel.write(ByteBuffer.wrap(piece), at);
        if (random.nextInt(4) == 0) {
          perhaps.put(name, bytes);
          channel.force(random.nextBoolean());
          kept.put(name, bytes.clone());
          perhaps.clear();
        }
      }
      perhaps.put(name, bytes);
    }
  }

  private void rename(String name) throws IOException {
    String to = "f" + random.nextInt(NAMES);
    if (kept.containsKey(name) && !name.equals(to)) {
      move(name, to);
    }
  }

  private void move(String name, String to) throws IOException {
    perhaps.put(name, null);
    perhaps.put(to, kept.get(name));
    Files.move(
        directory.resolve(name),
        directory.resolve(to),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private void replaceByRename(String name) throws IOException {
    replaceContent("new");
    kept.put("new", perhaps.get("new"));
    perhaps.clear();
    move("new", name);
  }

  private void remove(String name) throws IOException {
    if (kept.containsKey(name)) {
      perhaps.put(name, null);
      Files.delete(directory.resolve(name));
    }
  }

  /** Fails unless all files are what they have to be; goes on from what is there. */
  void check(String when) throws IOException {
    TreeMap<String, byte[]> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        found.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    TreeMap<String, byte[]> done = new TreeMap<>(kept);
    done.putAll(perhaps);
    done.values().removeIf(content -> content == null);
    if (!same(kept, found) && !same(done, found)) {
      fail(
          when
              + ": "
              + directory
              + " has "
              + lengths(found)
              + "; it should have "
              + lengths(kept)
              + (same(kept, done) ? "" : " or " + lengths(done)));
    }
    kept.clear();
    kept.putAll(found);
  }

  private static boolean same(Map<String, byte[]> one, Map<String, byte[]> other) {
    return one.keySet().equals(other.keySet())
        && one.keySet().stream().allMatch(name -> Arrays.equals(one.get(name), other.get(name)));
  }

  private static Map<String, String> lengths(Map<String, byte[]> files) {
    Map<String, String> lengths = new TreeMap<>();
    files.forEach((name, bytes) -> lengths.put(name, bytes.length + "/" + Arrays.hashCode(bytes)));
    return lengths;
  }
}

package io.unicache.store.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.CrashImage;
import io.unicache.store.TestParts;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** Two files under random operations, compared with two byte arrays after each. */
class RangeModelTest {

  private static final int BLOCK = TestParts.BLOCK_SIZE;
  private static final int SPACE = 6 * BLOCK;

  /** What is done to a file. */
  enum Kind {
    WRITE,
    WRITE_ZEROS,
    TRUNCATE,
    COPY,
    COPY_WITHIN,
    PUNCH,
    ZERO,
    EXTEND,
    SAVE,
    COMMIT,
    REOPEN
  }

  /**
   * An operation.
   *
   * @param file 0 or 1; copies come from the other one
   * @param from offset in the source
   */
  record Step(Kind kind, int file, int at, int from, int length, byte fill) {}

  private Path directory;
  private TestParts parts;
  private int names;
  private LiveFile[] files;
  private byte[][] models;

  /** What the files were when they were saved or committed last. */
  private byte[][] saved;

  @BeforeProperty
  void open() throws IOException, CacheException {
    directory = Files.createTempDirectory("unicache-range");
    parts = new TestParts(directory);
  }

  @AfterProperty
  void close() throws IOException, CacheException {
    parts.close();
    CrashImage.delete(directory);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    // Half of the offsets and lengths are of the grid: there blocks are shared and punched.
    Arbitrary<Integer> offsets =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, SPACE),
            Arbitraries.integers().between(0, SPACE / BLOCK).map(i -> i * BLOCK));
    Arbitrary<Integer> lengths =
        Arbitraries.oneOf(
            Arbitraries.integers().between(1, 3 * BLOCK),
            Arbitraries.integers().between(1, 64),
            Arbitraries.integers().between(1, 4).map(i -> i * BLOCK));
    return Combinators.combine(
            Arbitraries.of(Kind.class),
            Arbitraries.integers().between(0, 1),
            offsets,
            offsets,
            lengths,
            Arbitraries.bytes().between((byte) 1, (byte) 4))
        .as(Step::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  @Property(tries = 150)
  void filesAreWhatTheModelSays(@ForAll("steps") List<Step> steps) throws CacheException {
    begin();
    for (Step step : steps) {
      run(step);
      check(0);
      check(1);
    }
    for (int i = 0; i < 2; i++) {
      reopen(i);
      check(i);
      files[i].close();
    }
    parts.checkReferences();
  }

  /** Last bytes go to staging files then. */
  @Property(tries = 100)
  void withHardlyAnyMemoryAsWell(@ForAll("steps") List<Step> steps) throws CacheException {
    DraftMemory memory = parts.files.draftMemory();
    long free = memory.free();
    long taken = free - BLOCK - 100;
    assertTrue(memory.take(taken));
    try {
      filesAreWhatTheModelSays(steps);
    } finally {
      memory.give(taken);
    }
    assertEquals(free, memory.free(), "what was taken has been given back");
  }

  @Property(tries = 40)
  void aCrashLeavesWhatWasSavedLast(@ForAll("steps") List<Step> steps)
      throws CacheException, IOException {
    begin();
    try {
      for (Step step : steps) {
        if (step.kind() == Kind.COPY || step.kind() == Kind.COPY_WITHIN) {
          // It may commit its source, which is nobody's wish.
          save(step.kind() == Kind.COPY ? 1 - step.file() : step.file());
        }
        run(step);
      }
      try (CrashImage image = new CrashImage(directory);
          TestParts after = new TestParts(image.directory())) {
        for (int i = 0; i < 2; i++) {
          LiveFile file = after.files.open(files[i].number());
          check(file, saved[i]);
          file.close();
        }
        after.checkReferences();
      }
    } finally {
      files[0].close();
      files[1].close();
    }
  }

  private void begin() throws CacheException {
    files = new LiveFile[2];
    models = new byte[2][0];
    saved = new byte[2][0];
    for (int i = 0; i < 2; i++) {
      files[i] = parts.files.open(parts.newFile("file" + names++));
    }
  }

  private void save(int file) throws CacheException {
    files[file].save();
    saved[file] = models[file].clone();
  }

  private void run(Step step) throws CacheException {
    LiveFile file = files[step.file()];
    int end = step.at() + step.length();
    switch (step.kind()) {
      case WRITE -> write(step, data(step));
      case WRITE_ZEROS -> write(step, new byte[step.length()]);
      case TRUNCATE -> {
        file.truncate(step.at());
        models[step.file()] = Arrays.copyOf(models[step.file()], step.at());
      }
      case COPY -> copy(step, 1 - step.file());
      case COPY_WITHIN -> copy(step, step.file());
      case PUNCH -> {
        file.zero(step.at(), step.length(), false);
        clear(step, Math.min(end, models[step.file()].length));
      }
      case ZERO -> {
        file.zero(step.at(), step.length(), true);
        grow(step.file(), end);
        clear(step, end);
      }
      case EXTEND -> {
        file.extend(end);
        grow(step.file(), end);
      }
      case SAVE -> save(step.file());
      case COMMIT -> {
        file.commit();
        saved[step.file()] = models[step.file()].clone();
      }
      case REOPEN -> reopen(step.file());
      default -> throw new AssertionError(step);
    }
  }

  /** Bytes that come again now and then, as blocks that are there already. */
  private static byte[] data(Step step) {
    byte[] bytes = new byte[step.length()];
    new Random(step.fill()).nextBytes(bytes);
    return bytes;
  }

  private void write(Step step, byte[] bytes) throws CacheException {
    files[step.file()].write(step.at(), ByteBuffer.wrap(bytes));
    put(step.file(), step.at(), bytes);
  }

  private void copy(Step step, int source) throws CacheException {
    byte[] from = models[source];
    int count = Math.max(0, Math.min(step.length(), from.length - step.from()));
    boolean overlaps =
        source == step.file() && step.from() < step.at() + count && step.at() < step.from() + count;
    LiveFile target = files[step.file()];
    if (overlaps) {
      try {
        target.copyFrom(files[source], step.from(), step.at(), step.length());
        throw new AssertionError("ranges overlap: " + step);
      } catch (CacheException.Namespace e) {
        assertEquals(Reason.INVALID, e.reason());
      }
      return;
    }
    assertEquals(count, target.copyFrom(files[source], step.from(), step.at(), step.length()));
    if (count > 0) {
      put(step.file(), step.at(), Arrays.copyOfRange(from, step.from(), step.from() + count));
    }
  }

  private void put(int file, int at, byte[] bytes) {
    grow(file, at + bytes.length);
    System.arraycopy(bytes, 0, models[file], at, bytes.length);
  }

  private void grow(int file, int size) {
    models[file] = Arrays.copyOf(models[file], Math.max(size, models[file].length));
  }

  private void clear(Step step, int end) {
    Arrays.fill(models[step.file()], Math.min(step.at(), end), end, (byte) 0);
  }

  private void reopen(int file) throws CacheException {
    files[file].close();
    saved[file] = models[file].clone();
    files[file] = parts.files.open(files[file].number());
  }

  private void check(int i) throws CacheException {
    check(files[i], models[i]);
  }

  private static void check(LiveFile file, byte[] model) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate(model.length + 1);
    assertEquals(model.length, file.read(0, all));
    assertEquals(model.length, file.size());
    assertArrayEquals(model, Arrays.copyOf(all.array(), model.length));
    checkHoles(file, model);
  }

  /** Data and holes take turns to the end, and there is nothing in a hole. */
  private static void checkHoles(LiveFile file, byte[] model) throws CacheException {
    long at = 0;
    long data = 0;
    while (at < model.length) {
      OptionalLong found = file.nextData(at);
      long next = found.orElse(model.length);
      assertTrue(next >= at && next <= model.length);
      for (long i = at; i < next; i++) {
        assertEquals(0, model[(int) i], "byte " + i + " is said to be in a hole");
      }
      if (next > at) {
        assertEquals(OptionalLong.of(at), file.nextHole(at));
      }
      if (found.isPresent()) {
        at = file.nextHole(next).orElseThrow();
        assertTrue(at > next && at <= model.length);
        data += at - next;
      } else {
        at = model.length;
      }
    }
    assertEquals(OptionalLong.empty(), file.nextData(model.length));
    assertEquals(OptionalLong.empty(), file.nextHole(model.length));
    assertEquals(data, file.dataBytes());
  }
}

package io.unicache.store.pack;

import static io.unicache.store.pack.Blocks.STORE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random lives of a pack set, beside a map that says what has to be in it. */
class PackSetModelTest {

  private static final int SMALL_PACK = 48 << 10;
  private static final int STREAMS = 3;

  /**
   * One step.
   *
   * @param argument a length, or which block or stream
   */
  record Step(Kind kind, int argument, int stream) {
    enum Kind {
      APPEND,
      SKIP,
      END_STREAM,
      FREE,
      SYNC,
      REOPEN
    }
  }

  @Provide
  Arbitrary<List<Step>> lives() {
    Arbitrary<Step.Kind> kinds =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(10, Arbitraries.just(Step.Kind.APPEND)),
            net.jqwik.api.Tuple.of(1, Arbitraries.just(Step.Kind.SKIP)),
            net.jqwik.api.Tuple.of(2, Arbitraries.just(Step.Kind.END_STREAM)),
            net.jqwik.api.Tuple.of(6, Arbitraries.just(Step.Kind.FREE)),
            net.jqwik.api.Tuple.of(1, Arbitraries.just(Step.Kind.SYNC)),
            net.jqwik.api.Tuple.of(1, Arbitraries.just(Step.Kind.REOPEN)));
    return net.jqwik.api.Combinators.combine(
            kinds, Arbitraries.integers().between(1, 20_000), Arbitraries.integers().between(0, 2))
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }

  @Property(tries = 60)
  void agreesWithAMap(@ForAll("lives") List<Step> life) throws IOException {
    Path directory = Files.createTempDirectory("packs");
    try (Life subject = new Life(directory)) {
      for (Step step : life) {
        subject.take(step);
      }
      subject.reopen();
      subject.check();
    } finally {
      try (var files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(PackSetModelTest::delete);
      }
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Life implements AutoCloseable {
    private final Path directory;
    private final Map<BlockLocation, Long> model = new LinkedHashMap<>();
    private final Set<BlockLocation> everUsed = new HashSet<>();
    private final PackSet.PackStream[] streams = new PackSet.PackStream[STREAMS];
    private PackSet packs;
    private long seed;

    Life(Path directory) throws CacheException {
      this.directory = directory;
      packs = PackSet.open(directory, STORE, new FaultyFiles(), SMALL_PACK);
    }

    void take(Step step) throws CacheException {
      switch (step.kind()) {
        case APPEND -> append(stream(step.stream()), step.argument());
        case SKIP -> stream(step.stream()).skip(step.argument());
        case END_STREAM -> endStream(step.stream());
        case FREE -> free(step.argument());
        case SYNC -> packs.sync();
        case REOPEN -> reopen();
      }
    }

    /** Two streams are small and one is large. */
    private PackSet.PackStream stream(int number) {
      if (streams[number] == null) {
        streams[number] = packs.stream(number == 0 ? PackSet.OWN_PACK_BYTES : -1);
      }
      return streams[number];
    }

    private void append(PackSet.PackStream stream, int length) throws CacheException {
      seed++;
      BlockLocation location = Blocks.append(stream, seed, length);
      assertNull(model.put(location, seed));
      assertTrue(
          everUsed.add(new BlockLocation(location.pack(), location.offset(), 1)),
          "used a second time: " + location);
    }

    private void endStream(int number) {
      if (streams[number] != null) {
        streams[number].close();
        streams[number] = null;
      }
    }

    private void free(int which) throws CacheException {
      if (!model.isEmpty()) {
        BlockLocation location = List.copyOf(model.keySet()).get(which % model.size());
        model.remove(location);
        assertTrue(packs.free(location) >= 0);
      }
    }

    void reopen() throws CacheException {
      close();
      packs = PackSet.open(directory, STORE, new FaultyFiles(), SMALL_PACK);
      check();
    }

    void check() throws CacheException {
      assertEquals(List.of(), packs.damaged());
      List<BlockLocation> found = Blocks.locations(packs);
      assertEquals(model.size(), found.size());
      assertEquals(model.keySet(), new HashSet<>(found));
      for (PackSet.IndexedBlock block : Blocks.indexed(packs)) {
        BlockLocation location = block.location();
        long blockSeed = model.get(location);
        assertEquals(Blocks.hash(blockSeed), block.hash());
        assertArrayEquals(Blocks.bytes(blockSeed, location.length()), Blocks.read(packs, location));
      }
      long packsInUse = model.keySet().stream().map(BlockLocation::pack).distinct().count();
      assertEquals(packsInUse, packs.count());
    }

    @Override
    public void close() throws CacheException {
      for (int i = 0; i < STREAMS; i++) {
        endStream(i);
      }
      packs.close();
    }
  }
}

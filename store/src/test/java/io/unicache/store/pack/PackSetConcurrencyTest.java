package io.unicache.store.pack;

import static io.unicache.store.pack.Blocks.STORE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackSetConcurrencyTest {

  private static final int THREADS = 8;
  private static final int BLOCKS_EACH = 150;

  /** Small, so that packs fill up and empty while others append. */
  private static final int SMALL_PACK = 256 << 10;

  @TempDir Path directory;

  @Test
  void manyThreadsAppendReadFreeAndSyncInTheSamePacks() throws Exception {
    Map<BlockLocation, Long> kept = new ConcurrentHashMap<>();
    try (PackSet packs = PackSet.open(directory, STORE, new DiskFiles(), SMALL_PACK)) {
      ExecutorService pool = Executors.newFixedThreadPool(THREADS);
      List<Future<?>> workers = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        int number = thread;
        workers.add(
            pool.submit(
                () -> {
                  work(packs, number, kept);
                  return null;
                }));
      }
      for (Future<?> worker : workers) {
        worker.get(60, TimeUnit.SECONDS);
      }
      pool.shutdown();
      check(packs, kept);
    }
    try (PackSet packs = PackSet.open(directory, STORE, new DiskFiles(), SMALL_PACK)) {
      assertEquals(List.of(), packs.damaged());
      check(packs, kept);
    }
  }

  private static void work(PackSet packs, int number, Map<BlockLocation, Long> kept)
      throws CacheException {
    Random random = new Random(number);
    long seed = number * 1_000_000L;
    for (int done = 0; done < BLOCKS_EACH; ) {
      try (PackSet.PackStream stream =
          packs.stream(random.nextInt(8) == 0 ? PackSet.OWN_PACK_BYTES : -1)) {
        for (int i = random.nextInt(20); i >= 0 && done < BLOCKS_EACH; i--, done++) {
          int length = 1 + random.nextInt(12_000);
          BlockLocation location = Blocks.append(stream, ++seed, length);
          assertArrayEquals(Blocks.bytes(seed, length), Blocks.read(packs, location));
          if (random.nextInt(10) < 8) {
            packs.free(location);
          } else {
            kept.put(location, seed);
          }
        }
      }
      if (random.nextInt(6) == 0) {
        packs.sync();
      }
    }
  }

  private static void check(PackSet packs, Map<BlockLocation, Long> kept) throws CacheException {
    List<BlockLocation> found = Blocks.locations(packs);
    assertEquals(kept.size(), found.size());
    assertEquals(kept.keySet(), new HashSet<>(found));
    for (Map.Entry<BlockLocation, Long> block : kept.entrySet()) {
      assertArrayEquals(
          Blocks.bytes(block.getValue(), block.getKey().length()),
          Blocks.read(packs, block.getKey()));
    }
    long inUse = kept.keySet().stream().map(BlockLocation::pack).distinct().count();
    assertEquals(inUse, packs.count());
  }
}

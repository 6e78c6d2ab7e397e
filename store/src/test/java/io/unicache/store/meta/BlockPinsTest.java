package io.unicache.store.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockPinsTest {

  @TempDir Path directory;
  private MetaStore meta;
  private BlockPins pins;

  @BeforeEach
  void open() throws CacheException {
    meta = MetaStore.open(directory);
    pins = meta.pins();
  }

  @AfterEach
  void close() throws CacheException {
    meta.close();
  }

  private List<BlockLocation> freed() throws CacheException {
    List<BlockLocation> freed = new ArrayList<>();
    meta.forEachFreed(freed::add);
    return freed;
  }

  private boolean deleteIfUnreferenced(int block) throws CacheException {
    Boolean deleted = meta.update(tx -> tx.deleteIfUnreferenced(Samples.hash(block)));
    return deleted;
  }

  @Test
  void secondWriterSharesWhatTheFirstHasAppended() throws CacheException {
    BlockHash hash = Samples.hash(1);
    assertEquals(Optional.empty(), pins.pin(hash));
    assertEquals(Samples.location(1), pins.located(hash, Samples.location(1)));
    assertEquals(Optional.of(Samples.location(1)), pins.pin(hash));
    assertEquals(Optional.of(Samples.location(1)), pins.pending(hash));

    Samples.unpin(meta, 1);
    assertEquals(List.of(), freed());
    Samples.unpin(meta, 1);
    assertEquals(List.of(Samples.location(1)), freed());
    assertFalse(pins.isPinned(hash));
    assertEquals(Optional.empty(), pins.pin(hash));
  }

  @Test
  void aStoredBlockThatIsPinnedOutlivesItsContent() throws CacheException {
    Samples.store(meta, 1);
    pins.pinStored(List.of(Samples.hash(1), Samples.hash(1)));
    Samples.release(meta, 1);
    assertTrue(meta.block(Samples.hash(1)).isPresent());
    Samples.unpin(meta, 1);
    assertTrue(meta.block(Samples.hash(1)).isPresent(), "it was pinned twice");
    Samples.unpin(meta, 1);
    assertTrue(meta.block(Samples.hash(1)).isEmpty());
    assertEquals(List.of(Samples.location(1)), freed());
  }

  @Test
  void copyThatComesSecondIsFreed() throws CacheException {
    BlockHash hash = Samples.hash(1);
    pins.pin(hash);
    pins.pin(hash);
    pins.located(hash, Samples.location(1));
    assertEquals(Samples.location(1), pins.located(hash, Samples.location(2)));
    assertEquals(List.of(Samples.location(2)), freed());
  }

  @Test
  void copyThatComesAfterTheCommitIsFreed() throws CacheException {
    BlockHash hash = Samples.hash(1);
    pins.pin(hash);
    pins.pin(hash);
    pins.located(hash, Samples.location(1));
    Samples.retain(meta, 1);
    assertEquals(Optional.empty(), pins.pending(hash));
    assertEquals(Samples.location(1), pins.located(hash, Samples.location(2)));
    Samples.unpin(meta, 1, 1);
    assertEquals(List.of(Samples.location(2)), freed());
    assertEquals(1, meta.block(hash).orElseThrow().references());
  }

  @Test
  void pinnedBlockOutlivesItsContent() throws CacheException {
    Samples.store(meta, 1);
    assertEquals(Optional.of(Samples.location(1)), pins.pin(Samples.hash(1)));
    pins.pin(Samples.hash(1));
    Samples.release(meta, 1);
    assertEquals(0, meta.block(Samples.hash(1)).orElseThrow().references());
    assertFalse(deleteIfUnreferenced(1), "deleted though pinned");
    Samples.unpin(meta, 1);
    assertTrue(meta.block(Samples.hash(1)).isPresent());
    Samples.unpin(meta, 1);
    assertTrue(meta.block(Samples.hash(1)).isEmpty());
    assertEquals(List.of(Samples.location(1)), freed());
    assertFalse(deleteIfUnreferenced(1));
    assertEquals(new MetaStore.Totals(0, 0, 0, 0), meta.totals());
  }

  @Test
  void pinnedBlockCanBeReferredToAgain() throws CacheException {
    Samples.store(meta, 1);
    pins.pin(Samples.hash(1));
    Samples.release(meta, 1);
    Samples.retain(meta, 1);
    Samples.unpin(meta, 1);
    assertEquals(1, meta.block(Samples.hash(1)).orElseThrow().references());
    assertEquals(List.of(), freed());
    Samples.release(meta, 1);
    assertEquals(List.of(Samples.location(1)), freed());
  }

  @Test
  void misuseIsTold() throws CacheException {
    assertThrows(IllegalStateException.class, () -> Samples.unpin(meta, 1));
    assertThrows(
        IllegalStateException.class, () -> pins.located(Samples.hash(1), Samples.location(1)));
    pins.pin(Samples.hash(1));
    Samples.unpin(meta, 1);
    assertThrows(IllegalStateException.class, () -> Samples.unpin(meta, 1));
  }

  @Test
  void pinningWaitsForAChangeUnderWay() throws Exception {
    Samples.store(meta, 1);
    ExecutorService other = Executors.newSingleThreadExecutor();
    Future<Optional<BlockLocation>> pinned =
        meta.update(
            tx -> {
              tx.release(Samples.id(1));
              Future<Optional<BlockLocation>> pin = other.submit(() -> pins.pin(Samples.hash(1)));
              assertThrows(TimeoutException.class, () -> pin.get(200, TimeUnit.MILLISECONDS));
              return pin;
            });
    assertEquals(Optional.empty(), pinned.get(60, TimeUnit.SECONDS));
    assertEquals(Optional.empty(), meta.block(Samples.hash(1)));
    other.shutdown();
  }

  @Test
  void writersOfTheSameBlocksLoseNothingAndLeakNothing() throws Exception {
    int threads = 4;
    AtomicLong end = new AtomicLong();
    Set<BlockLocation> appended = ConcurrentHashMap.newKeySet();
    ExecutorService writers = Executors.newFixedThreadPool(threads);
    List<Future<List<int[]>>> results = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Random random = new Random(i);
      results.add(writers.submit(() -> write(random, end, appended)));
    }
    List<int[]> kept = new ArrayList<>();
    for (Future<List<int[]>> result : results) {
      kept.addAll(result.get(60, TimeUnit.SECONDS));
    }
    writers.shutdown();
    assertConsistent(kept, appended);

    for (int[] blocks : kept) {
      Samples.release(meta, blocks);
    }
    assertConsistent(List.of(), appended);
    assertEquals(new MetaStore.Totals(0, 0, 0, 0), meta.totals());
  }

  /**
   * Stores and removes contents of few blocks, so that writers meet; returns those that are left.
   */
  private List<int[]> write(Random random, AtomicLong end, Set<BlockLocation> appended)
      throws CacheException {
    List<int[]> kept = new ArrayList<>();
    for (int round = 0; round < 300; round++) {
      int[] blocks = random.ints(1 + random.nextInt(4), 0, 6).toArray();
      Map<BlockHash, BlockLocation> locations = new HashMap<>();
      for (int block : blocks) {
        locations.put(Samples.hash(block), pinAndAppend(Samples.hash(block), end, appended));
      }
      if (random.nextInt(3) > 0) {
        Samples.retain(meta, blocks);
        kept.add(blocks);
        for (Map.Entry<BlockHash, BlockLocation> block : locations.entrySet()) {
          assertEquals(block.getValue(), meta.block(block.getKey()).orElseThrow().location());
        }
      }
      if (!kept.isEmpty() && random.nextBoolean()) {
        Samples.release(meta, kept.remove(random.nextInt(kept.size())));
      }
      Samples.unpin(meta, blocks);
    }
    return kept;
  }

  private BlockLocation pinAndAppend(BlockHash hash, AtomicLong end, Set<BlockLocation> appended)
      throws CacheException {
    Optional<BlockLocation> found = pins.pin(hash);
    if (found.isPresent()) {
      return found.get();
    }
    BlockLocation own = new BlockLocation(1, end.getAndAdd(8192), Samples.BLOCK_BYTES);
    appended.add(own);
    return pins.located(hash, own);
  }

  private void assertConsistent(List<int[]> kept, Set<BlockLocation> appended)
      throws CacheException {
    Map<ContentId, Long> contents = new HashMap<>();
    kept.forEach(blocks -> contents.merge(Samples.id(blocks), 1L, Long::sum));
    Map<BlockHash, Long> counted = new HashMap<>();
    meta.forEachManifest(
        "",
        entry -> {
          assertEquals(contents.remove(entry.id()), entry.references());
          entry.manifest().blocks().forEach(hash -> counted.merge(hash, 1L, Long::sum));
          return true;
        });
    assertEquals(Map.of(), contents);

    Set<BlockLocation> used = new HashSet<>();
    meta.forEachBlock(
        block -> {
          assertEquals(counted.remove(block.hash()), block.references());
          assertTrue(used.add(block.location()));
          assertFalse(pins.isPinned(block.hash()));
          return true;
        });
    assertEquals(Map.of(), counted);

    // Every byte that was appended either belongs to a block or is given back.
    Set<BlockLocation> accounted = new HashSet<>(used);
    for (BlockLocation location : freed()) {
      assertTrue(accounted.add(location), "freed but in use: " + location);
    }
    assertEquals(appended, accounted);
    assertEquals(meta.totals(), meta.recount());
  }
}

package io.unicache.store.meta;

import io.unicache.store.block.BlockLocation;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many locations of each pack have left the block table since the store was opened. Who has
 * seen all blocks of a content in one pack can tell by this number that they still are there. Safe
 * for use by many threads.
 */
final class Departures {

  private final Map<Integer, Long> byPack = new ConcurrentHashMap<>();

  /** What one change takes off; becomes true when it is committed. Not thread-safe. */
  static final class Pending {
    private final Map<Integer, Long> byPack = new HashMap<>();

    void add(BlockLocation location) {
      byPack.merge(location.pack(), 1L, Long::sum);
    }
  }

  long of(int pack) {
    return byPack.getOrDefault(pack, 0L);
  }

  void commit(Pending pending) {
    pending.byPack.forEach((pack, count) -> byPack.merge(pack, count, Long::sum));
  }
}

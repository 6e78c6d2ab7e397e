package io.unicache.store.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowCacheTest {

  private static final int CAPACITY = 64;

  private final Map<Long, String> table = new HashMap<>();
  private int loads;

  /** Runs once, in the middle of the next reading of the table, behind the reading itself. */
  private Runnable afterLoad = () -> {};

  private final RowCache<String> cache =
      new RowCache<>(CAPACITY, this::load, row -> !row.equals("huge"));

  private Optional<String> load(byte[] key) {
    loads++;
    Optional<String> row = Optional.ofNullable(table.get(ByteBuffer.wrap(key).getLong()));
    Runnable then = afterLoad;
    afterLoad = () -> {};
    then.run();
    return row;
  }

  private Optional<String> get(long number) throws CacheException {
    return cache.get(Keys.number(number));
  }

  private void change(long number, String value) {
    Set<byte[]> keys = Set.of(Keys.number(number));
    cache.beginChange(keys);
    table.put(number, value);
    cache.endChange(keys);
  }

  @Test
  void readsARowOnce() throws CacheException {
    table.put(1L, "a");
    assertEquals(Optional.of("a"), get(1));
    assertEquals(Optional.of("a"), get(1));
    assertEquals(1, loads);
  }

  @Test
  void doesNotRememberThatARowIsAbsent() throws CacheException {
    assertEquals(Optional.empty(), get(1));
    table.put(1L, "a");
    assertEquals(Optional.of("a"), get(1));
  }

  @Test
  void doesNotKeepWhatIsNotWorthIt() throws CacheException {
    table.put(1L, "huge");
    get(1);
    get(1);
    assertEquals(2, loads);
    assertEquals(0, cache.size());
  }

  @Test
  void seesAChange() throws CacheException {
    change(1, "a");
    get(1);
    change(1, "b");
    assertEquals(Optional.of("b"), get(1));
    assertEquals(Optional.of("b"), get(1));
  }

  @Test
  void leavesOtherRowsInPeace() throws CacheException {
    change(1, "a");
    change(2, "b");
    get(1);
    change(2, "c");
    assertEquals(Optional.of("a"), get(1));
    assertEquals(1, loads);
  }

  @Test
  void doesNotKeepWhatWasReadBeforeAChange() throws CacheException {
    table.put(1L, "a");
    afterLoad = () -> change(1, "b");
    assertEquals(Optional.of("a"), get(1));
    assertEquals(Optional.of("b"), get(1));
  }

  @Test
  void doesNotKeepWhatWasReadDuringAChange() throws CacheException {
    table.put(1L, "a");
    Set<byte[]> keys = Set.of(Keys.number(1));
    cache.beginChange(keys);
    // The row is read before it is written, and kept, if at all, when the change is over.
    afterLoad =
        () -> {
          table.put(1L, "b");
          cache.endChange(keys);
        };
    assertEquals(Optional.of("a"), get(1));
    assertEquals(Optional.of("b"), get(1));
  }

  @Test
  void keepsRowsAgainAfterAChange() throws CacheException {
    change(1, "a");
    get(1);
    get(1);
    assertEquals(1, loads);
  }

  @Test
  void isBounded() throws CacheException {
    for (long i = 0; i < 100 * CAPACITY; i++) {
      table.put(i, "row " + i);
      get(i);
      assertTrue(cache.size() <= CAPACITY, () -> cache.size() + " rows");
    }
  }

  @Test
  void forgetsWhatWasUsedLongestAgo() throws CacheException {
    table.put(0L, "often");
    get(0);
    for (long i = 1; i < 10 * CAPACITY; i++) {
      table.put(i, "once");
      get(i);
      get(0);
    }
    assertEquals(10 * CAPACITY, loads);
  }

  @Test
  void handsOnAFailureAndKeepsNothing() throws CacheException {
    table.put(1L, "a");
    afterLoad =
        () -> {
          throw new IllegalStateException("damaged");
        };
    assertThrows(IllegalStateException.class, () -> get(1));
    assertEquals(0, cache.size());
    assertEquals(Optional.of("a"), get(1));
  }
}

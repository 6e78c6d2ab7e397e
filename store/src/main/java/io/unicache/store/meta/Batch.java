package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The rows that a change puts and deletes, seen over the committed ones. They are kept in Java and
 * reach the database in one piece, so a change that fails has nothing to undo. Not thread-safe.
 */
final class Batch {

  private final RocksTables tables;

  /** By family and key; null for a row that is to go. */
  private final Map<Family, NavigableMap<byte[], byte[]>> changes = new EnumMap<>(Family.class);

  private boolean closed;

  Batch(RocksTables tables) {
    this.tables = tables;
  }

  /** Returns the value of a row as the change has left it, or null. */
  byte[] get(Family family, byte[] key) throws CacheException {
    NavigableMap<byte[], byte[]> rows = rows(family);
    return rows.containsKey(key) ? rows.get(key) : tables.get(family, key);
  }

  void put(Family family, byte[] key, byte[] value) {
    rows(family).put(key, value);
  }

  void delete(Family family, byte[] key) {
    rows(family).put(key, null);
  }

  /** Returns up to {@code limit} keys that begin with a prefix, in no order. */
  List<byte[]> keys(Family family, byte[] prefix, int limit) throws CacheException {
    NavigableMap<byte[], byte[]> rows = rows(family);
    List<byte[]> keys = new ArrayList<>();
    for (Map.Entry<byte[], byte[]> row : rows.tailMap(prefix, true).entrySet()) {
      if (keys.size() == limit || !Keys.startsWith(row.getKey(), prefix)) {
        break;
      }
      if (row.getValue() != null) {
        keys.add(row.getKey());
      }
    }
    if (keys.size() == limit) {
      return keys;
    }
    tables.scan(
        family,
        prefix,
        prefix,
        (key, value) -> {
          if (!rows.containsKey(key)) {
            keys.add(key);
          }
          return keys.size() < limit;
        });
    return keys;
  }

  /** Returns the keys of a family's rows that are put or deleted. */
  Set<byte[]> changedKeys(Family family) {
    return rows(family).keySet();
  }

  /** Writes everything; the batch is of no use afterwards. */
  void write() throws CacheException {
    boolean anything = changes.values().stream().anyMatch(rows -> !rows.isEmpty());
    closed = true;
    if (anything) {
      tables.write(changes);
    }
  }

  /** Ends the batch without writing. */
  void discard() {
    closed = true;
  }

  private NavigableMap<byte[], byte[]> rows(Family family) {
    if (closed) {
      throw new IllegalStateException("the transaction is over");
    }
    return changes.computeIfAbsent(family, f -> new TreeMap<>(Arrays::compareUnsigned));
  }
}

package io.unicache.fs.ops;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A map that forgets the entry that was used longest ago when it is full. For what can be found out
 * again. Safe for use by many threads.
 */
final class BoundedMap<K, V> {

  private final Map<K, V> entries;

  BoundedMap(int capacity) {
    entries =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > capacity;
          }
        };
  }

  /** Returns the value, or null. */
  synchronized V get(K key) {
    return entries.get(key);
  }

  /** Sets the value and returns the one before, or null. */
  synchronized V put(K key, V value) {
    return entries.put(key, value);
  }

  synchronized void remove(K key) {
    entries.remove(key);
  }
}

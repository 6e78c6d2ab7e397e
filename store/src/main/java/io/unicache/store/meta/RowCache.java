package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Decoded rows of one table, up to a number of them; the one that was used longest ago goes first.
 * Rows that are not there are not remembered. Safe for use by many threads.
 *
 * <p>Never older than the table: whoever writes rows says so before ({@link #beginChange}) and
 * after ({@link #endChange}). In between, and before that to whoever had begun to read, a row is
 * read but not kept: it may be the one from before the change.
 */
final class RowCache<V> {

  /** Reads a row from the table. */
  @FunctionalInterface
  interface Loader<V> {
    Optional<V> load(byte[] key) throws CacheException;
  }

  /** Readers of different rows seldom meet. */
  private static final int STRIPES = 16;

  private static final class Key {
    private final byte[] bytes;
    private final int hash;

    Key(byte[] bytes) {
      this.bytes = bytes;
      hash = hash(bytes);
    }

    /** FNV-1a. Numbers in a row differ in two bytes or so: Arrays.hashCode gives many the same. */
    private static int hash(byte[] bytes) {
      long hash = 0xcbf29ce484222325L;
      for (byte b : bytes) {
        hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
      }
      return (int) (hash ^ hash >>> 32);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** Rows with a part of the hashes; used under its own lock. */
  private static final class Stripe<V> {
    private final Map<Key, Optional<V>> rows = new LinkedHashMap<>(16, 0.75f, true);

    /** Changes of rows of this stripe that have begun, ever. */
    private long begun;

    /** Of these, the ones that have ended. */
    private long ended;
  }

  private final List<Stripe<V>> stripes;
  private final int stripeRows;
  private final Loader<V> loader;
  private final Predicate<V> worthKeeping;

  /**
   * @param capacity most rows that are kept
   * @param worthKeeping whether a row may be kept; others are read each time
   */
  RowCache(int capacity, Loader<V> loader, Predicate<V> worthKeeping) {
    stripes = Stream.generate(() -> new Stripe<V>()).limit(STRIPES).toList();
    stripeRows = Math.max(1, capacity / STRIPES);
    this.loader = loader;
    this.worthKeeping = worthKeeping;
  }

  /** Returns a row as it is in the table now. */
  Optional<V> get(byte[] keyBytes) throws CacheException {
    Key key = new Key(keyBytes);
    Stripe<V> stripe = stripe(key);
    long changes;
    synchronized (stripe) {
      Optional<V> kept = stripe.rows.get(key);
      if (kept != null) {
        return kept;
      }
      // Of a change that is under way, the reading may see the table before it. It makes the two
      // counts differ, so that what is read is not kept.
      changes = stripe.ended;
    }
    Optional<V> row = loader.load(keyBytes);
    if (row.isPresent() && worthKeeping.test(row.get())) {
      synchronized (stripe) {
        if (stripe.begun == changes) {
          keep(stripe, key, row);
        }
      }
    }
    return row;
  }

  private void keep(Stripe<V> stripe, Key key, Optional<V> row) {
    stripe.rows.put(key, row);
    if (stripe.rows.size() > stripeRows) {
      Iterator<Key> oldest = stripe.rows.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  /** Forgets rows that are about to change, and keeps none of their stripes until that is over. */
  void beginChange(Set<byte[]> keys) {
    for (byte[] bytes : keys) {
      Key key = new Key(bytes);
      Stripe<V> stripe = stripe(key);
      synchronized (stripe) {
        stripe.rows.remove(key);
        stripe.begun++;
      }
    }
  }

  /**
   * Ends what {@link #beginChange} began, with the same keys, whether the change was made or not.
   */
  void endChange(Set<byte[]> keys) {
    for (byte[] bytes : keys) {
      Stripe<V> stripe = stripe(new Key(bytes));
      synchronized (stripe) {
        stripe.ended++;
      }
    }
  }

  /** Forgets all rows. */
  void clear() {
    for (Stripe<V> stripe : stripes) {
      synchronized (stripe) {
        stripe.rows.clear();
      }
    }
  }

  /** Returns the number of rows that are kept. */
  int size() {
    int size = 0;
    for (Stripe<V> stripe : stripes) {
      synchronized (stripe) {
        size += stripe.rows.size();
      }
    }
    return size;
  }

  private Stripe<V> stripe(Key key) {
    return stripes.get(key.hash >>> 1 & (STRIPES - 1));
  }
}

package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;

/** Rows of "state": the values that others keep by name, and the metadata's own counters. */
final class StateRow {

  /** The metadata's own keys begin with a zero byte, which no name has. */
  static final byte[] TOTALS_KEY = ownKey("totals");

  /** See {@link Numbers}. */
  static final byte[] NUMBERS_KEY = ownKey("numbers");

  /** See {@link MetaStore#durableEnds}. */
  static final byte[] DURABLE_KEY = ownKey("durable");

  private StateRow() {}

  private static byte[] ownKey(String name) {
    return ("\0" + name).getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the key of a value that is kept by name. */
  static byte[] key(String name) {
    if (name.isEmpty() || name.charAt(0) == 0) {
      throw new IllegalArgumentException("not a name for a state: \"" + name + "\"");
    }
    return name.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] encode(MetaStore.Totals totals) {
    return ByteBuffer.allocate(1 + 4 * 8)
        .put(Rows.VERSION)
        .putLong(totals.files())
        .putLong(totals.logicalBytes())
        .putLong(totals.blocks())
        .putLong(totals.storedBytes())
        .array();
  }

  static MetaStore.Totals decodeTotals(byte[] value) throws CacheException {
    return Rows.decode(
        Family.STATE,
        TOTALS_KEY,
        value,
        (k, v) -> {
          k.position(k.limit());
          return new MetaStore.Totals(v.getLong(), v.getLong(), v.getLong(), v.getLong());
        });
  }

  static byte[] encodeNumber(long number) {
    return ByteBuffer.allocate(1 + 8).put(Rows.VERSION).putLong(number).array();
  }

  static long decodeNumber(byte[] value) throws CacheException {
    return Rows.decode(
        Family.STATE,
        NUMBERS_KEY,
        value,
        (k, v) -> {
          k.position(k.limit());
          return Rows.unsigned(v, "number");
        });
  }

  static byte[] encodeDurable(SortedMap<Integer, Long> ends) {
    ByteBuffer out =
        ByteBuffer.allocate(1 + ends.size() * (Integer.BYTES + Long.BYTES)).put(Rows.VERSION);
    ends.forEach((pack, end) -> out.putInt(pack).putLong(end));
    return out.array();
  }

  static SortedMap<Integer, Long> decodeDurable(byte[] value) throws CacheException {
    return Rows.decode(
        Family.STATE,
        DURABLE_KEY,
        value,
        (k, v) -> {
          k.position(k.limit());
          SortedMap<Integer, Long> ends = new TreeMap<>();
          while (v.hasRemaining()) {
            ends.put(v.getInt(), Rows.unsigned(v, "end"));
          }
          return ends;
        });
  }
}

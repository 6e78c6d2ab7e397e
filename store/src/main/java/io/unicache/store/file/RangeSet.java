package io.unicache.store.file;

import io.unicache.store.block.ByteRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Byte ranges that neither overlap nor touch, in order. Not thread-safe. */
final class RangeSet {

  /** Start to end (exclusive). */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  void add(long from, long to) {
    if (from >= to) {
      return;
    }
    long start = from;
    long end = to;
    Map.Entry<Long, Long> before = ranges.floorEntry(from);
    if (before != null && before.getValue() >= from) {
      start = before.getKey();
      end = Math.max(end, before.getValue());
    }
    Map.Entry<Long, Long> next = ranges.ceilingEntry(start);
    while (next != null && next.getKey() <= end) {
      end = Math.max(end, next.getValue());
      ranges.remove(next.getKey());
      next = ranges.ceilingEntry(start);
    }
    ranges.put(start, end);
  }

  /** Removes everything from {@code offset} on. */
  void cutAt(long offset) {
    remove(offset, Long.MAX_VALUE);
  }

  /** Removes what is in a range. */
  void remove(long from, long to) {
    if (from >= to) {
      return;
    }
    Map.Entry<Long, Long> last = ranges.lowerEntry(to);
    Map.Entry<Long, Long> before = ranges.lowerEntry(from);
    ranges.subMap(from, to).clear();
    if (before != null && before.getValue() > from) {
      ranges.put(before.getKey(), from);
    }
    if (last != null && last.getValue() > to) {
      ranges.put(to, last.getValue());
    }
  }

  /** Makes one range that has all of them, if they are more than {@code most}. */
  void joinIfMoreThan(int most) {
    if (ranges.size() > most) {
      long from = ranges.firstKey();
      long to = ranges.lastEntry().getValue();
      ranges.clear();
      ranges.put(from, to);
    }
  }

  void clear() {
    ranges.clear();
  }

  /** Returns the first range that ends behind {@code offset}, or null. */
  ByteRange firstEndingAfter(long offset) {
    Map.Entry<Long, Long> entry = ranges.floorEntry(offset);
    if (entry == null || entry.getValue() <= offset) {
      entry = ranges.higherEntry(offset);
    }
    return entry == null ? null : new ByteRange(entry.getKey(), entry.getValue() - entry.getKey());
  }

  /** Returns the ranges in order. */
  List<ByteRange> toList() {
    List<ByteRange> list = new ArrayList<>(ranges.size());
    ranges.forEach((from, to) -> list.add(new ByteRange(from, to - from)));
    return list;
  }
}

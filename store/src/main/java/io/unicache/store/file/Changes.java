package io.unicache.store.file;

import io.unicache.store.block.ByteRange;
import java.util.List;

/**
 * Where a content differs from what it was at some moment: it was cut to its shortest length, then
 * extended with zeros, then written to in some ranges; it may not differ everywhere in these. Not
 * thread-safe.
 */
final class Changes {

  /** More ranges become one that has all of them: so much memory is never needed. */
  private static final int MAX_RANGES = 1 << 16;

  private final RangeSet ranges = new RangeSet();
  private long shortest;

  /**
   * @param size length at that moment, in bytes
   */
  Changes(long size) {
    shortest = size;
  }

  /** Notes new bytes, or zeros, in a range. */
  void write(long from, long to) {
    ranges.add(from, to);
    ranges.joinIfMoreThan(MAX_RANGES);
  }

  /** Notes a new length. */
  void resize(long size) {
    ranges.cutAt(size);
    shortest = Math.min(shortest, size);
  }

  /** Begins anew: nothing has changed. */
  void reset(long size) {
    ranges.clear();
    shortest = size;
  }

  long shortest() {
    return shortest;
  }

  /** Returns the ranges in order; the last may go on behind the end of the content. */
  List<ByteRange> ranges() {
    return ranges.toList();
  }

  /** Returns the bytes of the ranges; counts no further than a little over {@code enough}. */
  long bytes(long enough) {
    long bytes = 0;
    for (ByteRange range = ranges.firstEndingAfter(0);
        range != null && bytes <= enough;
        range = ranges.firstEndingAfter(range.end())) {
      bytes += range.length();
    }
    return bytes;
  }
}

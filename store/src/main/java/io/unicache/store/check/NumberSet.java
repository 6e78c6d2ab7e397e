package io.unicache.store.check;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** A set of inode numbers: about 600 bytes for each 4096 numbers of which one is in it. */
final class NumberSet {

  private static final int BITS = 4096;

  private final Map<Long, BitSet> regions = new HashMap<>();

  /** Returns false if it is in the set already. */
  boolean add(long number) {
    BitSet region = regions.computeIfAbsent(number / BITS, key -> new BitSet());
    int bit = (int) (number % BITS);
    boolean added = !region.get(bit);
    region.set(bit);
    return added;
  }

  boolean contains(long number) {
    BitSet region = regions.get(number / BITS);
    return region != null && region.get((int) (number % BITS));
  }
}

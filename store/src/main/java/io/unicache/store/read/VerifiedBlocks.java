package io.unicache.store.read;

import io.unicache.store.block.BlockLocation;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which blocks have been found to have their hash since the store was opened: one bit for every
 * possible start of a block, so 2 MiB for 64 GiB of packs. Offsets are never used twice, so a bit
 * stays true. Safe for use by many threads.
 */
final class VerifiedBlocks {

  /** Bits of one pack; replaced by a longer one when the pack grows. */
  private final ConcurrentHashMap<Integer, AtomicLongArray> packs = new ConcurrentHashMap<>();

  boolean contains(BlockLocation location) {
    AtomicLongArray words = packs.get(location.pack());
    int word = word(location);
    return words != null && word < words.length() && (words.get(word) & mask(location)) != 0;
  }

  void add(BlockLocation location) {
    int word = word(location);
    // Within compute, so that no bit is set in an array that another thread is just replacing.
    packs.compute(
        location.pack(),
        (pack, words) -> {
          AtomicLongArray target =
              words != null && word < words.length() ? words : grow(words, word);
          target.getAndAccumulate(word, mask(location), (old, bit) -> old | bit);
          return target;
        });
  }

  void forget(int pack) {
    packs.remove(pack);
  }

  private static AtomicLongArray grow(AtomicLongArray old, int word) {
    int oldLength = old == null ? 0 : old.length();
    AtomicLongArray grown = new AtomicLongArray(Math.max(word + 1, oldLength * 2));
    for (int i = 0; i < oldLength; i++) {
      grown.set(i, old.get(i));
    }
    return grown;
  }

  private static int word(BlockLocation location) {
    return Math.toIntExact(location.offset() / BlockLocation.ALIGNMENT / Long.SIZE);
  }

  private static long mask(BlockLocation location) {
    return 1L << (location.offset() / BlockLocation.ALIGNMENT % Long.SIZE);
  }
}

package io.unicache.store.check;

import io.unicache.store.block.BlockLocation;
import java.util.HashMap;
import java.util.Map;

/**
 * Which pages of 4 KiB of all packs are taken: one bit each, about 37 MiB for 1 TiB of packs. Not
 * thread-safe.
 */
final class PageMap {

  private static final int REGION_PAGES = 4096;
  private static final int REGION_WORDS = REGION_PAGES / Long.SIZE;

  private record Region(int pack, long number) {}

  /** Takes the part of a block that lies in one region. */
  @FunctionalInterface
  private interface Piece {
    /**
     * @param words of the region; null if nothing in it was ever taken
     * @return whether to go on
     */
    boolean take(long[] words, int fromPage, int endPage);
  }

  private final Map<Region, long[]> regions = new HashMap<>();

  /**
   * Takes the pages of a block.
   *
   * @return false if one of them was taken already
   */
  boolean take(BlockLocation location) {
    boolean free = !touches(location);
    forEachPiece(
        location,
        true,
        (words, from, end) -> {
          for (int page = from; page < end; page++) {
            words[page / Long.SIZE] |= 1L << page;
          }
          return true;
        });
    return free;
  }

  /** Gives the pages of a block back. */
  void leave(BlockLocation location) {
    forEachPiece(
        location,
        false,
        (words, from, end) -> {
          for (int page = from; words != null && page < end; page++) {
            words[page / Long.SIZE] &= ~(1L << page);
          }
          return true;
        });
  }

  /** Tells whether any page of a block is taken. */
  boolean touches(BlockLocation location) {
    return !forEachPiece(
        location,
        false,
        (words, from, end) -> {
          for (int page = from; words != null && page < end; page++) {
            if ((words[page / Long.SIZE] & 1L << page) != 0) {
              return false;
            }
          }
          return true;
        });
  }

  /** Returns false if a piece said not to go on. */
  private boolean forEachPiece(BlockLocation location, boolean make, Piece piece) {
    long page = location.offset() / BlockLocation.ALIGNMENT;
    long end = page + location.allocated() / BlockLocation.ALIGNMENT;
    while (page < end) {
      Region region = new Region(location.pack(), page / REGION_PAGES);
      long[] words =
          make ? regions.computeIfAbsent(region, r -> new long[REGION_WORDS]) : regions.get(region);
      int from = (int) (page % REGION_PAGES);
      int to = (int) Math.min(REGION_PAGES, from + end - page);
      if (!piece.take(words, from, to)) {
        return false;
      }
      page += to - from;
    }
    return true;
  }

  /** Tells whether no page is taken. */
  boolean isEmpty() {
    for (long[] words : regions.values()) {
      for (long word : words) {
        if (word != 0) {
          return false;
        }
      }
    }
    return true;
  }
}

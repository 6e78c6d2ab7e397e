package io.unicache.store.gc;

import io.unicache.store.pack.PackUsage;

/**
 * When it is worth its reads and writes to move what is left of a pack. A simulation of blocks that
 * are replaced at random, with no holes, has a store take 1.2 times what it needs, and 2.8 bytes
 * moved for each that is written, if packs go when a quarter is dead; 1.4 and 0.9 with a half; 1.8
 * and 0.3 with three quarters; 2.4 and 0.1 with seven eighths.
 */
public enum Thrift {

  /**
   * In the background: at least as much must come back as has to be written. (Where holes can be
   * punched the blocks' space is back already; what comes back is the index, and a pack less.)
   */
  BACKGROUND(16L << 20, 2),

  /** Somebody asks for all the space there is: a sixteenth of what the pack takes will do. */
  ALL(64L << 10, 16);

  /**
   * With so little left alive a pack is moved whatever comes back, for the sake of having fewer.
   */
  private static final int SPARSE = 8;

  private final long leastDeadBytes;
  private final int part;

  Thrift(long leastDeadBytes, int part) {
    this.leastDeadBytes = leastDeadBytes;
    this.part = part;
  }

  /** Tells, from what is in memory, whether a pack has to be looked at. */
  boolean mayPay(PackUsage pack) {
    return pack.complete()
        && pack.deadBytes() >= leastDeadBytes
        && (isSparse(pack) || pack.deadBytes() >= pack.indexedBytes() / (2L * part));
  }

  /**
   * Tells whether to move what is left of a pack.
   *
   * @param bytesOnDisk what the pack and its index take
   */
  boolean pays(PackUsage pack, long bytesOnDisk) {
    long back = bytesOnDisk - pack.neededBytes();
    return isSparse(pack) || back >= Math.max(1, bytesOnDisk / part);
  }

  private static boolean isSparse(PackUsage pack) {
    return pack.liveBytes() <= pack.indexedBytes() / SPARSE;
  }
}

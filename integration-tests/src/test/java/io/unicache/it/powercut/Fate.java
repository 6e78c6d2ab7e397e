package io.unicache.it.powercut;

import java.util.Random;

/** Up to which position of the record writes to a file have reached the disk, sector by sector. */
final class Fate {

  static final int SECTOR = 512;
  private static final int SECTORS_OF_PAGE = 8;

  /** What reached the disk since the file's last sync. */
  private enum Kind {
    NOTHING,
    EVERYTHING,
    /** What was written up to some moment. */
    BEGINNING,
    PAGES,
    SECTORS
  }

  private static final Kind[] KINDS = Kind.values();

  private final Kind kind;
  private final int durable;
  private final int end;
  private final int moment;
  private final long salt;

  /**
   * Draws one.
   *
   * @param durable position of the file's last sync
   * @param end position of the crash
   */
  Fate(int durable, int end, Random random) {
    this.kind = KINDS[random.nextInt(KINDS.length)];
    this.durable = durable;
    this.end = end;
    this.moment = durable + random.nextInt(end - durable + 1);
    this.salt = random.nextLong();
  }

  /** Returns the position from which on nothing that was written to a sector is there. */
  int upTo(long sector) {
    return switch (kind) {
      case NOTHING -> durable;
      case EVERYTHING -> end;
      case BEGINNING -> moment;
      case PAGES -> chance(sector / SECTORS_OF_PAGE);
      case SECTORS -> chance(sector);
    };
  }

  private int chance(long unit) {
    // The same for a unit whenever it is asked for.
    long mixed = (salt ^ unit) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    int drawn = (int) (mixed >>> 34);
    return switch (drawn % 3) {
      case 0 -> durable;
      case 1 -> end;
      default -> durable + drawn / 3 % (end - durable + 1);
    };
  }
}

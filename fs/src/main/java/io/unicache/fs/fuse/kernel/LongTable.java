package io.unicache.fs.fuse.kernel;

/**
 * Values by number, for the way of every read: finding one allocates nothing and takes no lock.
 * Safe for use by many threads; a number that is added or removed meanwhile may or may not be
 * found.
 */
final class LongTable<T> {

  private static final int FIRST_SLOTS = 64;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // spreads consecutive numbers

  private record Slot(long key, Object value) {
    boolean isThere() {
      return value != null;
    }
  }

  /** In the place of what was removed, so that a search goes on behind it. */
  private static final Slot REMOVED = new Slot(0, null);

  /**
   * Its length is a power of two, and at least half of it is null. Written with the lock held, then
   * assigned anew, so that others see what was written.
   */
  private volatile Slot[] slots = new Slot[FIRST_SLOTS];

  /** Slots that are not null; guarded by this. */
  private int used;

  /** Numbers that are there; guarded by this. */
  private int size;

  /** Returns the value of a number, or null. */
  T get(long key) {
    Slot[] table = slots;
    int at = find(table, key);
    return at < 0 ? null : value(table[at]);
  }

  /** Sets the value of a number. */
  synchronized void put(long key, T value) {
    Slot[] table = slots;
    int at = find(table, key);
    if (at >= 0) {
      table[at] = new Slot(key, value);
    } else {
      if ((used + 1) * 2 > table.length) {
        table = rebuilt(table);
      }
      insert(table, new Slot(key, value));
      used++;
      size++;
    }
    slots = table;
  }

  /** Removes a number, if it is there. */
  synchronized void remove(long key) {
    Slot[] table = slots;
    int at = find(table, key);
    if (at >= 0) {
      table[at] = REMOVED;
      size--;
      slots = table;
    }
  }

  /** Called with the lock held. */
  private Slot[] rebuilt(Slot[] old) {
    Slot[] table = new Slot[Math.max(FIRST_SLOTS, Integer.highestOneBit(size + 1) * 4)];
    for (Slot slot : old) {
      if (slot != null && slot.isThere()) {
        insert(table, slot);
      }
    }
    used = size;
    return table;
  }

  private static void insert(Slot[] table, Slot slot) {
    int at = start(table, slot.key());
    while (table[at] != null) {
      at = (at + 1) & (table.length - 1);
    }
    table[at] = slot;
  }

  /** Returns the slot of a number, or -1. */
  private static int find(Slot[] table, long key) {
    int at = start(table, key);
    // A table that is being written to by another thread may have no null at this moment.
    for (int i = 0; i < table.length; i++) {
      Slot slot = table[at];
      if (slot == null) {
        return -1;
      }
      if (slot.isThere() && slot.key() == key) {
        return at;
      }
      at = (at + 1) & (table.length - 1);
    }
    return -1;
  }

  private static int start(Slot[] table, long key) {
    return (int) ((key * MULTIPLIER) >>> 32) & (table.length - 1);
  }

  @SuppressWarnings("unchecked") // only put puts values in
  private T value(Slot slot) {
    return slot == null ? null : (T) slot.value();
  }
}

package io.unicache.fs.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is open, by handle. Finding something allocates nothing and takes no lock. A handle is a
 * slot and the number of its use, so that one that was given back does not lead to the slot's next
 * user. Safe for use by many threads.
 */
final class HandleTable<T> {

  private static final int FIRST_SLOTS = 64;

  /** Bits of the slot's number; the number of uses comes above, up to {@link #MAX_USES}. */
  private static final int SLOT_BITS = 31;

  private static final long SLOT_MASK = (1L << SLOT_BITS) - 1;

  /** Handles stay below 2^61: larger ones are others' to give out. */
  private static final long MAX_USES = 1L << 30;

  private record Slot(long handle, Object value) {}

  /** Written with the lock held, and then assigned anew, so that readers see what was written. */
  private volatile Slot[] slots = new Slot[FIRST_SLOTS];

  // Guarded by this.
  private int[] free = new int[FIRST_SLOTS];
  private int freeCount;
  private int used;
  private long uses;

  /** Adds something and returns its handle, which is not 0. */
  synchronized long add(T value) {
    Slot[] table = slots;
    int index;
    if (freeCount > 0) {
      index = free[--freeCount];
    } else {
      index = used++;
      if (index == table.length) {
        table = Arrays.copyOf(table, table.length * 2);
      }
    }
    uses = uses % (MAX_USES - 1) + 1;
    long handle = uses << SLOT_BITS | index;
    table[index] = new Slot(handle, value);
    slots = table;
    return handle;
  }

  /** Returns what a handle stands for, or null if it is not open. */
  T get(long handle) {
    Slot slot = slot(slots, handle);
    return slot == null ? null : value(slot);
  }

  /** Takes a handle out and returns what it stood for, or null if it is not open. */
  synchronized T remove(long handle) {
    Slot[] table = slots;
    Slot slot = slot(table, handle);
    if (slot == null) {
      return null;
    }
    int index = (int) (handle & SLOT_MASK);
    table[index] = null;
    slots = table;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = index;
    return value(slot);
  }

  /** Returns the handles that are open at this moment. */
  List<Long> handles() {
    List<Long> open = new ArrayList<>();
    for (Slot slot : slots) {
      if (slot != null) {
        open.add(slot.handle());
      }
    }
    return open;
  }

  private static Slot slot(Slot[] table, long handle) {
    long index = handle & SLOT_MASK;
    Slot slot = index < table.length ? table[(int) index] : null;
    return slot != null && slot.handle() == handle ? slot : null;
  }

  @SuppressWarnings("unchecked") // only add puts values in
  private T value(Slot slot) {
    return (T) slot.value();
  }
}

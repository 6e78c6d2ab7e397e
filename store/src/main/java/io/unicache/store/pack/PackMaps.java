package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.os.NativeMapping;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.StampedLock;

/**
 * Packs in the address space, so that a system call can copy a block's bytes from where they are.
 * Each pack is mapped in windows, as it is needed, and stays so until it is deleted. Safe for use
 * by many threads.
 *
 * <p>Who uses addresses holds the maps meanwhile; a pack is given up when nobody does. The
 * generation then tells those who have kept addresses that some of them lead nowhere.
 */
final class PackMaps {

  /** Bytes from one window's start to the next one's. */
  static final long WINDOW = 1L << 30;

  /**
   * Windows at once; the system allows about 65,000 mappings, of which other parts need some.
   * Blocks beyond that are read by copying.
   */
  private static final int MAX_WINDOWS = 16_384;

  private static final System.Logger LOG = System.getLogger(PackMaps.class.getName());

  /** Each window ends so far behind the next one's start that no block is cut. */
  private final long overlap;

  /** Read by those who use addresses. Not a lock that allocates for each holder. */
  private final StampedLock uses = new StampedLock();

  private volatile long generation;

  /** By pack and number of the window; guarded by itself. */
  private final Map<Integer, Map<Long, NativeMapping>> packs = new HashMap<>();

  /** Guarded by {@link #packs}. */
  private int windows;

  /**
   * Closed windows, whose addresses are used again: nobody who held the maps when they were closed
   * does so any more, and the others see by the generation that what they have kept is out of date.
   * Guarded by {@link #packs}.
   */
  private final Deque<NativeMapping> closed = new ArrayDeque<>();

  /**
   * @param maxBlock bytes of the longest block
   */
  PackMaps(int maxBlock) {
    overlap = BlockLocation.allocated(maxBlock);
  }

  /** Keeps every address valid until the result has been given to {@link #release}. */
  long hold() {
    return uses.readLock();
  }

  void release(long hold) {
    uses.unlockRead(hold);
  }

  /** Returns a number that changes whenever addresses become invalid. */
  long generation() {
    return generation;
  }

  /**
   * Returns where a block's first byte is in memory, or 0 if it cannot be mapped. The caller knows
   * that the pack is there.
   */
  long address(BlockLocation location, Path file) throws IOException {
    long window = location.offset() / WINDOW;
    synchronized (packs) {
      NativeMapping mapping = packs.getOrDefault(location.pack(), Map.of()).get(window);
      if (mapping == null) {
        Optional<NativeMapping> made = map(file, window);
        if (made.isEmpty()) {
          return 0;
        }
        mapping = made.get();
        packs.computeIfAbsent(location.pack(), pack -> new HashMap<>()).put(window, mapping);
        windows++;
      }
      return mapping.address() + (location.offset() - window * WINDOW);
    }
  }

  /** Called with the lock held. */
  private Optional<NativeMapping> map(Path file, long window) throws IOException {
    if (windows >= MAX_WINDOWS) {
      return Optional.empty();
    }
    NativeMapping used = closed.peek();
    if (used == null) {
      return NativeMapping.map(file, window * WINDOW, WINDOW + overlap);
    }
    if (!used.remap(file, window * WINDOW)) {
      return Optional.empty();
    }
    return Optional.of(closed.pop());
  }

  /** Forgets a pack, when nobody holds the maps: its addresses lead nowhere from then on. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // changed with the write lock held
  void forget(int pack) {
    long exclusive = uses.writeLock();
    try {
      generation++;
      synchronized (packs) {
        Map<Long, NativeMapping> mappings = packs.remove(pack);
        if (mappings != null) {
          mappings.values().forEach(this::close);
          windows -= mappings.size();
        }
      }
    } finally {
      uses.unlockWrite(exclusive);
    }
  }

  void closeAll() {
    List<Integer> all;
    synchronized (packs) {
      all = List.copyOf(packs.keySet());
    }
    all.forEach(this::forget);
  }

  /** Called with the lock held. */
  private void close(NativeMapping mapping) {
    try {
      mapping.close();
      closed.push(mapping);
    } catch (IOException e) {
      // The deleted pack's space is not given back before the process ends.
      LOG.log(Level.WARNING, "a pack stays mapped", e);
    }
  }
}

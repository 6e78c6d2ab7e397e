package io.unicache.fs.fuse.kernel;

import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often the kernel has been told of each inode and has not forgotten it. An inode that it knows
 * is held once in the file system, so that it lives on without a name. Safe for use by many
 * threads.
 *
 * <p>Holding and dropping happen under the lock of the inode's stripe: otherwise a drop could
 * overtake the hold of a lookup that comes at the same time.
 */
final class LookupCounts {

  private static final int STRIPES = 64;

  private final FileSystemOps ops;
  private final List<Map<Long, Long>> stripes;

  LookupCounts(FileSystemOps ops) {
    this.ops = ops;
    stripes = java.util.stream.Stream.generate(this::newStripe).limit(STRIPES).toList();
  }

  private Map<Long, Long> newStripe() {
    return new HashMap<>();
  }

  private Map<Long, Long> stripe(long inode) {
    return stripes.get((int) (inode & (STRIPES - 1)));
  }

  /** Counts a reply that tells the kernel of an inode. Throws ESTALE if the inode has just gone. */
  void add(long inode) throws FileSystemException {
    if (inode == FileSystemOps.ROOT) {
      return; // Always there, and the kernel never forgets it.
    }
    Map<Long, Long> counts = stripe(inode);
    synchronized (counts) {
      Long count = counts.get(inode);
      if (count == null) {
        ops.hold(inode);
      }
      counts.put(inode, count == null ? 1 : count + 1);
    }
  }

  /** Takes back {@code count} of an inode's replies; more than there are count as all. */
  void forget(long inode, long count) {
    Map<Long, Long> counts = stripe(inode);
    synchronized (counts) {
      Long present = counts.get(inode);
      if (present == null) {
        return;
      }
      // The kernel's count is unsigned: a "negative" one is more than there can be.
      if (Long.compareUnsigned(count, present) < 0) {
        counts.put(inode, present - count);
      } else {
        counts.remove(inode);
        ops.drop(inode, 1);
      }
    }
  }

  /** Lets all inodes go: the kernel has forgotten everything. */
  void clear() {
    for (Map<Long, Long> counts : stripes) {
      synchronized (counts) {
        counts.keySet().forEach(inode -> ops.drop(inode, 1));
        counts.clear();
      }
    }
  }

  /** Returns the count of an inode. */
  long count(long inode) {
    Map<Long, Long> counts = stripe(inode);
    synchronized (counts) {
      return counts.getOrDefault(inode, 0L);
    }
  }
}

package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Timestamp;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Access times as Linux's relatime keeps them: moved by a read only if they are not newer than the
 * last change, or a day old.
 */
final class AccessTimes {

  private static final System.Logger LOG = System.getLogger(AccessTimes.class.getName());

  private static final long DAY_SECONDS = TimeUnit.DAYS.toSeconds(1);

  /** How often one handle looks: a look costs a metadata read, and reads come by the thousand. */
  private static final long LOOK_EVERY_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** When a handle may look again. */
  static final class Throttle {
    private final AtomicLong next = new AtomicLong(System.nanoTime());

    private boolean pass() {
      long now = System.nanoTime();
      long due = next.get();
      return now - due >= 0 && next.compareAndSet(due, now + LOOK_EVERY_NANOS);
    }
  }

  private final Store store;
  private final Stat stat;
  private final Clock clock;

  AccessTimes(Store store, Stat stat, Clock clock) {
    this.store = store;
    this.stat = stat;
    this.clock = clock;
  }

  /** Notes that an inode was read. A failure is logged: it is no reason to fail the read. */
  void read(long inode, Throttle throttle) {
    if (throttle.pass()) {
      read(inode);
    }
  }

  /** Likewise, for what is not read through a handle. */
  void read(long inode) {
    if (store.readOnly()) {
      return;
    }
    try {
      Timestamp now = Timestamp.now(clock);
      if (isDue(stat.inode(inode), now)) {
        store.tree().touchAccessed(inode, now);
      }
    } catch (CacheException e) {
      LOG.log(Level.WARNING, "access time of inode " + inode + " was not kept", e);
    }
  }

  static boolean isDue(Inode inode, Timestamp now) {
    Timestamp accessed = inode.accessed();
    return accessed.compareTo(inode.modified()) <= 0
        || accessed.compareTo(inode.changed()) <= 0
        || now.seconds() - accessed.seconds() >= DAY_SECONDS;
  }
}

package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.InitFlag;
import io.unicache.fs.fuse.kernel.Protocol.OpenFlag;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.OpenFlags;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files that the kernel reads and maps by itself, without asking. The kernel has one mode for all
 * that is open of an inode: either it caches what it is told, or it uses the one file below; an
 * opening in the other mode fails. So the first opening of an inode decides, and the others follow
 * until the last is closed. Safe for use by many threads.
 *
 * <p>What is counted here is never less than what the kernel has: an opening counts before the
 * kernel hears of it, until the kernel has released it.
 */
final class Passthrough {

  private static final System.Logger LOG = System.getLogger(Passthrough.class.getName());

  static final String IN_USE = "in use";
  static final String OFF = "off (option)";
  static final String NOT_ROOT = "not available (not root)";

  /**
   * What is open of an inode. Guarded by itself; a thread that is not among the users any more has
   * left everything as it is.
   */
  private static final class Openings {
    /** Threads that are about to look, or looking; guarded by {@link #inodes}. */
    int users;

    int count;

    /** The kernel's number for the file below, or 0 if the kernel caches. */
    int backingId;
  }

  /** How the kernel is to treat an opening: flags and number of the file below. */
  record Mode(int flags, int backingId) {}

  private final FileSystemOps ops;
  private final BackingFiles backing;
  private final Map<Long, Openings> inodes = new HashMap<>();
  private final AtomicLong opens = new AtomicLong();

  /** Whether anything is done at all; does not change once a file is open. */
  private volatile boolean wanted;

  private volatile String state;

  /**
   * @param state {@link #IN_USE}, or why it is not to be used
   */
  Passthrough(FileSystemOps ops, BackingFiles backing, String state) {
    this.ops = ops;
    this.backing = backing;
    this.state = state;
    this.wanted = state.equals(IN_USE);
  }

  /** Tells whether to ask the kernel for it. */
  boolean isWanted() {
    return wanted;
  }

  /** INIT has been served: the kernel may not know of it. */
  void negotiated(Negotiation settled) {
    if (wanted && !settled.has(InitFlag.PASSTHROUGH)) {
      wanted = false;
      state = "not available (kernel with FUSE " + settled.version() + ")";
    }
  }

  /** Says whether it is in use, and if not, why. */
  String state() {
    return state;
  }

  /** Returns how many openings have used it. */
  long opens() {
    return opens.get();
  }

  /**
   * Counts an opening and returns its mode; {@link #closed} takes it back.
   *
   * @param flags open(2)'s
   */
  Mode opened(long inode, Opened opened, int flags) {
    int id = 0;
    if (wanted) {
      Openings openings = enter(inode);
      try {
        synchronized (openings) {
          openings.count++; // before what may fail: closed() will be called all the same
          if (openings.count == 1) {
            openings.backingId = borrow(opened.handle());
          }
          id = openings.backingId;
        }
      } finally {
        exit(inode, openings);
      }
    }
    boolean writes = OpenFlags.writes(flags);
    int unflushed = writes ? 0 : OpenFlag.NOFLUSH; // nothing can have been written
    if (id == 0) {
      return new Mode(
          (opened.keepCache() ? OpenFlag.KEEP_CACHE : 0)
              | (opened.directIo() ? OpenFlag.DIRECT_IO : 0)
              | unflushed,
          0);
    }
    opens.incrementAndGet();
    // Writes come here, as sizes, times and set-ID bits go with them; mappings do not.
    return new Mode(OpenFlag.PASSTHROUGH | (writes ? OpenFlag.DIRECT_IO : unflushed), id);
  }

  /** Takes an opening back. */
  void closed(long inode) {
    if (!wanted) {
      return;
    }
    Openings openings = enter(inode);
    try {
      synchronized (openings) {
        openings.count--;
        if (openings.count == 0 && openings.backingId != 0) {
          backing.close(openings.backingId);
          openings.backingId = 0;
        }
      }
    } finally {
      exit(inode, openings);
    }
  }

  private Openings enter(long inode) {
    synchronized (inodes) {
      Openings openings = inodes.computeIfAbsent(inode, key -> new Openings());
      openings.users++;
      return openings;
    }
  }

  private void exit(long inode, Openings openings) {
    synchronized (inodes) {
      openings.users--;
      if (openings.users == 0 && openings.count == 0) {
        inodes.remove(inode);
      }
    }
  }

  /** Returns the kernel's number for the file below, or 0 if there is none. */
  private int borrow(long handle) {
    if (!state.equals(IN_USE)) {
      return 0;
    }
    Optional<Path> file;
    try {
      file = ops.lend(handle);
    } catch (FileSystemException e) {
      LOG.log(Level.WARNING, "a file is not lent; it is read the usual way", e);
      return 0;
    }
    if (file.isEmpty()) {
      return 0;
    }
    int id = backing.open(file.get());
    if (id > 0) {
      return id;
    }
    if (id != -Libc.ENOENT) { // that would be a writer who has just come
      state = "not available (refused by the kernel, errno " + -id + ")";
      LOG.log(Level.DEBUG, "passthrough of {0}: errno {1}", file.get(), -id);
    }
    return 0;
  }
}

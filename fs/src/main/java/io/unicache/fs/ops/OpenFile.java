package io.unicache.fs.ops;

import io.unicache.store.file.LiveFile;

/** An open file description: what a handle stands for. */
final class OpenFile {

  /** Value of {@link #modeChecked} before the first look. */
  static final long NEVER = -1;

  private final long inode;
  private final LiveFile file;
  private final int flags;
  private final AccessTimes.Throttle accessThrottle = new AccessTimes.Throttle();

  /** State of the file system's count of mode changes when set-ID bits were last looked at. */
  private volatile long modeChecked = NEVER;

  OpenFile(long inode, LiveFile file, int flags) {
    this.inode = inode;
    this.file = file;
    this.flags = flags;
  }

  long inode() {
    return inode;
  }

  LiveFile file() {
    return file;
  }

  boolean reads() {
    return OpenFlags.reads(flags);
  }

  boolean writes() {
    return OpenFlags.writes(flags);
  }

  /** Tells whether it was made without a name, and may be given one. */
  boolean mayGetName() {
    return (flags & OpenFlags.UNNAMED) == OpenFlags.UNNAMED && (flags & OpenFlags.EXCLUSIVE) == 0;
  }

  boolean keepsAccessTime() {
    return OpenFlags.keepsAccessTime(flags);
  }

  /** O_SYNC and O_DSYNC alike: the first has the bits of the second. */
  boolean synchronous() {
    return (flags & OpenFlags.DSYNC) != 0;
  }

  AccessTimes.Throttle accessThrottle() {
    return accessThrottle;
  }

  long modeChecked() {
    return modeChecked;
  }

  void modeChecked(long changes) {
    modeChecked = changes;
  }
}

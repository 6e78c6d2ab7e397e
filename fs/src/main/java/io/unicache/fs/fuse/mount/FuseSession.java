package io.unicache.fs.fuse.mount;

import java.nio.file.Path;
import java.time.Duration;

/** A mount that is being served. Safe for use by many threads. */
public interface FuseSession {

  /** Returns the directory that it is mounted on, absolute and without symlinks. */
  Path mountPoint();

  /**
   * Waits until the mount is gone, whoever unmounted it, and no request is in the file system any
   * more: then the file system may be closed.
   *
   * @throws MountException if the session ended by a failure
   */
  void awaitEnd() throws InterruptedException, MountException;

  /**
   * Waits as {@link #awaitEnd()} does, for a limited time.
   *
   * @return whether the session has ended
   */
  boolean awaitEnd(Duration timeout) throws InterruptedException, MountException;

  /**
   * Unmounts and waits until the session has ended. Does nothing if it has ended already.
   *
   * @throws MountException if the mount is busy, or the session does not end in time; it goes on
   *     then
   */
  void unmount() throws MountException;

  /**
   * Unmounts even if files are open: the directory is empty at once, the session ends when the last
   * file has been closed. Does not wait for that.
   */
  void unmountLazily() throws MountException;

  /** Names what serves the mount, in a few words, with the protocol's version where it is known. */
  String transport();

  /**
   * What the mount does.
   *
   * @param passthrough whether the kernel reads files by itself where it can, in a few words
   * @param readRequests how many reads the kernel has asked for, or {@link #NOT_COUNTED}
   * @param passthroughOpens how many openings the kernel has served by itself
   */
  record Statistics(String passthrough, long readRequests, long passthroughOpens) {
    public static final long NOT_COUNTED = -1;
  }

  Statistics statistics();

  /** Says in a line what serves the mount, for logs. */
  String describe();
}

package io.unicache.fs.fuse.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The end of a session, however it is served: waiting for it, and bringing it about. */
public abstract class MountedSession implements FuseSession {

  private static final Duration UNMOUNT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

  private final Path mountPoint;
  private final Unmounter unmounter;
  private final Unmounter.TableReader table;
  private final Duration endTimeout;
  private final CountDownLatch ended = new CountDownLatch(1);

  private volatile Optional<MountTable.Mount> mount = Optional.empty();
  private volatile Throwable failure;

  protected MountedSession(Path mountPoint) {
    this(mountPoint, new Unmounter(), MountTable::read, END_TIMEOUT);
  }

  MountedSession(
      Path mountPoint, Unmounter unmounter, Unmounter.TableReader table, Duration endTimeout) {
    this.mountPoint = mountPoint;
    this.unmounter = unmounter;
    this.table = table;
    this.endTimeout = endTimeout;
  }

  /** Says which mount is the session's; until then it is whatever is on the directory. */
  protected final void mounted(MountTable.Mount made) {
    mount = Optional.of(made);
  }

  /** Notes why the session is about to end. */
  protected final void failed(Throwable cause) {
    failure = cause;
  }

  /** Says that the session has ended: no request is in the file system any more. */
  protected final void ended() {
    ended.countDown();
  }

  protected final boolean hasEnded() {
    return ended.getCount() == 0;
  }

  @Override
  public final Path mountPoint() {
    return mountPoint;
  }

  @Override
  public final void awaitEnd() throws InterruptedException, MountException {
    ended.await();
    throwFailure();
  }

  @Override
  public final boolean awaitEnd(Duration timeout) throws InterruptedException, MountException {
    boolean done = ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    if (done) {
      throwFailure();
    }
    return done;
  }

  private void throwFailure() throws MountException {
    if (failure != null) {
      throw new MountException(
          "the mount at " + mountPoint + " ended by a failure: " + failure, failure);
    }
  }

  @Override
  public final void unmount() throws MountException {
    if (isInTable()) {
      unmounter.unmount(mountPoint, UNMOUNT_TIMEOUT);
    }
    try {
      if (!awaitEnd(endTimeout)) {
        throw new MountException(
            mountPoint + " is unmounted, but files in it are still open or a request does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while unmounting " + mountPoint, e);
    }
  }

  @Override
  public final void unmountLazily() throws MountException {
    if (isInTable()) {
      unmounter.unmountLazily(mountPoint, UNMOUNT_TIMEOUT);
    }
  }

  /** Someone may have unmounted already, and mounted something else there. */
  private boolean isInTable() throws MountException {
    try {
      Optional<MountTable.Mount> present = table.read().at(mountPoint);
      return !hasEnded() && present.isPresent() && (mount.isEmpty() || present.equals(mount));
    } catch (IOException e) {
      throw new MountException("cannot read the mount table: " + e.getMessage(), e);
    }
  }
}

package io.unicache.cli;

import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.ops.FileSystemOps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Mounts nothing, but remembers what it would have. */
final class FakeMounter implements Mounter {

  final CountDownLatch mounted = new CountDownLatch(1);
  volatile boolean busy;
  volatile boolean lazily;
  volatile MountException refusal;
  volatile MountOptions options;
  volatile CountDownLatch gone = new CountDownLatch(1);

  @Override
  public Path prepare(Path directory) throws IOException {
    if (refusal != null) {
      throw refusal;
    }
    return directory.toRealPath();
  }

  @Override
  public FuseSession mount(FileSystemOps ops, MountOptions mountOptions, Transport transport)
      throws IOException {
    if (refusal != null) {
      throw refusal;
    }
    options = mountOptions;
    mounted.countDown();
    return new Session(mountOptions.mountPoint());
  }

  @Override
  public Optional<MountTable.Mount> find(Path directory) throws IOException {
    if (options == null || gone.getCount() == 0 || !Files.exists(directory)) {
      return Optional.empty();
    }
    return Optional.of(
        new MountTable.Mount(0, 1, options.mountPoint(), MountOptions.TYPE, options.fsName()));
  }

  @Override
  public void unmount(Path mountPoint, boolean lazy) throws IOException {
    if (busy && !lazy) {
      throw new MountException(mountPoint + " is busy");
    }
    lazily = lazy;
    gone.countDown();
  }

  private final class Session implements FuseSession {
    private final Path mountPoint;

    Session(Path mountPoint) {
      this.mountPoint = mountPoint;
    }

    @Override
    public Path mountPoint() {
      return mountPoint;
    }

    @Override
    public void awaitEnd() throws InterruptedException {
      gone.await();
    }

    @Override
    public boolean awaitEnd(Duration timeout) throws InterruptedException {
      return gone.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void unmount() throws MountException {
      if (busy && gone.getCount() > 0) {
        throw new MountException(mountPoint + " is busy");
      }
      gone.countDown();
    }

    @Override
    public void unmountLazily() {
      lazily = true;
      gone.countDown();
    }

    @Override
    public String transport() {
      return "fake";
    }

    @Override
    public Statistics statistics() {
      return new Statistics("off (option)", 0, 0);
    }

    @Override
    public String describe() {
      return "fake";
    }
  }
}

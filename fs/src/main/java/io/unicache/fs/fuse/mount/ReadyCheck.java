package io.unicache.fs.fuse.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Finds out when a fresh mount answers. */
public final class ReadyCheck {

  private static final long POLL_MS = 5;

  private ReadyCheck() {}

  /**
   * Waits until the root of the mount at {@code mountPoint} can be asked for its attributes and has
   * the mount's own device number.
   *
   * @param mountPoint absolute, without symlinks
   * @param ended whether the server has given up, so that waiting is of no use
   * @throws MountException if the mount does not answer in time, with the reason
   */
  public static void await(Path mountPoint, Duration timeout, BooleanSupplier ended)
      throws MountException {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    long deadline = System.nanoTime() + timeout.toNanos();
    // A thread of its own: stat of a mount that nobody serves does not return, and that cannot be
    // interrupted.
    Thread probe =
        new Thread(() -> probe(mountPoint, deadline, ended, answered), "unicache-mount-probe");
    probe.setDaemon(true);
    probe.start();
    try {
      answered.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new MountException(
          "the mount at " + mountPoint + " does not answer within " + timeout.toMillis() + " ms",
          e);
    } catch (ExecutionException e) {
      throw new MountException(
          "the mount at " + mountPoint + " does not work: " + e.getCause().getMessage(),
          e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while mounting " + mountPoint, e);
    }
  }

  private static void probe(
      Path mountPoint, long deadline, BooleanSupplier ended, CompletableFuture<Void> answered) {
    try {
      while (!isServed(mountPoint)) {
        if (ended.getAsBoolean()) {
          throw new MountException("the session ended at once");
        }
        if (System.nanoTime() - deadline >= 0) {
          throw new MountException("it is not in the mount table, or its root has another device");
        }
        Thread.sleep(POLL_MS);
      }
      answered.complete(null);
    } catch (IOException | RuntimeException e) {
      answered.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answered.completeExceptionally(e);
    }
  }

  private static boolean isServed(Path mountPoint) throws IOException {
    Optional<MountTable.Mount> mount = MountTable.read().at(mountPoint);
    if (mount.isEmpty() || !mount.get().isUniCache()) {
      return false;
    }
    Object device = Files.getAttribute(mountPoint, "unix:dev", LinkOption.NOFOLLOW_LINKS);
    return device instanceof Long number && number == mount.get().device();
  }
}

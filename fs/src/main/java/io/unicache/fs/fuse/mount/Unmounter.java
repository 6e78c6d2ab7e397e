package io.unicache.fs.fuse.mount;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes mounts down with the programs that may do so: {@code fusermount3} and {@code fusermount}
 * work for the user who mounted, {@code umount} for root. Whether it worked is read from the mount
 * table, not from exit statuses.
 */
public final class Unmounter {

  private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(10);

  private static final long POLL_MS = 20;

  private static final List<List<String>> PLAIN =
      List.of(
          List.of("fusermount3", "-u", "--"),
          List.of("fusermount", "-u", "--"),
          List.of("umount", "--"));

  private static final List<List<String>> LAZY =
      List.of(
          List.of("fusermount3", "-u", "-z", "--"),
          List.of("fusermount", "-u", "-z", "--"),
          List.of("umount", "-l", "--"));

  /** Reads the present mount table. */
  @FunctionalInterface
  interface TableReader {
    MountTable read() throws IOException;
  }

  private final CommandRunner runner;
  private final TableReader table;

  public Unmounter() {
    this(CommandRunner.system(), MountTable::read);
  }

  Unmounter(CommandRunner runner, TableReader table) {
    this.runner = runner;
    this.table = table;
  }

  /**
   * Unmounts what is mounted on a directory; does nothing if nothing is.
   *
   * @param mountPoint absolute, without symlinks
   * @param timeout longest time to wait for the mount to leave the table; a mount that is busy is
   *     tried again until then
   * @throws MountException if it is still there: busy, or not this user's
   */
  public void unmount(Path mountPoint, Duration timeout) throws MountException {
    run(mountPoint, timeout, PLAIN);
  }

  /**
   * Unmounts though files are open or nobody serves the mount any more: it is gone from the
   * directory at once, and altogether when the last file is closed.
   */
  public void unmountLazily(Path mountPoint, Duration timeout) throws MountException {
    run(mountPoint, timeout, LAZY);
  }

  private void run(Path mountPoint, Duration timeout, List<List<String>> commands)
      throws MountException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      Optional<MountTable.Mount> mount = table.read().at(mountPoint);
      long pause = POLL_MS;
      while (mount.isPresent()) {
        List<String> failures = tryAll(mountPoint, commands, mount.get());
        if (isGone(mountPoint, mount.get())) {
          return;
        }
        if (System.nanoTime() - deadline >= 0) {
          throw new MountException(explain(mountPoint, failures));
        }
        Thread.sleep(pause);
        pause = Math.min(2 * pause, 500);
        if (isGone(mountPoint, mount.get())) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MountException("interrupted while unmounting " + mountPoint, e);
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException("cannot unmount " + mountPoint + ": " + e.getMessage(), e);
    }
  }

  /** Runs one program after the other until the mount is gone; returns what they said. */
  private List<String> tryAll(Path mountPoint, List<List<String>> commands, MountTable.Mount mount)
      throws IOException, InterruptedException {
    List<String> failures = new ArrayList<>();
    for (List<String> command : commands) {
      List<String> line = new ArrayList<>(command);
      line.add(mountPoint.toString());
      CommandRunner.Result result = runner.run(line, COMMAND_TIMEOUT);
      if (result.status() == 0 || isGone(mountPoint, mount)) {
        return failures;
      }
      if (result.status() != CommandRunner.NOT_FOUND) {
        String said = result.output().isEmpty() ? "status " + result.status() : result.output();
        failures.add(command.get(0) + ": " + withoutFullStop(said));
      }
    }
    return failures;
  }

  /** Another mount may have been underneath: only the one that was meant counts. */
  private boolean isGone(Path mountPoint, MountTable.Mount mount) throws IOException {
    return !table.read().at(mountPoint).equals(Optional.of(mount));
  }

  private static String withoutFullStop(String text) {
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  private static String explain(Path mountPoint, List<String> failures) {
    if (failures.isEmpty()) {
      return "cannot unmount "
          + mountPoint
          + ": fusermount3, fusermount and umount are not installed, or had no effect";
    }
    String said = String.join("; ", failures);
    String advice =
        said.contains("busy")
            ? ". Close the files and leave the directories that programs use there (\"fuser -vm "
                + mountPoint
                + "\" lists them), then try again, or unmount lazily"
            : "";
    return "cannot unmount " + mountPoint + ": " + said + advice;
  }
}

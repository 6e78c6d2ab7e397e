package io.unicache.fs.control;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.store.error.CacheException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Runs commands in the background, few at a time. Thread-safe. */
final class CommandRunner implements AutoCloseable {

  /** Two, so that a sync need not wait for a download. */
  private static final int THREADS = 2;

  /** Commands that wait or run; more than these are answered with EAGAIN. */
  static final int MAX_PENDING = 64;

  private static final long CLOSE_SECONDS = 10;

  private static final System.Logger LOG = System.getLogger(CommandRunner.class.getName());

  private final ControlCommands commands;
  private final CommandLog log;
  private final PathInvalidation invalidation;
  private final Semaphore room = new Semaphore(MAX_PENDING);
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          task -> {
            Thread thread = new Thread(task, "unicache-control");
            thread.setDaemon(true);
            return thread;
          });

  CommandRunner(ControlCommands commands, CommandLog log, PathInvalidation invalidation) {
    this.commands = commands;
    this.log = log;
    this.invalidation = invalidation;
  }

  /** Starts all of the commands, or none and throws EAGAIN. */
  void start(List<Command> accepted) throws FileSystemException {
    if (!room.tryAcquire(accepted.size())) {
      throw new FileSystemException(
          Errno.EAGAIN, "too many commands at once; at most " + MAX_PENDING + " can wait");
    }
    for (Command command : accepted) {
      CommandLog.Entry entry = log.add(command.toString());
      threads.execute(() -> run(command, entry));
    }
  }

  private void run(Command command, CommandLog.Entry entry) {
    try {
      entry.done(execute(command, entry));
    } catch (CacheException e) {
      LOG.log(Level.WARNING, "control command failed: " + command, e);
      entry.failed(e.getMessage());
    } catch (RuntimeException e) {
      // A bug, but the command's state must not stay "running", and the thread is to go on.
      LOG.log(Level.ERROR, "control command failed: " + command, e);
      entry.failed(e.toString());
    } finally {
      room.release();
    }
  }

  /** Runs a command and returns its result, or null. */
  private String execute(Command command, CommandLog.Entry entry) throws CacheException {
    if (command instanceof Command.Download download) {
      return download(download, entry);
    }
    if (command instanceof Command.Collect) {
      return commands.gc() + " bytes freed";
    }
    commands.sync();
    return null;
  }

  private String download(Command.Download download, CommandLog.Entry entry) throws CacheException {
    PathInvalidation.Change change = invalidation.before(download.path());
    try {
      return commands.download(
          download.url(),
          download.path(),
          (received, total) -> {
            entry.progress(received, total);
            change.appeared();
          });
    } finally {
      change.done();
    }
  }

  /**
   * Lets running commands end, for a bounded time; no thread is interrupted in the middle of I/O.
   */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "control commands still run; the process ends without them");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

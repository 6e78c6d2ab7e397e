package io.unicache.cli;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Steps of an orderly end: each has its time, a step that fails or takes too long does not keep the
 * next from being done, and the first failure is what is told.
 */
final class Stages {

  private static final Logger LOG = System.getLogger(Stages.class.getName());

  /** One of them. */
  @FunctionalInterface
  interface Step {
    void run() throws IOException;
  }

  private IOException firstFailure;

  /** Does a step, on a thread of its own as it might not come back; nobody interrupts it. */
  void run(String name, Duration limit, Step step) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              step.run();
              return null;
            });
    Thread thread = new Thread(task, "unicache-end-" + name.replace(' ', '-'));
    thread.setDaemon(true);
    thread.start();
    try {
      task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      failed(name, e.getCause());
    } catch (TimeoutException e) {
      failed(name, new IOException("did not end within " + limit.toSeconds() + " s", e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failed(name, e);
    }
  }

  /** Throws the first failure, if there was one. */
  void finish() throws IOException {
    if (firstFailure != null) {
      throw firstFailure;
    }
  }

  private void failed(String name, Throwable cause) {
    LOG.log(Level.ERROR, name + " failed", cause);
    if (firstFailure == null) {
      firstFailure =
          cause instanceof IOException known
              ? known
              : new IOException(name + " failed: " + cause, cause);
    } else {
      firstFailure.addSuppressed(cause);
    }
  }
}

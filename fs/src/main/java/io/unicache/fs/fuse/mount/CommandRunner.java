package io.unicache.fs.fuse.mount;

import java.io.IOException;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program and waits for it; tests put another in its place. */
@FunctionalInterface
interface CommandRunner {

  /** Exit status of a program that is not there, as a shell has it. */
  int NOT_FOUND = 127;

  /** Exit status of a program that did not end in time, as timeout(1) has it. */
  int TIMED_OUT = 124;

  /**
   * What became of a program.
   *
   * @param output what it printed, trimmed
   */
  record Result(int status, String output) {}

  /** Runs {@code command}; never throws because it is missing or slow, the status says so. */
  Result run(List<String> command, Duration timeout) throws IOException, InterruptedException;

  /** Returns the runner of real programs. */
  static CommandRunner system() {
    return CommandRunner::runProcess;
  }

  private static Result runProcess(List<String> command, Duration timeout)
      throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
              .start();
    } catch (IOException e) {
      return new Result(NOT_FOUND, e.getMessage());
    }
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        return new Result(TIMED_OUT, "no end within " + timeout.toSeconds() + " s");
      }
      // These programs print a line or two: it fits into the pipe, so reading can wait until now.
      String output = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
      return new Result(process.exitValue(), output.trim());
    } finally {
      process.destroyForcibly();
    }
  }
}

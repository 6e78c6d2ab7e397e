package io.unicache.it;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program to be run. Its output goes to files, not pipes: a daemon that it leaves behind may keep
 * them open.
 */
final class Program {

  /** Far more than any of them takes on a busy machine. */
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final ProcessBuilder builder;
  private byte[] input = new byte[0];

  private Program(List<String> command) {
    builder = new ProcessBuilder(command);
    builder.environment().put("LC_ALL", "C.UTF-8");
  }

  /** Names the program and its arguments; each is turned into a string. */
  static Program of(Object... words) {
    return new Program(Arrays.stream(words).map(Object::toString).toList());
  }

  /**
   * Is a script of bash, which gets the arguments as $1, $2... and ends at the first error, saying
   * which command it was.
   */
  static Program script(String text, Object... arguments) {
    String told = "trap 'printf \"failed: %s\\n\" \"$BASH_COMMAND\" >&2' ERR\n" + text;
    List<String> command =
        new ArrayList<>(List.of("bash", "-Eeuo", "pipefail", "-c", told, "bash"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new Program(command);
  }

  /** Runs a program and returns what it printed, without the white space at the end. */
  static String output(Object... words) {
    return of(words).run().expect(0).text();
  }

  /** Tells whether there is a program of this name. */
  static boolean exists(String name) {
    return script("command -v \"$1\"", name).run().exit() == 0;
  }

  Program in(Path directory) {
    builder.directory(directory.toFile());
    return this;
  }

  Program with(String variable, String value) {
    builder.environment().put(variable, value);
    return this;
  }

  Program input(byte[] bytes) {
    input = bytes.clone();
    return this;
  }

  Program input(String text) {
    return input(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Runs it to its end. */
  Result run() {
    return start().await();
  }

  /** Starts it; the caller waits for it or ends it. */
  Running start() {
    try {
      Path files = Files.createTempDirectory("unicache-program");
      Path in = Files.write(files.resolve("in"), input);
      builder.redirectInput(in.toFile());
      builder.redirectOutput(files.resolve("out").toFile());
      builder.redirectError(files.resolve("err").toFile());
      return new Running(builder.command(), builder.start(), files);
    } catch (IOException e) {
      throw new AssertionError("cannot start " + builder.command(), e);
    }
  }

  /** A program that runs. */
  static final class Running {
    private final List<String> command;
    private final Process process;
    private final Path files;

    private Running(List<String> command, Process process, Path files) {
      this.command = List.copyOf(command);
      this.process = process;
      this.files = files;
    }

    /** Waits for its end. */
    Result await() {
      try {
        boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (!ended) {
          kill();
        }
        Result result =
            new Result(
                command,
                ended ? process.exitValue() : -1,
                Files.readAllBytes(files.resolve("out")),
                Files.readString(files.resolve("err"), StandardCharsets.ISO_8859_1));
        if (!ended) {
          throw new AssertionError("did not end within " + LIMIT + ": " + result);
        }
        return result;
      } catch (IOException e) {
        throw new AssertionError("reading the output of " + command, e);
      } catch (InterruptedException e) {
        kill();
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for " + command, e);
      } finally {
        for (String name : List.of("in", "out", "err", "")) {
          File file = files.resolve(name).toFile();
          if (!file.delete()) {
            file.deleteOnExit();
          }
        }
      }
    }

    boolean isAlive() {
      return process.isAlive();
    }

    /** Ends it and what it started. */
    void kill() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}

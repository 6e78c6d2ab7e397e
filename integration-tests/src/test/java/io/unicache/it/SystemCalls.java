package io.unicache.it;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that does system calls by our orders: the program {@code syscalls.c} or {@code
 * exerciser.c}, which say what orders there are. The JDK cannot do most of these calls.
 */
final class SystemCalls implements AutoCloseable {

  private final Process process;
  private final BufferedWriter orders;
  private final BufferedReader answers;

  private SystemCalls(Process process) {
    this.process = process;
    orders =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.ISO_8859_1));
    answers =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1));
  }

  /** Compiles a program into a directory and returns it. */
  static Path compile(String name, Path directory) throws IOException {
    Path source = directory.resolve(name + ".c");
    Path program = directory.resolve(name);
    try (InputStream in =
        SystemCalls.class.getResourceAsStream("/io/unicache/it/posix/" + name + ".c")) {
      Files.copy(in, source);
    }
    Program.of("cc", "-std=gnu11", "-O2", "-pthread", "-Wall", "-Werror", "-o", program, source)
        .run()
        .expect(0);
    return program;
  }

  /** Starts a program; each argument is turned into a string. */
  static SystemCalls start(Path program, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new SystemCalls(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Gives an order; {@link #answer} waits for what comes of it. */
  void order(String line) throws IOException {
    orders.write(line);
    orders.write('\n');
    orders.flush();
  }

  String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the program for system calls has ended");
    }
    return line;
  }

  /** Tells whether an order has been answered. */
  boolean hasAnswer() throws IOException {
    return answers.ready();
  }

  String call(String line) throws IOException {
    order(line);
    return answer();
  }

  /** Calls what must go well, and returns the results. */
  String ok(String line) throws IOException {
    String answer = call(line);
    if (!answer.equals("ok") && !answer.startsWith("ok ")) {
      throw new AssertionError(line + ": " + answer);
    }
    return answer.substring(2).strip();
  }

  /** Ends the process as a crash would. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    try {
      orders.close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } finally {
      answers.close();
    }
  }
}

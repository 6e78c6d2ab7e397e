package io.unicache.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.opentest4j.AssertionFailedError;

/** The program {@code exerciser.c}: what it does follows from its seed, and it checks it itself. */
final class Exerciser implements AutoCloseable {

  /** Files of its own: a seed may come twice. */
  private static final AtomicInteger DIRECTORIES = new AtomicInteger();

  private final SystemCalls program;
  private final String name;

  private Exerciser(SystemCalls program, String name) {
    this.program = program;
    this.name = name;
  }

  /**
   * What a program is started with, but for the seed.
   *
   * @param mode a word that the program knows, or "plain"
   */
  record Settings(int threads, int block, int room, String mode) {}

  /** Starts the program in a new directory of a mount. */
  static Exerciser start(Path program, MountedStore mounted, long seed, Settings settings)
      throws IOException {
    Path directory =
        Files.createDirectory(mounted.root().resolve("exerciser" + DIRECTORIES.incrementAndGet()));
    Object[] arguments = {
      directory,
      seed,
      settings.threads(),
      settings.block(),
      settings.room(),
      settings.mode(),
      mounted.speaksTheProtocol() ? "kernel" : "libfuse"
    };
    return new Exerciser(SystemCalls.start(program, arguments), settings + ", seed " + seed);
  }

  /** Gives an order; fails with what the program has found. */
  void order(String order) throws IOException {
    String answer = program.call(order);
    if (!answer.equals("ok")) {
      throw new AssertionFailedError(order + ", " + name + ": " + answer.replace('\u000b', '\n'));
    }
  }

  @Override
  public void close() throws IOException {
    program.close();
  }
}

package io.unicache.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.opentest4j.AssertionFailedError;

/**
 * Random reads, writes and whatever else changes a file's content, each compared with a model. A
 * round is what follows from one seed; each test does rounds until its share of {@code
 * unicache.it.seconds} (60) is over. {@code unicache.it.seed} has every test do the round of that
 * seed alone, as often as there is time for: it does just the same each time, but where threads or
 * a crash have a say.
 */
class ExerciserIT {

  private static final int TESTS = 5;
  private static final long SECONDS = Long.getLong("unicache.it.seconds", 60);
  private static final Long SEED = Long.getLong("unicache.it.seed");

  private static final int MIB = 1 << 20;
  private static final int SMALLEST_BLOCK = 64 << 10;
  private static final int OPERATIONS = 300;

  private MountedStore mounted;
  private Path program;
  private String test;

  @BeforeEach
  void name(TestInfo info) {
    test = info.getTestMethod().orElseThrow().getName();
  }

  @AfterEach
  void close() throws IOException {
    if (mounted != null) {
      mounted.close();
    }
  }

  /** What is done with one seed. */
  private interface Round {
    void run(Exerciser exerciser, Random random) throws Exception;
  }

  private void rounds(Exerciser.Settings settings, Round round) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS) / TESTS;
    mounted = MountedStore.mounted("--block-size=" + settings.block());
    program = SystemCalls.compile("exerciser", mounted.outside());
    Random seeds = new Random();
    do {
      long seed = SEED != null ? SEED : seeds.nextInt(1_000_000_000);
      System.out.println(test + ": seed " + seed);
      try (Exerciser exerciser = Exerciser.start(program, mounted, seed, settings)) {
        round.run(exerciser, new Random(seed));
      } catch (AssertionFailedError e) {
        System.err.println("the daemon's log ends:\n" + mounted.log());
        throw e;
      }
    } while (System.nanoTime() < end);
  }

  /** Runs the program a few times; in between it goes through what should make no difference. */
  private void inParts(Exerciser exerciser, Random random) throws IOException {
    for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
      exerciser.order("run " + OPERATIONS);
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          exerciser.order("close");
          mounted.restart();
        }
        case 2 -> exerciser.order("close");
        case 3 -> mounted.cli().run("gc").expect(0);
        default -> {}
      }
    }
    exerciser.order("close");
  }

  @Test
  void blocksOfUsualSize() throws Exception {
    rounds(new Exerciser.Settings(1, MIB, 10 * MIB, "plain"), this::inParts);
  }

  @Test
  void smallBlocks() throws Exception {
    rounds(new Exerciser.Settings(1, SMALLEST_BLOCK, 2 * MIB, "plain"), this::inParts);
  }

  @Test
  void severalThreads() throws Exception {
    rounds(new Exerciser.Settings(3, SMALLEST_BLOCK, 4 * MIB, "plain"), this::inParts);
  }

  /** The daemon is killed while nothing goes on, or in the middle of it. */
  @Test
  void killed() throws Exception {
    rounds(
        new Exerciser.Settings(2, SMALLEST_BLOCK, 4 * MIB, "kill"),
        (exerciser, random) -> {
          for (int kills = 1 + random.nextInt(3); kills > 0; kills--) {
            exerciser.order(
                (random.nextBoolean() ? "run " : "endure ") + random.nextInt(OPERATIONS));
            mounted.kill();
            mounted.mount();
            exerciser.order("recover");
          }
          exerciser.order("close");
          if (random.nextBoolean()) {
            mounted.restart();
            exerciser.order("close");
          }
        });
  }

  /** A large file that was written in one go: the kernel may read it from its pack by itself. */
  @Test
  void packsThatTheKernelReads() throws Exception {
    rounds(
        new Exerciser.Settings(1, MIB, 40 * MIB, "plain"),
        (exerciser, random) -> {
          exerciser.order("stream");
          exerciser.order("close");
          if (random.nextBoolean()) {
            mounted.restart();
          }
          readThrough(exerciser);
          exerciser.order("run " + OPERATIONS);
          exerciser.order("close");
          if (random.nextBoolean()) {
            mounted.restart();
            exerciser.order("close");
          }
        });
  }

  /** Reads until the kernel does so by itself, if it can. */
  private void readThrough(Exerciser exerciser) throws Exception {
    if (!mounted.mountStatistics().passthrough().equals("in use")) {
      exerciser.order("read");
      return;
    }
    long before = mounted.mountStatistics().passthroughOpens();
    Waiting.until(
        () -> {
          exerciser.order("read");
          if (mounted.mountStatistics().passthroughOpens() > before) {
            return true;
          }
          exerciser.order("close");
          return false;
        },
        () -> "the kernel does not read the file by itself: " + mounted.log());
  }
}

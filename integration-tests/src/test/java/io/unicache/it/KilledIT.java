package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.it.powercut.Inspection;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The daemon is killed at random moments while several threads write, sync, close, rename and
 * remove. The next mount works by itself, and every file is what it was when it was closed or
 * synced last. {@code unicache.it.rounds} (15) says how often; threads and the moment have a say in
 * what happens, so a seed brings back the operations only.
 */
class KilledIT {

  private static final int ROUNDS = Integer.getInteger("unicache.it.rounds", 15);
  private static final long SEED = Long.getLong("unicache.it.seed", new Random().nextInt());
  private static final int THREADS = 3;
  private static final int LONGEST_MILLIS = 1500;

  private MountedStore mounted;

  @BeforeEach
  void mount() throws Exception {
    mounted = MountedStore.mounted("--block-size=65536");
  }

  @AfterEach
  void close() throws Exception {
    mounted.close();
  }

  @Test
  void whatWasClosedIsIntact() throws Exception {
    System.out.println("kills: seed " + SEED);
    Random random = new Random(SEED);
    List<Scribbler> scribblers = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Path directory = Files.createDirectory(mounted.root().resolve("thread" + i));
      scribblers.add(new Scribbler(directory, SEED + i));
    }
    long operations = 0;
    for (int round = 0; round < ROUNDS; round++) {
      operations += scribbleUntilKilled(scribblers, 20 + random.nextInt(LONGEST_MILLIS));
      mounted.mount();
      for (Scribbler scribbler : scribblers) {
        scribbler.check("round " + round + ", seed " + SEED);
      }
      if (round % 5 == 4) {
        inspect();
      }
    }
    System.out.println("kills: " + ROUNDS + " in " + operations + " operations");
  }

  private long scribbleUntilKilled(List<Scribbler> scribblers, long millis) throws Exception {
    // Found out before: starting a program duplicates descriptors and closes them, and to close one
    // is to commit what was written.
    ProcessHandle daemon = mounted.daemon().orElseThrow();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Integer>> running = new ArrayList<>();
      for (Scribbler scribbler : scribblers) {
        Callable<Integer> run = scribbler::runUntilItFails;
        running.add(threads.submit(run));
      }
      Thread.sleep(millis);
      daemon.destroyForcibly();
      daemon.onExit().get(1, TimeUnit.MINUTES);
      long operations = 0;
      for (Future<Integer> each : running) {
        operations += each.get();
      }
      return operations;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Counts all references, and sees to it that staging is empty. */
  private void inspect() throws Exception {
    mounted.unmount();
    try (Store store = Store.open(StoreConfig.at(mounted.store()))) {
      Inspection.of(store);
    }
    assertEquals(List.of(), stagingFiles());
    mounted.mount("--block-size=65536");
    assertTrue(mounted.isMounted());
  }

  private List<Path> stagingFiles() throws IOException {
    try (Stream<Path> files = Files.list(mounted.store().resolve("staging"))) {
      return files.toList();
    }
  }
}

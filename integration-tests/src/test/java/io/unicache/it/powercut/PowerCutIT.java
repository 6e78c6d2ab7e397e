package io.unicache.it.powercut;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.unicache.fs.fuse.kernel.KernelTransport;
import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.it.powercut.DiskModel.NameOrder;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.pack.PackSet;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The power is cut at random moments of random operations: the store opens by itself, everything
 * that was synced is there, nothing is wrong. Rounds are done until {@code unicache.it.seconds}
 * (60) are over; {@code unicache.it.seed} does the round of that seed alone.
 */
@EnabledIf("io.unicache.it.powercut.PowerCutIT#canMount")
class PowerCutIT {

  private static final long SECONDS = Long.getLong("unicache.it.seconds", 60);
  private static final Long SEED = Long.getLong("unicache.it.seed");

  private static final int OPERATIONS = 120;
  private static final int SESSIONS = 2;
  private static final int CRASHES = 40;

  private static final int STREAM_CRASHES = 12;
  private static final long STREAM_BYTES = PackSet.OWN_PACK_BYTES + (4 << 20);
  private static final long PAUSE_MILLIS = 50;

  /** One crash in so many is followed by another one, while the store is opened again. */
  private static final int TWICE = 4;

  /** Of one crash in so many it is seen that the store is sound when it has been closed as well. */
  private static final int AGAIN = 3;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Path work;
  private int crashes;
  private long operations;

  static boolean canMount() {
    return Files.isWritable(Path.of("/dev/fuse"));
  }

  @BeforeEach
  void makeDirectory() throws IOException {
    Path memory = Path.of("/dev/shm"); // Nothing needs to reach a disk here.
    work =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "unicache-it")
            : Files.createTempDirectory("unicache-it");
  }

  @AfterEach
  void delete() throws IOException {
    delete(work);
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  /** What is done on a file system that is mounted. */
  private interface Use {
    void on(Path root) throws Exception;
  }

  private void mounted(RecordingFileSystem recording, Use use) throws Exception {
    Path root = Files.createTempDirectory(work, "mount");
    FuseSession session = KernelTransport.mount(recording, MountOptions.of(root));
    try {
      use.on(root);
    } finally {
      session.unmountLazily();
      session.awaitEnd(LIMIT);
      Files.delete(root);
    }
  }

  @Test
  void everythingSyncedIsThereAndNothingIsWrong() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    Random seeds = new Random();
    do {
      long seed = SEED != null ? SEED : seeds.nextInt(1_000_000_000);
      System.out.println("power cuts: seed " + seed);
      round(
          seed,
          CRASHES,
          end,
          workload -> {
            for (int i = 0; i < SESSIONS; i++) {
              workload.session(OPERATIONS);
            }
          });
    } while (System.nanoTime() < end && SEED == null);
    System.out.println("power cuts: " + crashes + " in " + operations + " operations");
  }

  /** A file that has a pack of its own. */
  @Test
  void streams() throws Exception {
    long seed = SEED != null ? SEED : new Random().nextInt(1_000_000_000);
    System.out.println("power cuts, stream: seed " + seed);
    round(seed, STREAM_CRASHES, Long.MAX_VALUE, workload -> workload.stream(STREAM_BYTES));
  }

  /** What was closed needs nothing else to become durable. */
  @Test
  void closedFilesBecomeDurableByThemselves() throws Exception {
    RecordingFileSystem recording = new RecordingFileSystem();
    byte[] bytes = new byte[3 * Workload.BLOCK + 5];
    new Random(1).nextBytes(bytes);
    int[] position = new int[1];
    mounted(
        recording,
        root -> {
          try (Store store = Store.open(config(root.resolve("store")))) {
            Inode made =
                store
                    .tree()
                    .createFile(
                        Inode.ROOT,
                        Name.of("file"),
                        Inode.Type.REGULAR,
                        0,
                        new Tree.NewFile(0644, 0, 0));
            LiveFile file = store.files().open(made.number());
            file.write(0, ByteBuffer.wrap(bytes));
            file.close();
            while (store.meta().isUnsynced(made.number())) {
              Thread.sleep(PAUSE_MILLIS);
            }
            position[0] = recording.log().position();
          }
        });
    for (int i = 0; i < STREAM_CRASHES; i++) {
      DiskImage image = new Crash(1, i, position[0], order(i)).image(recording);
      Path directory = Files.createTempDirectory(work, "image");
      image.writeTo(directory);
      try (Store store = Store.open(config(directory.resolve("store")))) {
        assertEquals(Workload.content(bytes), Inspection.of(store).tree().get("file").content());
      }
      delete(directory);
    }
  }

  /** What is done to a store. */
  private interface Doing {
    void on(Workload workload) throws Exception;
  }

  private void round(long seed, int most, long end, Doing doing) throws Exception {
    RecordingFileSystem recording = new RecordingFileSystem();
    History[] history = new History[1];
    mounted(
        recording,
        root -> {
          Workload workload = new Workload(root.resolve("store"), seed, recording.log());
          history[0] = workload.history();
          doing.on(workload);
        });
    operations += history[0].size();
    Random random = new Random(seed);
    for (int i = 0; i < most && (System.nanoTime() < end || SEED != null); i++) {
      int position = 1 + random.nextInt(recording.log().position());
      Crash crash = new Crash(seed, i, position, order(i));
      crashes++;
      try {
        crash(crash, recording, history[0], random);
      } catch (Exception | AssertionError e) {
        throw new AssertionError(crash + ": " + e.getMessage(), e);
      }
    }
  }

  /** Each of them as often. */
  private static NameOrder order(int number) {
    return number % 2 == 0 ? NameOrder.JOURNALED : NameOrder.INDEPENDENT;
  }

  /** A moment, and what becomes of the disk then. */
  private record Crash(long seed, int number, int position, NameOrder order) {
    DiskImage image(RecordingFileSystem recording) {
      return DiskModel.image(
          recording.log().upTo(position), order, seed + number, recording::isDirectory);
    }
  }

  private void crash(Crash crash, RecordingFileSystem recording, History history, Random random)
      throws Exception {
    DiskImage image = crash.image(recording);
    if (random.nextInt(TWICE) == 0) {
      image = crashWhileOpening(crash, image, random);
    }
    Path directory = Files.createTempDirectory(work, "image");
    try {
      image.writeTo(directory);
      inspect(directory.resolve("store"), crash.position(), history, random.nextInt(AGAIN) == 0);
    } finally {
      delete(directory);
    }
  }

  private DiskImage crashWhileOpening(Crash crash, DiskImage image, Random random)
      throws Exception {
    RecordingFileSystem second = new RecordingFileSystem();
    second.load(image);
    int begin = second.log().position();
    mounted(second, root -> Store.open(config(root.resolve("store"))).close());
    int position = begin + random.nextInt(second.log().position() - begin + 1);
    return new Crash(crash.seed(), crash.number(), position, crash.order()).image(second);
  }

  private static StoreConfig config(Path store) {
    return StoreConfig.at(store).withBlockSize(Workload.BLOCK);
  }

  /**
   * @param again whether the store is opened once more
   */
  private static void inspect(Path directory, int position, History history, boolean again)
      throws Exception {
    Inspection first;
    try (Store store = Store.open(config(directory))) {
      first = Inspection.of(store);
      Optional<String> problem = history.problem(position, first.tree(), first.stored());
      problem.ifPresent(text -> fail(text));
      store.gc();
    }
    if (!again) {
      return;
    }
    List<BlockEntry> blocks = new ArrayList<>();
    UUID id;
    try (Store store = Store.open(config(directory))) {
      Inspection second = Inspection.of(store);
      assertEquals(first.tree(), second.tree(), "after closing and opening");
      assertEquals(first.stored(), second.stored(), "after closing and opening");
      store.meta().forEachBlock(blocks::add);
      id = store.id();
    }
    Inspection.inspectPacks(directory, id, blocks);
  }
}

package io.unicache.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.unicache.store.CacheService;
import io.unicache.store.CacheService.MountStatistics;
import io.unicache.store.StoreLock;
import io.unicache.store.ipc.RemoteService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A store and its mount point in a temporary directory, mounted by the command line. {@link #close}
 * leaves nothing behind, whatever happened.
 */
final class MountedStore implements AutoCloseable {

  /** Both adapters go through the same tests: one run of them has one of the two. */
  private static final String TRANSPORT = System.getProperty("unicache.it.transport", "auto");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path home;
  private final Path store;
  private final Path root;
  private final Cli cli;

  private MountedStore(Path home) throws IOException {
    this.home = home;
    this.store = home.resolve("store");
    this.root = Files.createDirectory(home.resolve("mount"));
    this.cli = new Cli(store);
  }

  /** Returns a store that is not there yet, and not mounted. */
  static MountedStore unmounted() throws IOException {
    return new MountedStore(Files.createTempDirectory("unicache-it").toRealPath());
  }

  /** Makes a store and mounts it. */
  static MountedStore mounted(String... options) throws IOException {
    MountedStore made = unmounted();
    try {
      made.mount(options);
      return made;
    } catch (Throwable e) {
      made.close();
      throw e;
    }
  }

  Path store() {
    return store;
  }

  /** Returns the mount point. */
  Path root() {
    return root;
  }

  /** Returns a directory for files outside of the mount. */
  Path outside() {
    return home;
  }

  /** Runs commands on this store. */
  Cli cli() {
    return cli;
  }

  /** Tells whether the adapter speaks the protocol itself: libfuse 2 leaves parts of it out. */
  boolean speaksTheProtocol() {
    return !TRANSPORT.equals("libfuse");
  }

  void mount(String... options) {
    mount(Map.of(), options);
  }

  /** Mounts with more variables in the environment of the daemon. */
  void mount(Map<String, Object> environment, String... options) {
    List<Object> words =
        new ArrayList<>(List.of("mount", root, "--store", store, "--transport=" + TRANSPORT));
    words.addAll(List.of(options));
    Program command = cli.command(words.toArray());
    environment.forEach((variable, value) -> command.with(variable, value.toString()));
    command.run().expect(0);
  }

  void unmount() {
    cli.run("umount", root).expect(0);
  }

  /** Unmounts and mounts again. */
  void restart() {
    unmount();
    mount();
  }

  /** Ends the daemon as a crash would, and returns when it is gone. */
  void kill() throws Exception {
    ProcessHandle daemon =
        daemon().orElseThrow(() -> new AssertionError("no daemon owns " + store));
    daemon.destroyForcibly();
    daemon.onExit().get(1, TimeUnit.MINUTES);
  }

  /** Returns the process that has the store's lock file open, if it is the one that file names. */
  Optional<ProcessHandle> daemon() throws IOException {
    Path lock = store.resolve("lock");
    if (!Files.exists(lock)) {
      return Optional.empty();
    }
    long pid = JSON.readTree(Files.readAllBytes(lock)).path("pid").asLong();
    // After a crash the number may be another process's by now.
    return ProcessHandle.of(pid).filter(process -> hasOpen(process, lock));
  }

  private static boolean hasOpen(ProcessHandle process, Path file) {
    // Descriptors may go while find looks at them.
    String script = "find /proc/\"$1\"/fd -lname \"$2\" 2>/dev/null || true";
    return !Program.script(script, process.pid(), file).run().text().isEmpty();
  }

  /** Returns the store's statistics. */
  JsonNode stats() throws IOException {
    return JSON.readTree(Files.readAllBytes(root.resolve(".unicache/stats")));
  }

  /** Asks the daemon itself what it has served: a command for each look would take long. */
  MountStatistics mountStatistics() throws IOException {
    Path socket = StoreLock.daemonSocket(store).orElseThrow();
    try (CacheService daemon = RemoteService.connect(socket)) {
      return daemon.info().statistics();
    }
  }

  /** As {@link #storedBytes}, without blocks that were needed at the last sync and are not now. */
  long neededBytes() throws IOException {
    try (CacheService daemon = RemoteService.connect(StoreLock.daemonSocket(store).orElseThrow())) {
      daemon.sync();
    }
    return storedBytes();
  }

  /** Returns the bytes of all blocks that are kept. */
  long storedBytes() throws IOException {
    JsonNode bytes = stats().path("storedBytes");
    if (!bytes.isIntegralNumber()) {
      throw new AssertionError("no storedBytes in " + stats());
    }
    return bytes.asLong();
  }

  /** Returns what the packs take on the disk, in bytes. */
  long packBytes() {
    return Long.parseLong(
        Program.script("du -s --block-size=1 \"$1\" | cut -f 1", store.resolve("packs"))
            .run()
            .expect(0)
            .text());
  }

  boolean isMounted() throws IOException {
    return isMountPoint(root);
  }

  /** Tells whether something is mounted at a directory, without touching the directory. */
  static boolean isMountPoint(Path directory) throws IOException {
    String escaped = directory.toString().replace("\\", "\\134").replace(" ", "\\040");
    try (var lines = Files.lines(Path.of("/proc/self/mountinfo"), StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.split(" ", -1)[4].equals(escaped));
    }
  }

  /** Returns the daemon's log, for the messages of tests that fail. */
  String log() {
    return Program.script("tail -n 100 \"$1\"/log/* 2>/dev/null || true", store).run().text();
  }

  @Override
  public void close() throws IOException {
    Result unmounted = isMounted() ? cli.run("umount", root) : null;
    Optional<ProcessHandle> left = daemon();
    left.ifPresent(ProcessHandle::destroyForcibly);
    boolean stayed = isMounted();
    if (stayed) {
      Program.of("fusermount", "-uz", root).run();
    }
    // Never into a mount that would not go.
    Program.of("rm", "-rf", "--one-file-system", home).run();
    if (unmounted != null) {
      unmounted.expect(0);
    }
    if (stayed) {
      throw new AssertionError("the mount stayed");
    }
  }
}

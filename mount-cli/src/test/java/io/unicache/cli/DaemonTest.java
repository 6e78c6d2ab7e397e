package io.unicache.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.cli.CliRunner.Result;
import io.unicache.fs.fuse.mount.MountException;
import io.unicache.store.StoreAccess;
import io.unicache.store.StoreConfig;
import io.unicache.store.StoreLock;
import io.unicache.store.ipc.RemoteService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The daemon with a mount that is none: its socket, its end, and what mount refuses. */
@Timeout(120)
class DaemonTest {

  @TempDir Path directory;
  private final FakeMounter mounter = new FakeMounter();
  private Path store;
  private Path mountPoint;

  @BeforeEach
  void makeDirectories() throws IOException {
    store = directory.resolve("store");
    mountPoint = Files.createDirectory(directory.resolve("mount"));
  }

  private Daemon start() throws IOException {
    return Daemon.start(
        new DaemonOptions(
            store, mountPoint, OptionalInt.of(64 << 10), false, false, Transport.AUTO, true, true),
        mounter);
  }

  private Path socket() {
    return store.resolve("daemon.sock");
  }

  private Result run(String... args) {
    return new CliRunner(
            store,
            // The store's owner is this very process, so the lock file is not to be touched.
            config -> RemoteService.connect(socket()),
            mounter)
        .run(args);
  }

  @Test
  void commandsGoThroughTheSocket() throws IOException {
    Path file = Files.writeString(directory.resolve("f"), "hello");
    try (Daemon daemon = start()) {
      assertEquals("mine\n", run("store", file.toString(), "--id", "mine").out());
      assertEquals("hello", run("retrieve", "mine", "-").out());
      assertTrue(run("info").out().contains("mounted at   " + mountPoint + " (fake)"));
      assertEquals(Main.FAILED, run("retrieve", "other", "-").status());
      assertEquals("removed mine, freed 4.00 KiB (4096 bytes)\n", run("remove", "mine").out());
      daemon.stop();
    }
    assertFalse(Files.exists(socket()));
    StoreAccess.open(StoreConfig.at(store)).close();
  }

  @Test
  void endsWhenItIsUnmounted() throws Exception {
    try (Daemon daemon = start()) {
      mounter.gone.countDown();
      daemon.awaitStop();
    }
    StoreAccess.open(StoreConfig.at(store)).close();
  }

  @Test
  void endsWhenAClientAsksIt() throws Exception {
    try (Daemon daemon = start();
        RemoteService client = RemoteService.connect(socket())) {
      client.shutdown();
      daemon.awaitStop();
    }
  }

  @Test
  void openFilesDoNotKeepItFromEnding() throws IOException {
    mounter.busy = true;
    start().close();
    assertTrue(mounter.lazily);
  }

  @Test
  void aMountThatFailsLeavesTheStoreFree() throws IOException {
    mounter.refusal = new MountException("no fuse here");
    assertEquals("no fuse here", assertThrows(MountException.class, this::start).getMessage());
    StoreAccess.open(StoreConfig.at(store)).close();
    assertEquals(Optional.empty(), StoreLock.daemonSocket(store));
  }

  @Test
  void theMountTableNamesTheStore() throws IOException {
    start().close();
    assertEquals(store.toString(), mounter.options.fsName());
    DaemonOptions both =
        new DaemonOptions(
            store, mountPoint, OptionalInt.empty(), true, true, Transport.AUTO, true, true);
    assertTrue(both.mountOptions().allowOther() && both.mountOptions().readOnly());
  }

  @Test
  void mountInTheForegroundTellsWhereAndEndsWithTheMount() throws Exception {
    Thread unmount =
        new Thread(
            () -> {
              try {
                mounter.mounted.await();
                while (!Files.exists(socket())) {
                  Thread.sleep(10);
                }
                mounter.gone.countDown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    unmount.start();
    Path made = directory.resolve("made/on/the/way");
    Result result = run("mount", "-f", made.toString(), "--block-size=64K");
    unmount.join();
    assertEquals(new Result(Main.DONE, result.out(), ""), result);
    assertTrue(result.out().contains("mounted at   " + made), result.out());
    assertTrue(result.out().contains("store        " + store), result.out());
    assertTrue(result.out().contains("unicache umount " + made), result.out());
  }

  @Test
  void whatCannotBeMountedOnIsRefusedInOneLine() {
    mounter.refusal = new MountException(mountPoint + " is not empty");
    Result result = run("mount", mountPoint.toString());
    assertEquals(
        new Result(Main.FAILED, "", "unicache: " + mountPoint + " is not empty\n"), result);
  }

  @Test
  void umountOfWhatIsNoMountFails() {
    Result result = run("umount", mountPoint.toString());
    assertEquals(Main.FAILED, result.status());
    assertTrue(result.err().contains("is not a mount of UniCache"), result.err());
  }
}

package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreLockTest {

  @TempDir Path store;

  /** Tries to take the lock in a process of its own. */
  static final class Other {
    public static void main(String[] args) throws CacheException {
      try {
        StoreLock.acquire(Path.of(args[0]), 0).close();
        System.exit(0);
      } catch (CacheException.Busy e) {
        System.exit(17);
      }
    }

    private Other() {}
  }

  private boolean anotherProcessCanTakeIt() throws IOException, InterruptedException {
    Path output = Files.createTempFile("unicache-lock", ".out");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Other.class.getName(),
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    String said = Files.readString(output, StandardCharsets.UTF_8);
    Files.delete(output);
    assertTrue(process.exitValue() == 0 || process.exitValue() == 17, said);
    return process.exitValue() == 0;
  }

  @Test
  void neitherReadingItNorTryingToTakeItLetsItGo() throws Exception {
    try (StoreLock lock = StoreLock.acquire(store, 0)) {
      lock.publishSocket(store);
      assertEquals(Optional.of(store), StoreLock.daemonSocket(store));
      assertEquals(Optional.of(ProcessHandle.current().pid()), StoreLock.ownerPid(store));
      CacheException busy =
          assertThrows(CacheException.Busy.class, () -> StoreLock.acquire(store, 0).close());
      assertTrue(busy.getMessage().contains("process " + ProcessHandle.current().pid()));
      assertEquals(false, anotherProcessCanTakeIt(), "the lock still holds");
    }
    assertEquals(true, anotherProcessCanTakeIt(), "it was let go");
  }

  @Test
  void theSameStoreByAnotherPathIsTheSame() throws Exception {
    Path link = Files.createSymbolicLink(store.resolve("link"), store);
    try (StoreLock lock = StoreLock.acquire(store, 0)) {
      assertThrows(CacheException.Busy.class, () -> StoreLock.acquire(link, 0).close());
      lock.publishSocket(store);
      assertEquals(Optional.of(store), StoreLock.daemonSocket(link));
    }
  }

  @Test
  void nobodyHoldsItAfterwards() throws Exception {
    StoreLock.acquire(store, 0).close();
    assertEquals(Optional.empty(), StoreLock.ownerPid(store));
    assertEquals(Optional.empty(), StoreLock.daemonSocket(store.resolve("none")));
    StoreLock.acquire(store, 0).close();
  }

  @Test
  void anOwnerThatDidNotGiveItBackIsNoticed() throws Exception {
    StoreLock first = StoreLock.acquire(store, 0);
    assertFalse(first.followsCrash());
    first.close();
    Files.writeString(store.resolve("lock"), "{\"pid\":1}");
    try (StoreLock second = StoreLock.acquire(store, 0)) {
      assertTrue(second.followsCrash());
    }
    try (StoreLock third = StoreLock.acquire(store, 0)) {
      assertFalse(third.followsCrash());
    }
  }

  /** The disk has moved, or the host has another name. */
  @Test
  void onADiskOfThisHostALockOfAnotherIsTakenOver() throws Exception {
    Files.writeString(store.resolve("lock"), "{\"pid\":1,\"host\":\"elsewhere\"}");
    try (StoreLock lock = StoreLock.acquire(store, 0, "ext4")) {
      assertTrue(lock.followsCrash());
    }
  }

  @Test
  void onANetworkFileSystemItIsNot() throws Exception {
    String theirs = "{\"pid\":1,\"host\":\"elsewhere\",\"socket\":\"/x\"}";
    Files.writeString(store.resolve("lock"), theirs);
    CacheException refused =
        assertThrows(CacheException.Busy.class, () -> StoreLock.acquire(store, 0, "nfs4").close());
    assertTrue(refused.getMessage().contains("elsewhere"), refused.getMessage());
    assertTrue(refused.getMessage().contains("nfs4"), refused.getMessage());
    assertEquals(theirs, Files.readString(store.resolve("lock")), "it is as it was");
    Files.delete(store.resolve("lock"));
    StoreLock.acquire(store, 0, "nfs4").close();
    StoreLock.acquire(store, 0, "nfs4").close();
  }

  @Test
  void onANetworkFileSystemACrashOfThisHostIsTakenOver() throws Exception {
    StoreLock crashed = StoreLock.acquire(store, 0, "nfs4");
    crashed.keepMark();
    crashed.close();
    assertTrue(Files.size(store.resolve("lock")) > 0);
    try (StoreLock lock = StoreLock.acquire(store, 0, "nfs4")) {
      assertTrue(lock.followsCrash());
    }
  }

  @Test
  void aLockThatIsALinkIsNotFollowed() throws Exception {
    Path target = Files.writeString(store.resolve("target"), "precious");
    Files.createSymbolicLink(store.resolve("lock"), target);
    assertThrows(CacheException.Storage.class, () -> StoreLock.acquire(store, 0).close());
    assertEquals("precious", Files.readString(target));
  }

  @Test
  void aStoreThatCannotBeLockedIsNotTakenForHeld() {
    Path none = store.resolve("none");
    assertThrows(CacheException.Storage.class, () -> StoreLock.acquire(none, 0).close());
    assertThrows(CacheException.Storage.class, () -> StoreLock.acquire(none, 0).close());
  }
}

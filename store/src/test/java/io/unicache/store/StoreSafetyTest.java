package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store is its user's alone. */
class StoreSafetyTest {

  @TempDir Path temporary;

  private StoreConfig config() {
    return StoreConfig.at(temporary.resolve("deep/store"));
  }

  private Path store() {
    return config().directory();
  }

  private String permissions() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(store()));
  }

  @Test
  void onlyItsUserMayEnterIt() throws IOException {
    Store.open(config()).close();
    assertEquals("rwx------", permissions());
    Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Store.open(config()).close();
    assertEquals("rwx------", permissions());
  }

  @Test
  void aDirectoryThatWasThereBeforeIsClosedToOthers() throws IOException {
    Files.createDirectories(store());
    Files.setPosixFilePermissions(store(), PosixFilePermissions.fromString("rwxrwxr-x"));
    Store.open(config()).close();
    assertEquals("rwx------", permissions());
  }

  @Test
  void anotherUsersStoreIsRefused() throws IOException {
    assumeTrue(isRoot(), "only root can give files away");
    Store.open(config()).close();
    Files.setAttribute(store().resolve("store.json"), "unix:uid", 12345);
    List<String> before = listing();
    CacheException refused =
        assertThrows(CacheException.InvalidArgument.class, () -> Store.open(config()));
    assertTrue(refused.getMessage().contains("belongs to user 12345"), refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"));
    assertEquals(before, listing(), "nothing was made or changed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lock",
        "store.json",
        "packs",
        "meta",
        "staging",
        "log",
        "files",
        "reserve",
        "packs/00000009.pack",
        "packs/00000009.index",
        "staging/7.journal",
        "log/daemon.log",
        "meta/LOCK"
      })
  void nothingInItIsALink(String name) throws IOException {
    Store.open(config()).close();
    Path elsewhere = Files.createDirectories(temporary.resolve("elsewhere"));
    Path target = elsewhere.resolve("target");
    Path link = store().resolve(name);
    Files.createDirectories(link.getParent());
    if (Files.exists(link)) {
      Files.move(link, target);
    } else {
      Files.writeString(target, "precious");
    }
    Files.createSymbolicLink(link, target);
    CacheException refused =
        assertThrows(CacheException.InvalidArgument.class, () -> Store.open(config()));
    assertTrue(refused.getMessage().contains("symbolic link"), refused.getMessage());
    assertThrows(
        CacheException.InvalidArgument.class, () -> StoreDirectory.requireStoreOrRoom(store()));
    if (Files.isRegularFile(target) && Files.size(target) == 8) {
      assertEquals("precious", Files.readString(target));
    }
    Files.delete(link);
  }

  @Test
  void theStoreItselfMayBeReachedByALink() throws IOException {
    Store.open(config()).close();
    Path link = Files.createSymbolicLink(temporary.resolve("link"), store());
    Store.open(StoreConfig.at(link)).close();
  }

  private static boolean isRoot() throws IOException {
    return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
  }

  private List<String> listing() throws IOException {
    try (var all = Files.walk(store())) {
      return all.map(path -> path + " " + path.toFile().length()).sorted().toList();
    }
  }
}

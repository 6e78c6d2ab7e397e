package io.unicache.store.os;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class DirectoriesTest {

  @TempDir Path directory;

  @Test
  void directoriesCanBeSynced() throws CacheException {
    Directories.sync(directory);
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aMissingDirectoryIsNamed() {
    Path missing = directory.resolve("missing");
    CacheException e = assertThrows(CacheException.Storage.class, () -> Directories.sync(missing));
    assertTrue(e.getMessage().contains(missing.toString()), e.getMessage());
  }
}

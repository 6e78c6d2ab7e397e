package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Keeps a store whose metadata is lost from being opened as an empty one: the database would be
 * made anew, and all blocks would seem to be of no use.
 */
final class LostMetadata {

  private LostMetadata() {}

  /**
   * Throws Corrupt if a store has blocks or rows, but not the file that a database begins with. A
   * creation that was cut short has neither.
   */
  static void refuse(Path store) throws CacheException {
    Path meta = store.resolve("meta");
    if (!Files.exists(meta.resolve("CURRENT"))
        && (has(meta, "*.sst") || has(store.resolve("packs"), "*.pack"))) {
      throw new CacheException.Corrupt(
          meta
              + " is not complete: CURRENT is missing; restore "
              + meta
              + " from a backup (the blocks in packs/ are untouched)");
    }
  }

  private static boolean has(Path directory, String pattern) throws CacheException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, pattern)) {
      return files.iterator().hasNext();
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw CacheException.of("looking into " + directory, e);
    }
  }
}

package io.unicache.store;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The names of what is in a store's directory. */
final class StoreParts {

  static final String PACKS = "packs";
  static final String META = "meta";
  static final String LEDGER = "ledger";
  static final String STAGING = "staging";
  static final String RESERVE = "reserve";

  private StoreParts() {}

  /**
   * Throws Corrupt if the metadata has gone: made anew, with nothing in it, it would have every
   * block deleted as one that nobody needs.
   */
  static void requireMetadata(Path store) throws CacheException {
    if (MetaStore.exists(store.resolve(META))
        || (isEmpty(store.resolve(PACKS)) && isEmpty(store.resolve(LEDGER)))) {
      return;
    }
    throw new CacheException.Corrupt(
        "the metadata of the store "
            + store
            + " is gone ("
            + store.resolve(META)
            + "); `unicache check --repair` restores it");
  }

  private static boolean isEmpty(Path directory) throws CacheException {
    if (!Files.exists(directory)) {
      return true;
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      return !children.iterator().hasNext();
    } catch (IOException e) {
      throw CacheException.of("listing " + directory, e);
    }
  }
}

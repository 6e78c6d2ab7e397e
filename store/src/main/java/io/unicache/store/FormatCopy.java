package io.unicache.store;

import io.unicache.store.check.Finding;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The copy of store.json in the metadata, so that the file can be made anew. */
final class FormatCopy {

  private static final String STATE = "store.json";

  private FormatCopy() {}

  /** Keeps a copy, unless there is one. */
  static void keep(Path directory, MetaStore meta) throws CacheException {
    byte[] copy = StoreFormat.bytes(directory);
    if (!Arrays.equals(meta.state(STATE).orElse(null), copy)) {
      meta.update(
          transaction -> {
            transaction.putState(STATE, copy);
            return List.of();
          });
    }
  }

  /** Makes store.json anew if it cannot be read; returns what was wrong with it. */
  static List<Finding> restore(Path directory) throws CacheException {
    String problem = "it is missing";
    if (StoreFormat.exists(directory)) {
      try {
        StoreFormat.read(directory);
        return List.of();
      } catch (CacheException.Corrupt | CacheException.Version e) {
        problem = e.getMessage();
      }
    }
    StoreParts.requireMetadata(directory);
    try (MetaStore meta = MetaStore.open(directory.resolve(StoreParts.META))) {
      byte[] copy =
          meta.state(STATE)
              .orElseThrow(
                  () ->
                      new CacheException.Corrupt(
                          directory + " has no copy of store.json; put the file back by hand"));
      StoreFormat.restore(directory, copy);
    }
    StoreFormat.read(directory); // A version that is too new stays refused.
    return List.of(
        new Finding(Finding.Kind.STATE, "store.json", List.of(), problem, Finding.State.REPAIRED));
  }
}

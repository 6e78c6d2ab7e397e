package io.unicache.store;

import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.StoredFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds files by what people call them: custom ID, content ID, an abbreviation of one, or a path.
 * Safe for use by many threads.
 */
final class FileFinder {

  /** Candidates that an ambiguous abbreviation is explained with. */
  private static final int SHOWN = 3;

  /**
   * What was found: exactly one of the three.
   *
   * @param stored a file kept under an ID of its own
   * @param content a content that some file has
   * @param inode a file in the tree
   */
  record Match(
      Optional<StoredFile> stored, Optional<ManifestEntry> content, Optional<Inode> inode) {}

  private final Store store;

  FileFinder(Store store) {
    this.store = store;
  }

  /**
   * Finds a file.
   *
   * @throws CacheException.Missing if there is none
   * @throws CacheException.InvalidArgument if an abbreviation is ambiguous
   */
  Match find(String idOrPath) throws CacheException {
    if (idOrPath.isEmpty()) {
      throw new CacheException.InvalidArgument("an ID or path cannot be empty");
    }
    if (!idOrPath.startsWith("/")) {
      Optional<Match> byId = findById(idOrPath);
      if (byId.isPresent()) {
        return byId.get();
      }
    }
    return new Match(Optional.empty(), Optional.empty(), Optional.of(resolve(idOrPath)));
  }

  private Optional<Match> findById(String id) throws CacheException {
    Optional<StoredFile> stored = store.meta().storedFile(id);
    if (stored.isPresent()) {
      return Optional.of(new Match(stored, Optional.empty(), Optional.empty()));
    }
    if (!ContentId.isPrefix(id)) {
      return Optional.empty();
    }
    Optional<ManifestEntry> content = findContent(id);
    if (content.isEmpty()) {
      return Optional.empty();
    }
    stored = store.meta().storedFile(content.get().id().toString());
    return Optional.of(
        stored.isPresent()
            ? new Match(stored, Optional.empty(), Optional.empty())
            : new Match(Optional.empty(), content, Optional.empty()));
  }

  private Optional<ManifestEntry> findContent(String prefix) throws CacheException {
    List<ManifestEntry> found = new ArrayList<>();
    store
        .meta()
        .forEachManifest(
            prefix,
            entry -> {
              found.add(entry);
              return found.size() <= SHOWN;
            });
    if (found.size() > 1) {
      throw new CacheException.InvalidArgument(
          "'"
              + prefix
              + "' abbreviates several content IDs, such as "
              + found.get(0).id()
              + " and "
              + found.get(1).id()
              + "; give more digits");
    }
    return found.stream().findFirst();
  }

  private Inode resolve(String path) throws CacheException {
    try {
      return store.tree().resolve(path);
    } catch (CacheException.Namespace e) {
      switch (e.reason()) {
        case NOT_FOUND, NOT_A_DIRECTORY, NAME_TOO_LONG ->
            throw new CacheException.Missing(
                "no file has the ID or path '"
                    + path
                    + "'; `unicache ls` and `unicache ls --ids` list them");
        default -> throw e;
      }
    }
  }
}

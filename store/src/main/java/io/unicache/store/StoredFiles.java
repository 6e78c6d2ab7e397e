package io.unicache.store;

import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.StoredFile;
import io.unicache.store.meta.Timestamp;
import java.time.Clock;
import java.util.Optional;
import java.util.regex.Pattern;

/** The files that are kept under an ID, apart from the tree. Safe for use by many threads. */
final class StoredFiles {

  private static final int MAX_ID_LENGTH = 255;
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private final MetaStore meta;
  private final Clock clock;

  StoredFiles(MetaStore meta, Clock clock) {
    this.meta = meta;
    this.clock = clock;
  }

  /** Throws InvalidArgument unless a custom ID is possible and free for a content. */
  void check(String id, ContentId content, boolean replace) throws CacheException {
    boolean controls = id.chars().anyMatch(c -> c == '/' || c < ' ' || c == 0x7f);
    if (id.isEmpty() || id.length() > MAX_ID_LENGTH || controls || id.startsWith(".")) {
      throw new CacheException.InvalidArgument(
          "'"
              + id
              + "' cannot be an ID: it must have 1 to "
              + MAX_ID_LENGTH
              + " characters, without '/' and control characters, and not begin with '.'");
    }
    if (HASH.matcher(id).matches() && !id.equals(content.toString())) {
      throw new CacheException.InvalidArgument(
          "'" + id + "' looks like the content ID of another file; choose another ID");
    }
    checkFree(id, meta.storedFile(id), content, replace);
  }

  private static void checkFree(
      String id, Optional<StoredFile> old, ContentId content, boolean replace)
      throws CacheException {
    if (!replace && old.isPresent() && !old.get().content().equals(content)) {
      throw new CacheException.InvalidArgument(
          "ID '" + id + "' names other content already; remove it first, or say --replace");
    }
  }

  /** Keeps a content under an ID; its blocks are pinned or in the table. */
  void put(String id, Content content, String name, String source, boolean replace)
      throws CacheException {
    meta.update(
        transaction -> {
          Optional<StoredFile> old = transaction.storedFile(id);
          checkFree(id, old, content.id(), replace);
          transaction.retain(content.id(), content.manifest());
          transaction.replaceStoredFile(id, old);
          transaction.putStoredFile(
              new StoredFile(
                  id, content.id(), content.manifest().size(), name, source, Timestamp.now(clock)));
          return null;
        });
  }

  /** Removes the file of an ID, if there is one. */
  void remove(String id) throws CacheException {
    meta.update(
        transaction -> {
          Optional<StoredFile> old = transaction.storedFile(id);
          if (old.isPresent()) {
            transaction.deleteStoredFile(id);
            transaction.release(old.get().content());
          }
          return null;
        });
  }
}

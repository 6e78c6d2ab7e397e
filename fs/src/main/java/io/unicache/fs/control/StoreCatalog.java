package io.unicache.fs.control;

import io.unicache.store.PinnedReader;
import io.unicache.store.Store;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.StoredFile;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The catalog of a real store. */
final class StoreCatalog implements ContentCatalog {

  private static final Pattern CONTENT_ID = Pattern.compile("[0-9a-f]{64}");

  private final Store store;

  StoreCatalog(Store store) {
    this.store = store;
  }

  @Override
  public Optional<ContentId> find(String id) throws CacheException {
    Optional<ContentId> found =
        CONTENT_ID.matcher(id).matches()
            ? Optional.of(ContentId.parse(id))
            : store.meta().storedFile(id).map(StoredFile::content);
    if (found.isEmpty()) {
      return found;
    }
    return byNumber(ContentCatalog.number(found.get())).filter(found.get()::equals);
  }

  @Override
  public Optional<ContentId> byNumber(long number) throws CacheException {
    List<ContentId> found = new ArrayList<>(1);
    scan(digits(number), found, 1);
    return found.stream().findFirst();
  }

  @Override
  public Optional<Manifest> manifest(ContentId id) throws CacheException {
    return store.meta().manifest(id).map(ManifestEntry::manifest);
  }

  @Override
  public List<String> customIds() throws CacheException {
    List<String> ids = new ArrayList<>();
    store
        .meta()
        .forEachStoredFile(
            file -> {
              if (!CONTENT_ID.matcher(file.id()).matches()) {
                ids.add(file.id());
              }
              return true;
            });
    return ids;
  }

  /**
   * Goes on behind a number with nothing but prefixes: first what shares all digits but the last
   * and has a greater one there, then all but the last two, and so on.
   */
  @Override
  public List<ContentId> behind(long number, int limit) throws CacheException {
    List<ContentId> found = new ArrayList<>();
    if (number < 0) {
      scan("", found, limit);
      return found;
    }
    String digits = digits(number);
    for (int shared = NUMBER_DIGITS - 1; shared >= 0; shared--) {
      int digit = Character.digit(digits.charAt(shared), 16);
      for (int greater = digit + 1; greater < 16 && found.size() < limit; greater++) {
        scan(digits.substring(0, shared) + Character.forDigit(greater, 16), found, limit);
      }
    }
    return found;
  }

  @Override
  public ContentSource open(ContentId id) throws CacheException {
    PinnedReader pinned = store.pinnedReader(id);
    return new ContentSource() {
      @Override
      public int read(long offset, ByteBuffer into) throws CacheException {
        return pinned.reader().read(offset, into);
      }

      @Override
      public void close() throws CacheException {
        pinned.close();
      }
    };
  }

  private void scan(String prefix, List<ContentId> found, int limit) throws CacheException {
    store
        .meta()
        .forEachManifest(
            prefix,
            row -> {
              boolean sharesNumber =
                  !found.isEmpty()
                      && ContentCatalog.number(found.get(found.size() - 1))
                          == ContentCatalog.number(row.id());
              if (!sharesNumber) {
                found.add(row.id());
              }
              return found.size() < limit;
            });
  }

  private static String digits(long number) {
    return String.format("%0" + NUMBER_DIGITS + "x", number);
  }
}

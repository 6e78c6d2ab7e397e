package io.unicache.store.check;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Fetches damaged blocks from where their files were downloaded. A source that fails once is not
 * asked again. Used by one thread.
 */
final class SourceCopies implements BlockRestore.Source {

  /** Where the tree keeps the URL that a file was downloaded from. */
  private static final String SOURCE_ATTRIBUTE = "user.unicache.source";

  private static final System.Logger LOG = System.getLogger(SourceCopies.class.getName());

  private final MetaStore meta;
  private final RangeFetcher fetcher;

  SourceCopies(MetaStore meta, RangeFetcher fetcher) {
    this.meta = meta;
    this.fetcher = fetcher;
  }

  @Override
  public void search(BlockRestore.Wanted wanted) throws CacheException {
    try (MetaSnapshot snapshot = meta.snapshot()) {
      for (Map.Entry<ContentId, String> source : sources(snapshot).entrySet()) {
        if (!wanted.isEmpty()) {
          Optional<Manifest> manifest = snapshot.manifest(source.getKey()).map(m -> m.manifest());
          if (manifest.isPresent()) {
            fetch(manifest.get(), source.getValue(), wanted);
          }
        }
      }
    }
  }

  /** Returns the URLs of all contents that were downloaded: one string each. */
  private static Map<ContentId, String> sources(MetaSnapshot snapshot) throws CacheException {
    Map<ContentId, String> sources = new HashMap<>();
    snapshot.storedFiles(
        file -> {
          if (!file.source().isEmpty()) {
            sources.putIfAbsent(file.content(), file.source());
          }
          return true;
        });
    Name attribute = Name.of(SOURCE_ATTRIBUTE);
    snapshot.inodes(
        0,
        inode -> {
          if (inode.content().isPresent()) {
            Optional<byte[]> url = snapshot.attribute(inode.number(), attribute);
            url.ifPresent(
                bytes ->
                    sources.putIfAbsent(
                        inode.content().get(), new String(bytes, StandardCharsets.UTF_8)));
          }
          return true;
        });
    return sources;
  }

  private void fetch(Manifest manifest, String url, BlockRestore.Wanted wanted)
      throws CacheException {
    for (int i = 0; i < manifest.extents() && !wanted.isEmpty(); i++) {
      if (!manifest.isHole(i) && wanted.contains(manifest.hash(i))) {
        int length = (int) manifest.length(i);
        byte[] bytes;
        try {
          bytes = fetcher.fetch(url, manifest.start(i), length);
        } catch (CacheException.Source | CacheException.InvalidArgument e) {
          LOG.log(Level.WARNING, "damaged blocks cannot be fetched anew: {0}", e.getMessage());
          return;
        }
        wanted.offer(bytes, length, url);
      }
    }
  }
}

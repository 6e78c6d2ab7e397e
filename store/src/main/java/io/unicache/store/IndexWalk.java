package io.unicache.store;

import io.unicache.store.CacheService.IndexSink;
import io.unicache.store.CacheService.IndexedBlock;
import io.unicache.store.CacheService.IndexedFile;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks a store for {@link CacheService#index}: all blocks, then the tree, then the stored files.
 */
final class IndexWalk {

  private static final int PAGE = 1000;

  private final Store store;

  IndexWalk(Store store) {
    this.store = store;
  }

  void run(IndexSink sink) throws CacheException {
    store
        .meta()
        .forEachBlock(
            block -> {
              sink.block(
                  new IndexedBlock(
                      block.hash().toString(),
                      block.location().pack(),
                      block.location().offset(),
                      block.location().length(),
                      block.references()));
              return true;
            });
    walk(Inode.ROOT, "", sink);
    store
        .meta()
        .forEachStoredFile(
            file -> {
              sink.file(indexed("id:" + file.id(), file.content()));
              return true;
            });
  }

  private void walk(long directory, String path, IndexSink sink) throws CacheException {
    long cookie = 0;
    List<DirectoryEntry> page;
    do {
      page = store.tree().list(directory, cookie, PAGE);
      for (DirectoryEntry entry : page) {
        cookie = entry.cookie();
        String child = path + "/" + entry.name();
        if (entry.type() == Inode.Type.DIRECTORY) {
          walk(entry.inode(), child, sink);
        } else if (entry.type() == Inode.Type.REGULAR) {
          var inode = store.meta().inode(entry.inode());
          if (inode.isPresent()) { // else it was removed a moment ago
            sink.file(indexed(child, inode.get().content().orElse(Content.EMPTY_ID)));
          }
        }
      }
    } while (page.size() == PAGE);
  }

  private IndexedFile indexed(String name, ContentId content) throws CacheException {
    Manifest manifest =
        store.meta().manifest(content).map(ManifestEntry::manifest).orElse(Manifest.EMPTY);
    List<String> blocks = new ArrayList<>(manifest.extents());
    for (int i = 0; i < manifest.extents(); i++) {
      blocks.add(manifest.isHole(i) ? "hole:" + manifest.length(i) : manifest.hash(i).toString());
    }
    return new IndexedFile(List.of(name), content.toString(), manifest.size(), blocks);
  }
}

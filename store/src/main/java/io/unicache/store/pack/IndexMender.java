package io.unicache.store.pack;

import io.unicache.store.error.CacheException;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Writes the index of a pack anew, after a power cut has taken parts of it: from the records that
 * are left and the block table.
 */
final class IndexMender {

  private final FileLayer files;
  private final PackPaths paths;
  private final UUID store;

  IndexMender(FileLayer files, PackPaths paths, UUID store) {
    this.files = files;
    this.paths = paths;
    this.store = store;
  }

  /**
   * Makes a sound pack of one that lacks records.
   *
   * @param known the blocks that metadata has in it
   * @return null if there is nothing in it, and its files are gone
   */
  Pack mend(Pack pack, List<IndexedBlock> known) throws CacheException {
    try {
      List<IndexedBlock> blocks = new ArrayList<>(known);
      addUnknown(pack, blocks);
      if (blocks.isEmpty() || (known.isEmpty() && !Files.exists(pack.path()))) {
        files.delete(pack.path());
        files.delete(paths.index(pack.number()));
        return null;
      }
      return rewrite(pack, blocks);
    } catch (IOException e) {
      throw CacheException.of("mending " + paths.index(pack.number()), e);
    }
  }

  /** Blocks that only the index knows stay in it: who looks for leaks finds them there. */
  private void addUnknown(Pack pack, List<IndexedBlock> blocks) throws CacheException {
    if (!Files.exists(paths.index(pack.number()))) {
      return;
    }
    LiveBlocks known = new LiveBlocks();
    blocks.forEach(block -> known.add(block.location()));
    pack.forEachLive(
        block -> {
          if (known.add(block.location())) {
            blocks.add(block);
          }
        });
  }

  private Pack rewrite(Pack pack, List<IndexedBlock> blocks) throws IOException {
    IndexHeader header = new IndexHeader(pack.number(), store, pack.mendedRole());
    return new Pack(
        header, files, paths, IndexRewrite.write(files, paths, header, blocks, pack.tail()));
  }
}

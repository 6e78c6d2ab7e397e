package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Writes the index of a pack anew, after a power cut has taken parts of it: from the records that
 * are left and the block table. The new file takes the old one's place in one step.
 */
final class IndexMender {

  private static final int BUFFER_BYTES = 1024 * IndexRecord.BYTES;

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
    Path temporary = paths.newIndex(pack.number());
    files.delete(temporary);
    IndexHeader header = new IndexHeader(pack.number(), store, pack.mendedRole());
    PackState state = new PackState();
    state.tail = pack.tail();
    try (PackFile index = files.open(temporary, FileLayer.Mode.CREATE)) {
      index.writeFully(header.encode(), 0);
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      for (IndexedBlock block : blocks) {
        BlockLocation location = block.location();
        buffer.put(IndexRecord.block(block.hash(), location).encode());
        state.live.add(location);
        state.tail = Math.max(state.tail, location.offset() + location.allocated());
        if (!buffer.hasRemaining()) {
          flush(index, buffer, state);
        }
      }
      flush(index, buffer, state);
      index.force();
    }
    files.replace(temporary, paths.index(pack.number()));
    return new Pack(header, files, paths, state);
  }

  private static void flush(PackFile index, ByteBuffer buffer, PackState state) throws IOException {
    buffer.flip();
    int bytes = buffer.remaining();
    index.writeFully(buffer, state.indexEnd);
    state.indexEnd += bytes;
    buffer.clear();
  }
}

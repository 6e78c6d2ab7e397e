package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes a pack index anew. The old one goes first: a crash in between leaves a pack without an
 * index, which is what a repair knows how to mend.
 */
final class IndexRewrite {

  private static final int RECORDS_AT_ONCE = 1024;

  private IndexRewrite() {}

  /** Returns the state of a pack whose live blocks are these and no others. */
  static PackState write(
      FileLayer files, PackPaths paths, IndexHeader header, List<IndexedBlock> blocks)
      throws IOException {
    files.delete(paths.index(header.pack()));
    PackState state = new PackState();
    try (PackFile index = files.open(paths.index(header.pack()), FileLayer.Mode.CREATE)) {
      index.writeFully(header.encode(), 0);
      ByteBuffer records = ByteBuffer.allocate(RECORDS_AT_ONCE * IndexRecord.BYTES);
      for (IndexedBlock block : blocks) {
        BlockLocation location = block.location();
        records.put(IndexRecord.block(block.hash(), location).encode());
        state.live.add(location);
        state.tail = Math.max(state.tail, location.offset() + location.allocated());
        if (!records.hasRemaining()) {
          append(index, records, state);
        }
      }
      append(index, records, state);
      index.force();
    }
    files.syncDirectory(paths.directory());
    try (PackFile pack = files.open(paths.pack(header.pack()), FileLayer.Mode.READ)) {
      state.tail = Math.max(state.tail, BlockLocation.allocated(pack.size()));
    }
    return state;
  }

  private static void append(PackFile index, ByteBuffer records, PackState state)
      throws IOException {
    records.flip();
    int bytes = records.remaining();
    index.writeFully(records, state.indexEnd);
    state.indexEnd += bytes;
    records.clear();
  }
}

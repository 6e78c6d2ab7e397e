package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** Writes a pack index anew. It takes the place of the old one in one step, once it is durable. */
final class IndexRewrite {

  private static final int RECORDS_AT_ONCE = 1024;

  private IndexRewrite() {}

  /**
   * Returns the state of a pack whose live blocks are these and no others.
   *
   * @param tail where the pack ends at least
   */
  static PackState write(
      FileLayer files, PackPaths paths, IndexHeader header, List<IndexedBlock> blocks, long tail)
      throws IOException {
    Path temporary = paths.newIndex(header.pack());
    files.delete(temporary);
    PackState state = new PackState();
    state.tail = tail;
    try (PackFile index = files.open(temporary, FileLayer.Mode.CREATE)) {
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
    files.replace(temporary, paths.index(header.pack()));
    files.syncDirectory(paths.directory());
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

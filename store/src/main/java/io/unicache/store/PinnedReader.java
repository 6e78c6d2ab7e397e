package io.unicache.store;

import io.unicache.store.block.BlockHash;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockPins;
import io.unicache.store.read.ContentReader;
import java.util.ArrayList;
import java.util.List;

/**
 * A content that is being read though nothing may refer to it any more: its blocks stay until this
 * is closed. Safe for use by many threads, except for closing.
 */
public final class PinnedReader implements AutoCloseable {

  private final ContentReader reader;
  private final BlockPins pins;
  private final List<BlockHash> pinned = new ArrayList<>();

  PinnedReader(ContentReader reader, BlockPins pins) throws CacheException {
    this.reader = reader;
    this.pins = pins;
    boolean complete = false;
    try {
      for (BlockHash block : reader.manifest().blocks()) {
        pins.pin(block);
        pinned.add(block);
      }
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  public ContentReader reader() {
    return reader;
  }

  /** To be called once. */
  @Override
  public void close() throws CacheException {
    pins.unpin(pinned);
  }
}

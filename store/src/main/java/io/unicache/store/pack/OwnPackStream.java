package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/** Appends to a pack that nothing else appends to, made with the first block or hole. */
final class OwnPackStream implements PackSet.PackStream {

  /**
   * Room that is left for zeros, at most: some file systems end files at 4 TiB, and ext4 at 16. A
   * gap that would be more is left out, and the file does not lie in its pack as it is.
   */
  private static final long MAX_GAPS = 2L << 40;

  private final PackSet set;
  private Pack pack;
  private long gaps;
  private boolean closed;

  OwnPackStream(PackSet set) {
    this.set = set;
  }

  @Override
  public BlockLocation append(BlockHash hash, ByteBuffer data) throws CacheException {
    PackSet.requireOpen(closed);
    PackSet.requireBlock(data);
    set.requireRoom(data.remaining());
    Pack own = pack();
    BlockLocation location = own.write(hash, own.reserve(data.remaining()), data);
    set.written(own);
    return location;
  }

  @Override
  public void skip(long bytes) throws CacheException {
    PackSet.requireOpen(closed);
    PackSet.requireLength(bytes);
    if (bytes > 0 && bytes <= MAX_GAPS - gaps) {
      gaps += bytes;
      pack().skip(bytes);
    }
  }

  private Pack pack() throws CacheException {
    if (pack == null) {
      pack = set.createOwn();
    }
    return pack;
  }

  @Override
  public void close() {
    closed = true;
    Pack last = pack;
    pack = null;
    if (last != null) {
      set.detach(last);
    }
  }
}

package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/** Appends to the pack that all small streams share; to the next one when it is full. */
final class SharedPackStream implements PackSet.PackStream {

  private final PackSet set;

  /** The pack that this stream is attached to; null before the first append. */
  private Pack pack;

  private boolean closed;

  SharedPackStream(PackSet set) {
    this.set = set;
  }

  @Override
  public BlockLocation append(BlockHash hash, ByteBuffer data) throws CacheException {
    PackSet.requireOpen(closed);
    PackSet.requireBlock(data);
    set.requireRoom(data.remaining());
    PackSet.Reservation reserved = set.reserveShared(pack, data.remaining());
    pack = reserved.pack();
    BlockLocation location = pack.write(hash, reserved.offset(), data);
    set.written(pack);
    return location;
  }

  @Override
  public void skip(long bytes) {
    PackSet.requireOpen(closed);
    PackSet.requireLength(bytes);
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

package io.unicache.store.download;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Keeps what it is given in memory, and knows whether it was treated as the contract says. */
final class CollectingWriter implements ContentWriter {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  final long expectedBytes;
  long fullAfterBytes = Long.MAX_VALUE;
  boolean finished;
  int closes;

  CollectingWriter(long expectedBytes) {
    this.expectedBytes = expectedBytes;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  @Override
  public void append(ByteBuffer buffer) throws CacheException {
    requireOpen();
    if (size() + buffer.remaining() > fullAfterBytes) {
      throw new CacheException.Full("the disk is full", null);
    }
    byte[] taken = new byte[buffer.remaining()];
    buffer.get(taken);
    bytes.writeBytes(taken);
  }

  @Override
  public void appendZeros(long count) {
    requireOpen();
    bytes.writeBytes(new byte[(int) count]);
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public Content finish() {
    requireOpen();
    finished = true;
    ContentId id = new ContentId(BlockHash.of(new byte[32], 0));
    return new Content(id, Manifest.EMPTY, size());
  }

  @Override
  public void close() {
    closes++;
  }

  private void requireOpen() {
    if (finished || closes > 0) {
      throw new IllegalStateException("this writer is finished or closed");
    }
  }
}

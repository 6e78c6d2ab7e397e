package io.unicache.store.ingest;

import io.unicache.store.block.Manifest;
import io.unicache.store.block.Zeros;
import io.unicache.store.chunk.Chunker;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Cuts a stream into blocks and hands them to a {@link BlockStream}. */
final class ChunkingWriter implements ContentWriter {

  private final BlockStream stream;
  private final Chunker chunker;
  private final BlockBuffers buffers;

  /** In file order: blocks, and holes as their lengths. */
  private final List<Object> extents = new ArrayList<>();

  /** Bytes that have not been cut yet; null if there are none. */
  private byte[] tail;

  private int tailLength;
  private long size;
  private boolean finished;

  /** Whether this stream counts as one that may have a tail. */
  private boolean entered;

  ChunkingWriter(BlockStream stream, Chunker chunker, BlockBuffers buffers) {
    this.stream = stream;
    this.chunker = chunker;
    this.buffers = buffers;
  }

  @Override
  public void append(ByteBuffer bytes) throws CacheException {
    checkOpen();
    while (bytes.hasRemaining()) {
      if (!entered) {
        buffers.enterStream();
        entered = true;
      }
      if (tail == null) {
        tail = buffers.take();
      }
      int n = Math.min(bytes.remaining(), tail.length - tailLength);
      bytes.get(tail, tailLength, n);
      tailLength += n;
      size += n;
      cut(false);
    }
  }

  @Override
  public void appendZeros(long bytes) throws CacheException {
    checkOpen();
    int blockLength = chunker.maxLength();
    long left = bytes;
    while (left > 0) {
      if (tailLength == 0 && left >= blockLength) {
        long whole = left - left % blockLength;
        addHole(whole);
        size += whole;
        left -= whole;
      } else {
        int n = (int) Math.min(left, blockLength - tailLength);
        ByteBuffer zeros = ByteBuffer.allocate(Math.min(n, 64 << 10));
        append(zeros);
        left -= zeros.capacity();
      }
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Content finish() throws CacheException {
    checkOpen();
    finished = true;
    if (tailLength > 0) {
      cut(true);
    }
    leave();
    stream.drain();
    Manifest.Builder manifest = new Manifest.Builder();
    for (Object extent : extents) {
      if (extent instanceof StoredBlock block) {
        manifest.addBlock(block.hash(), block.length());
      } else {
        manifest.addHole((Long) extent);
      }
    }
    return Content.of(manifest.build(), stream.newBytes());
  }

  @Override
  public void close() throws CacheException {
    finished = true;
    leave();
    stream.close();
  }

  private void leave() {
    tail = null;
    if (entered) {
      entered = false;
      buffers.leaveStream();
    }
  }

  private void cut(boolean end) throws CacheException {
    int from = 0;
    int length;
    while (from < tailLength && (length = chunker.cut(tail, from, tailLength - from, end)) > 0) {
      if (from == 0 && length == tailLength) {
        byte[] whole = tail;
        tail = null;
        tailLength = 0;
        add(whole, length);
        return;
      }
      byte[] block = buffers.take();
      System.arraycopy(tail, from, block, 0, length);
      add(block, length);
      from += length;
    }
    if (from > 0) {
      System.arraycopy(tail, from, tail, 0, tailLength - from);
      tailLength -= from;
    }
  }

  private void add(byte[] block, int length) throws CacheException {
    if (Zeros.isZero(block, 0, length)) {
      buffers.give(block);
      addHole(length);
    } else {
      extents.add(stream.submit(block, length));
    }
  }

  private void addHole(long length) {
    extents.add(length);
    stream.skip(length);
  }

  private void checkOpen() {
    if (finished) {
      throw new IllegalStateException("the stream has ended");
    }
  }
}

package io.unicache.store.pack;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Goes through the records of a pack index.
 *
 * <p>A record is 64 bytes on a multiple of 64, so a crash never leaves half of one within a sector.
 * What it does leave at the end is a file whose length is not a whole number of records, or zeros
 * where a page did not reach the disk: that is no damage, those records were never written. Zeros
 * before other records are what a power cut leaves, or damage: who opens the store knows. Anything
 * else that is not a record is damage, wherever it is.
 */
final class IndexScan {

  private static final int BUFFER_BYTES = 1024 * IndexRecord.BYTES;

  /** Told about every record in the order of writing. */
  interface Visitor {
    void record(IndexRecord record) throws CacheException;

    /** Record number {@code index}, from 0, is zeros, but one behind it is not. */
    void missing(long index) throws CacheException;

    /** Record number {@code index}, from 0, cannot be read. */
    void damaged(long index, String problem) throws CacheException;
  }

  private final PackFile file;
  private final int pack;
  private final Visitor visitor;

  /** Zero records seen since the last other one. */
  private long zeros;

  private IndexScan(PackFile file, int pack, Visitor visitor) {
    this.file = file;
    this.pack = pack;
    this.visitor = visitor;
  }

  /**
   * Visits the records below {@code limit}.
   *
   * @return where the next record is to be written: behind the last one that is not zeros
   */
  static long scan(PackFile file, int pack, long limit, Visitor visitor) throws IOException {
    return new IndexScan(file, pack, visitor).scan(limit);
  }

  private long scan(long limit) throws IOException {
    long records = Math.max(0, limit - IndexHeader.BYTES) / IndexRecord.BYTES;
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long index = 0;
    while (index < records) {
      long left = (records - index) * IndexRecord.BYTES;
      buffer.clear().limit((int) Math.min(left, BUFFER_BYTES));
      file.readFully(buffer, positionOf(index));
      buffer.flip();
      while (buffer.hasRemaining()) {
        visit(index++, buffer);
      }
    }
    return positionOf(records - zeros);
  }

  private void visit(long index, ByteBuffer buffer) throws CacheException {
    if (isZero(buffer)) {
      buffer.position(buffer.position() + IndexRecord.BYTES);
      zeros++;
      return;
    }
    for (; zeros > 0; zeros--) {
      visitor.missing(index - zeros);
    }
    IndexRecord record;
    try {
      record = IndexRecord.decode(buffer, pack);
    } catch (CacheException.Corrupt e) {
      visitor.damaged(index, e.getMessage());
      return;
    }
    visitor.record(record);
  }

  /** Tells whether the next 64 bytes are zeros. */
  static boolean isZero(ByteBuffer buffer) {
    long bits = 0;
    for (int i = 0; i < IndexRecord.BYTES; i += Long.BYTES) {
      bits |= buffer.getLong(buffer.position() + i);
    }
    return bits == 0;
  }

  private static long positionOf(long index) {
    return IndexHeader.BYTES + index * IndexRecord.BYTES;
  }
}

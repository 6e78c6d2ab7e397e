package io.unicache.store.ledger;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.LedgerRecord.Kind;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads one file, up to the first record that is not sound. */
final class LedgerReader {

  /** Receives rows in the order in which they were appended. */
  @FunctionalInterface
  interface RowVisitor {
    void visit(LedgerRow row) throws CacheException;
  }

  /**
   * What a file holds.
   *
   * @param sound bytes up to the end of the last sound record; 0 if the header is not
   * @param length bytes of the file
   * @param durable the last sequence that was said to be durable, 0 if none
   * @param last kind of the last sound record, null if there is none
   * @param sequence of the last sound record, 0 if there is none
   */
  record Summary(long sound, long length, long durable, Kind last, long sequence) {

    /** Tells whether nothing was cut off or damaged. */
    boolean isSound() {
      return sound == length && sound > 0;
    }
  }

  private static final int BUFFER_BYTES = 256 << 10;

  private LedgerReader() {}

  /**
   * Visits all rows.
   *
   * @throws CacheException.Version if a later version wrote the file
   */
  static Summary read(Path path, LedgerHeader header, RowVisitor visitor) throws CacheException {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES))) {
      long length = Files.size(path);
      ByteBuffer first = ByteBuffer.wrap(in.readNBytes(LedgerHeader.BYTES));
      if (!header.isIn(first)) {
        refuseLaterVersion(path, first);
        return new Summary(0, length, 0, null, 0);
      }
      return readRecords(in, length, visitor);
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
  }

  private static void refuseLaterVersion(Path path, ByteBuffer first) throws CacheException {
    int version = LedgerHeader.versionIn(first);
    if (version > LedgerHeader.VERSION) {
      throw new CacheException.Version(
          path
              + " has format version "
              + version
              + ", this UniCache reads "
              + LedgerHeader.VERSION
              + "; use the newer version that wrote it");
    }
  }

  private static Summary readRecords(DataInputStream in, long length, RowVisitor visitor)
      throws IOException {
    long sound = LedgerHeader.BYTES;
    long durable = 0;
    Kind last = null;
    long sequence = 0;
    while (true) {
      ByteBuffer record = readRecord(in, length - sound);
      if (record == null) {
        return new Summary(sound, length, durable, last, sequence);
      }
      LedgerRecord head = LedgerRecord.get(record);
      if (head.kind() == Kind.ROWS && !visit(record, visitor)) {
        return new Summary(sound, length, durable, last, sequence);
      }
      if (head.kind() == Kind.DURABLE || head.kind() == Kind.CLOSED) {
        durable = head.sequence();
      }
      last = head.kind();
      sequence = head.sequence();
      sound += record.capacity();
    }
  }

  /** Returns a sound record, or null at the end of what is sound. */
  private static ByteBuffer readRecord(DataInputStream in, long left) throws IOException {
    if (left < LedgerRecord.BYTES) {
      return null;
    }
    byte[] headBytes = in.readNBytes(LedgerRecord.BYTES);
    if (headBytes.length < LedgerRecord.BYTES) {
      return null;
    }
    LedgerRecord head = LedgerRecord.get(ByteBuffer.wrap(headBytes));
    // Before room is made for it: the length may be damaged.
    if (head == null || head.length() > left - LedgerRecord.BYTES) {
      return null;
    }
    ByteBuffer record = ByteBuffer.allocate(LedgerRecord.BYTES + head.length());
    record.put(headBytes);
    try {
      in.readFully(record.array(), LedgerRecord.BYTES, head.length());
    } catch (EOFException e) {
      return null;
    }
    return head.isSound(record) ? record : null;
  }

  private static boolean visit(ByteBuffer record, RowVisitor visitor) throws CacheException {
    ByteBuffer rows = record.slice(LedgerRecord.BYTES, record.capacity() - LedgerRecord.BYTES);
    while (rows.hasRemaining()) {
      LedgerRow row;
      try {
        row = LedgerRow.get(rows);
      } catch (BufferUnderflowException e) {
        return false; // It has its checksum, so whoever wrote it was wrong.
      }
      visitor.visit(row);
    }
    return true;
  }
}

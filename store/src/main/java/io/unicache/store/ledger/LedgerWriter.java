package io.unicache.store.ledger;

import io.unicache.store.ledger.LedgerRecord.Kind;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Appends to one file. A stream, not a channel: an interrupted thread would close that. Not
 * thread-safe, but for {@link #force}.
 */
final class LedgerWriter implements AutoCloseable {

  private static final int USUAL_BYTES = 8 << 10;

  private final Path path;
  private final FileOutputStream out;
  private ByteBuffer buffer = ByteBuffer.allocate(USUAL_BYTES);
  private long length;

  /** Makes the file, over one that is there, or goes on with one that is sound to its end. */
  static LedgerWriter create(Path path, LedgerHeader header) throws IOException {
    LedgerWriter writer = new LedgerWriter(path, false);
    writer.write(header.encode());
    return writer;
  }

  static LedgerWriter goOn(Path path) throws IOException {
    LedgerWriter writer = new LedgerWriter(path, true);
    writer.length = writer.out.getChannel().size();
    return writer;
  }

  private LedgerWriter(Path path, boolean append) throws IOException {
    this.path = path;
    this.out = new FileOutputStream(path.toFile(), append);
  }

  Path path() {
    return path;
  }

  /** Returns the length of the file in bytes. */
  long length() {
    return length;
  }

  /** Appends rows as one record: all of them count, or none. */
  void rows(Collection<LedgerRow> rows, long sequence) throws IOException {
    int bytes = 0;
    for (LedgerRow row : rows) {
      bytes = Math.addExact(bytes, row.bytes());
    }
    ByteBuffer record = room(Math.addExact(LedgerRecord.BYTES, bytes));
    record.position(LedgerRecord.BYTES);
    for (LedgerRow row : rows) {
      row.put(record);
    }
    new LedgerRecord(Kind.ROWS, bytes, sequence).seal(record);
    write(record.flip());
  }

  /** Appends a record that is a head only. */
  void mark(Kind kind, long sequence) throws IOException {
    ByteBuffer record = room(LedgerRecord.BYTES);
    new LedgerRecord(kind, 0, sequence).seal(record);
    write(record);
  }

  /** Makes everything durable that was appended before. */
  void force() throws IOException {
    out.getFD().sync();
  }

  private ByteBuffer room(int bytes) {
    if (bytes > buffer.capacity()) {
      // Seldom: a large one is used for one record and given up.
      return ByteBuffer.allocate(bytes);
    }
    return buffer.clear().limit(bytes);
  }

  private void write(ByteBuffer bytes) throws IOException {
    out.write(bytes.array(), bytes.arrayOffset(), bytes.limit());
    length += bytes.limit();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}

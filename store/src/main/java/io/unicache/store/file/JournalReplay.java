package io.unicache.store.file;

import io.unicache.store.block.ByteRange;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.JournalRecord.Kind;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.meta.Timestamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Reads what a {@link Journal} has kept. It counts up to its last mark with nothing damaged before
 * it: what follows was being written when the crash came.
 */
final class JournalReplay implements AutoCloseable {

  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(JournalRecord.BYTES + JournalRecord.MAX_COUNT);

  /** The last mark that counts; null if none does. */
  private final JournalRecord mark;

  private final long end;

  /** Opens a journal and looks how much of it counts. */
  static JournalReplay open(Path path, JournalEntry entry) throws CacheException {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return new JournalReplay(path, channel, entry);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
  }

  private JournalReplay(Path path, FileChannel channel, JournalEntry entry)
      throws IOException, CacheException {
    this.path = path;
    this.channel = channel;
    JournalRecord last = null;
    long lastEnd = 0;
    int run = 0;
    JournalRecord record = readAt(0);
    if (record != null && !isHeadOf(record, entry)) {
      throw new CacheException.Corrupt(
          path + " is not journal " + entry.number() + " of inode " + entry.inode());
    }
    for (long at = 0; record != null; record = readAt(at)) {
      boolean begins = at == lastEnd;
      if (!begins && record.sequence() != run) {
        break;
      }
      run = record.sequence();
      at += JournalRecord.BYTES + record.count();
      if (record.kind() == Kind.MARK) {
        last = record;
        lastEnd = at;
      }
    }
    mark = last;
    end = lastEnd;
  }

  private static boolean isHeadOf(JournalRecord record, JournalEntry entry) {
    return record.kind() == Kind.HEAD
        && record.first() == entry.inode()
        && record.second() == entry.number();
  }

  /** Reads a whole record into the buffer; null if there is no sound one. */
  private JournalRecord readAt(long at) throws IOException {
    buffer.clear().limit(JournalRecord.BYTES);
    if (!fill(at)) {
      return null;
    }
    JournalRecord record = JournalRecord.get(buffer, 0);
    if (record == null) {
      return null;
    }
    buffer.limit(JournalRecord.BYTES + record.count());
    return fill(at + JournalRecord.BYTES) && record.isSound(buffer, 0) ? record : null;
  }

  private boolean fill(long from) throws IOException {
    long at = from;
    while (buffer.hasRemaining()) {
      int n = channel.read(buffer, at);
      if (n < 0) {
        return false;
      }
      at += n;
    }
    return true;
  }

  /** Returns when the content was modified last; empty if nothing in the journal counts. */
  Optional<Timestamp> modified() {
    return Optional.ofNullable(mark).map(m -> new Timestamp(m.first(), m.nanos()));
  }

  /** Returns the bytes that do not count. */
  ByteRange rest() throws CacheException {
    try {
      return new ByteRange(end, channel.size() - end);
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
  }

  /** Makes a committed content what it was at the last mark. */
  void applyTo(MutableContent content) throws CacheException {
    try {
      for (long at = 0; at < end; ) {
        JournalRecord record = readAt(at);
        if (record == null) {
          throw new CacheException.Corrupt(path + " has changed while it was read");
        }
        apply(record, content);
        at += JournalRecord.BYTES + record.count();
      }
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
    if (mark != null && content.size() != mark.second()) {
      throw new CacheException.Corrupt(
          path + " leads to " + content.size() + " bytes instead of " + mark.second());
    }
  }

  private void apply(JournalRecord record, MutableContent content) throws CacheException {
    switch (record.kind()) {
      case HEAD, MARK -> {}
      case RESIZE -> content.truncate(record.first());
      case DATA -> content.write(record.first(), buffer.position(JournalRecord.BYTES));
      case ZEROS -> content.zero(record.first(), record.first() + record.second());
    }
  }

  @Override
  public void close() throws CacheException {
    try {
      channel.close();
    } catch (IOException e) {
      throw CacheException.of("closing " + path, e);
    }
  }
}

package io.unicache.store.file;

import io.unicache.store.block.ByteRange;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.JournalRecord.Kind;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.meta.Timestamp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What was written to an open file since its content was committed, so that it survives a crash
 * before the next commit, at the cost of what was written. Only ever appended to, in runs that each
 * end with a mark: a run without one does not count. Appending is for one thread at a time; {@link
 * #force} and {@link #delete} are for any.
 */
final class Journal {

  /** A journal is written anew when it has this length, and twice that which it began with. */
  private static final long MIN_BLOATED = 64 << 20;

  private final Path path;
  private final JournalEntry entry;
  private final FileChannel channel;

  /** The length of the content, as the records so far leave it. */
  private long size;

  /** Where the next run begins. */
  private volatile long end;

  private int sequence;
  private long bloatedAt = Long.MAX_VALUE;

  /** Held while the file is forced. */
  private final Object forcing = new Object();

  /** How much is durable; written by who is {@link #forcing}. */
  private volatile long forced;

  /** Why it could not be forced: nobody knows what of it is on the disk then. Else null. */
  private volatile IOException failure;

  /** Whether nothing in it counts any more. */
  private volatile boolean retired;

  /**
   * Makes the file.
   *
   * @param size length of the committed content, in bytes
   */
  Journal(Path path, JournalEntry entry, long size) throws CacheException {
    this.path = path;
    this.entry = entry;
    this.size = size;
    try {
      channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw CacheException.of("making " + path, e);
    }
  }

  /**
   * Takes over the journal of an earlier process, which has been replayed. Nothing can be appended:
   * what is to be saved besides goes to a new one.
   */
  static Journal adopt(Path path, JournalEntry entry) throws CacheException {
    try {
      return new Journal(path, entry, FileChannel.open(path, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw CacheException.of("opening " + path, e);
    }
  }

  private Journal(Path path, JournalEntry entry, FileChannel channel) {
    this.path = path;
    this.entry = entry;
    this.channel = channel;
    this.failure = new IOException("it was written by an earlier process");
  }

  Path path() {
    return path;
  }

  JournalEntry entry() {
    return entry;
  }

  /** Tells whether so much of it is out of date that it is better written anew. */
  boolean isBloated() {
    return end >= bloatedAt;
  }

  /** Tells whether it could not be made durable: then nothing can be kept in it any more. */
  boolean isBroken() {
    return failure != null;
  }

  /**
   * Appends a run: what of {@code draft} is in {@code changes}. If this fails nothing is appended.
   */
  void append(Draft draft, Changes changes, Timestamp modified) throws CacheException {
    Run run = new Run(draft, changes);
    try {
      if (end == 0) {
        run.put(Kind.HEAD, 0, entry.inode(), entry.number());
      }
      run.putAll();
      run.put(Kind.MARK, modified.nanos(), modified.seconds(), draft.size());
      run.flush();
    } catch (IOException e) {
      throw CacheException.of("writing " + path, e);
    } finally {
      sequence++; // What a run that failed has left is never taken for a part of the next.
    }
    if (end == 0) {
      bloatedAt = Math.max(MIN_BLOATED, 2 * run.at);
    }
    size = run.size;
    end = run.at;
  }

  /**
   * Makes everything that was appended durable; who appends does not wait for it. Once that has
   * failed it always does, as the system may have dropped what it could not write.
   */
  void force() throws CacheException {
    synchronized (forcing) {
      long target = end;
      if (forced >= target || retired) {
        return;
      }
      try {
        if (failure != null) {
          throw failure;
        }
        channel.force(false);
        forced = target;
      } catch (IOException e) {
        failure = e;
        throw CacheException.of("syncing " + path, e);
      }
    }
  }

  boolean isForced() {
    return forced >= end || retired;
  }

  /** Says that nothing in it counts any more: there is nothing to be forced. */
  void retire() {
    retired = true;
  }

  /** Closes the file and deletes it. */
  void delete() throws CacheException {
    retired = true;
    try {
      synchronized (forcing) {
        channel.close();
      }
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw CacheException.of("removing " + path, e);
    }
  }

  /** Records on their way to the file. */
  private final class Run {
    private static final int SLACK = 16;
    private static final int WORTHWHILE = 4 << 10;
    private final Draft draft;
    private final Changes changes;
    private final ByteBuffer records;

    /** Where the records in the buffer belong. */
    private long at = end;

    private long size = Journal.this.size;

    Run(Draft draft, Changes changes) {
      this.draft = draft;
      this.changes = changes;
      int room = JournalRecord.MAX_COUNT + SLACK * JournalRecord.BYTES;
      long wanted = changes.bytes(room) * 2 + SLACK * JournalRecord.BYTES;
      records = ByteBuffer.allocate((int) Math.min(room, wanted));
    }

    void putAll() throws CacheException, IOException {
      resize(changes.shortest());
      resize(draft.size());
      for (ByteRange range : changes.ranges()) {
        long to = Math.min(range.end(), draft.size());
        for (long from = range.offset(); from < to; ) {
          long data = Math.min(to, draft.nextData(from));
          if (data > from) {
            put(Kind.ZEROS, 0, from, data - from);
            from = data;
          } else {
            from += putData(from, Math.min(to, draft.nextHole(from)) - from);
          }
        }
      }
    }

    private void resize(long to) throws IOException {
      if (to != size) {
        put(Kind.RESIZE, 0, to, 0);
        size = to;
      }
    }

    /** Puts one record of up to {@code most} bytes; returns how many. */
    private int putData(long from, long most) throws CacheException, IOException {
      makeRoom(JournalRecord.BYTES + (int) Math.min(most, WORTHWHILE));
      int start = records.position();
      int room = records.capacity() - start - JournalRecord.BYTES;
      int count = (int) Math.min(most, Math.min(room, JournalRecord.MAX_COUNT));
      records.limit(start + JournalRecord.BYTES + count).position(start + JournalRecord.BYTES);
      draft.read(from, records);
      new JournalRecord(Kind.DATA, count, sequence, 0, from, 0).put(records, start);
      return count;
    }

    void put(Kind kind, int nanos, long first, long second) throws IOException {
      makeRoom(JournalRecord.BYTES);
      int start = records.position();
      records.limit(start + JournalRecord.BYTES).position(start + JournalRecord.BYTES);
      new JournalRecord(kind, 0, sequence, nanos, first, second).put(records, start);
    }

    private void makeRoom(int bytes) throws IOException {
      if (records.capacity() - records.position() < bytes) {
        flush();
      }
    }

    void flush() throws IOException {
      records.flip();
      while (records.hasRemaining()) {
        at += channel.write(records, at);
      }
      records.clear();
    }
  }
}

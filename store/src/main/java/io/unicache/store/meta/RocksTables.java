package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.SstFileReader;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** The database: rows of bytes in families. Safe for use by many threads, apart from closing. */
final class RocksTables implements AutoCloseable {

  static {
    RocksDB.loadLibrary();
  }

  /** Receives raw rows. */
  @FunctionalInterface
  interface RowVisitor {
    /** Returns whether to go on. */
    boolean visit(byte[] key, byte[] value) throws CacheException;
  }

  /** Is told of changes, one at a time, and of what has become durable. */
  interface Follower {
    /**
     * A batch has been written; {@code null} stands for a row that has gone.
     *
     * @param sequence greater than that of every batch before
     */
    void written(Map<Family, ? extends Map<byte[], byte[]>> changes, long sequence);

    /** Every batch up to a sequence is durable. */
    void durable(long sequence);
  }

  private static final byte[] NO_PREFIX = {};

  private static final long SCAN_READAHEAD_BYTES = 1 << 20;

  /** The database looks every 5 seconds whether the disk has room again. */
  private static final long RECOVERY_MILLIS = 12_000;

  private static final long RETRY_MILLIS = 50;

  private final RocksSettings settings;
  private final RocksDB db;
  private final Optional<Reserve> reserve;
  private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
  private final WriteOptions unsynced = new WriteOptions();
  private volatile boolean closed;
  private volatile Follower follower;
  private volatile Consumer<CacheException> onFailure = failure -> {};

  /**
   * Set when a batch has been written; one that comes while a sync is under way is for the next.
   */
  private final AtomicBoolean batchesUnsynced = new AtomicBoolean();

  private RocksTables(
      RocksSettings settings,
      RocksDB db,
      List<ColumnFamilyHandle> handles,
      Optional<Reserve> reserve) {
    this.settings = settings;
    this.db = db;
    this.reserve = reserve;
    Iterator<ColumnFamilyHandle> opened = handles.iterator();
    for (Family family : Family.values()) {
      this.handles.put(family, opened.next());
    }
  }

  static RocksTables open(Path directory) throws CacheException {
    return open(directory, true, Optional.empty());
  }

  /**
   * As {@link #open(Path)}.
   *
   * @param merges whether table files are merged in the background
   * @param reserve given up when the disk is full
   */
  static RocksTables open(Path directory, boolean merges, Optional<Reserve> reserve)
      throws CacheException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw CacheException.of("making " + directory, e);
    }
    refuseUnknownFamilies(directory);
    try {
      return openAt(directory, merges, reserve);
    } catch (CacheException.Full e) {
      if (reserve.isEmpty() || !reserve.get().give()) {
        throw e;
      }
      return openAt(directory, merges, reserve);
    }
  }

  private static RocksTables openAt(Path directory, boolean merges, Optional<Reserve> reserve)
      throws CacheException {
    RocksSettings settings = null;
    boolean opened = false;
    try {
      settings = new RocksSettings(merges);
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      RocksDB db =
          RocksDB.open(settings.database(), directory.toString(), settings.descriptors(), handles);
      opened = true;
      return new RocksTables(settings, db, handles, reserve);
    } catch (RocksDBException e) {
      throw RocksErrors.of("opening " + directory, e);
    } finally {
      if (settings != null && !opened) {
        settings.close();
      }
    }
  }

  /** Tells whether there is a database in a directory, sound or not. */
  static boolean exist(Path directory) {
    return Files.exists(directory.resolve("CURRENT"));
  }

  /** Has someone told of every batch from now on. */
  void tell(Follower told) {
    follower = told;
  }

  /** Has someone told of every failure to write or sync. */
  void tellFailures(Consumer<CacheException> told) {
    onFailure = told;
  }

  private CacheException writeFailure(String doing, RocksDBException e) {
    CacheException failure = RocksErrors.of(doing, e);
    onFailure.accept(failure);
    return failure;
  }

  /** Returns the number of the last change; it counts the rows of all batches, ever. */
  long lastSequence() {
    requireOpen();
    return db.getLatestSequenceNumber();
  }

  /** A family that this version does not know was made by a later one. */
  private static void refuseUnknownFamilies(Path directory) throws CacheException {
    List<String> known = Arrays.stream(Family.values()).map(Family::title).toList();
    try (Options options = new Options()) {
      if (!exist(directory)) {
        return;
      }
      for (byte[] title : RocksDB.listColumnFamilies(options, directory.toString())) {
        String name = new String(title, StandardCharsets.UTF_8);
        if (!known.contains(name)) {
          throw new CacheException.Version(
              directory
                  + " has a table \""
                  + name
                  + "\" that this version does not know; use the newer version that made it");
        }
      }
    } catch (RocksDBException e) {
      throw RocksErrors.of("opening " + directory, e);
    }
  }

  /** Returns the committed value of a row, or null. */
  byte[] get(Family family, byte[] key) throws CacheException {
    requireOpen();
    try {
      return db.get(handles.get(family), key);
    } catch (RocksDBException e) {
      throw RocksErrors.of("reading a row of " + family.title(), e);
    }
  }

  /** Visits every row of a family in the order of the keys. */
  void scan(Family family, RowVisitor visitor) throws CacheException {
    scan(family, NO_PREFIX, NO_PREFIX, visitor);
  }

  /**
   * Visits the rows from the key {@code from} on, in the order of the keys, as they were when the
   * scan began.
   *
   * @param prefix what the keys begin with: nothing, or at least the family's prefix
   */
  void scan(Family family, byte[] prefix, byte[] from, RowVisitor visitor) throws CacheException {
    requireOpen();
    boolean within = family.prefixBytes() > 0 && prefix.length >= family.prefixBytes();
    try (ReadOptions options =
            new ReadOptions()
                .setPrefixSameAsStart(within)
                .setTotalOrderSeek(!within)
                // A scan of everything must not push out what is in use.
                .setFillCache(prefix.length > 0);
        RocksIterator rows = db.newIterator(handles.get(family), options)) {
      for (rows.seek(from); rows.isValid(); rows.next()) {
        byte[] key = rows.key();
        if (!Keys.startsWith(key, prefix) || !visitor.visit(key, rows.value())) {
          return;
        }
      }
      rows.status();
    } catch (RocksDBException e) {
      throw RocksErrors.of("reading rows of " + family.title(), e);
    }
  }

  /** Keeps the rows as they are now for {@link #get} and {@link #scan}, until it is released. */
  Snapshot snapshot() {
    requireOpen();
    return db.getSnapshot();
  }

  void release(Snapshot snapshot) {
    if (!closed) {
      db.releaseSnapshot(snapshot);
    }
  }

  /** Returns the value that a row had at the time of a snapshot, or null. */
  byte[] get(Family family, byte[] key, Snapshot at) throws CacheException {
    requireOpen();
    try (ReadOptions options = new ReadOptions().setSnapshot(at)) {
      return db.get(handles.get(family), options, key);
    } catch (RocksDBException e) {
      throw RocksErrors.of("reading a row of " + family.title(), e);
    }
  }

  /** Visits the rows from a key on as they were at the time of a snapshot: a scan of much. */
  void scan(Family family, byte[] from, Snapshot at, RowVisitor visitor) throws CacheException {
    requireOpen();
    try (ReadOptions options =
            new ReadOptions()
                .setSnapshot(at)
                .setTotalOrderSeek(true)
                .setFillCache(false)
                .setReadaheadSize(SCAN_READAHEAD_BYTES);
        RocksIterator rows = db.newIterator(handles.get(family), options)) {
      for (rows.seek(from); rows.isValid(); rows.next()) {
        if (!visitor.visit(rows.key(), rows.value())) {
          return;
        }
      }
      rows.status();
    } catch (RocksDBException e) {
      throw RocksErrors.of("reading rows of " + family.title(), e);
    }
  }

  /**
   * Reads every table file and compares each of its blocks with its checksum.
   *
   * @param damaged told of each file that is not what was written, with the table that it is of
   */
  void verifyFiles(FileDamage damaged) throws CacheException {
    requireOpen();
    try (Options options = new Options()) {
      for (LiveFileMetaData file : db.getLiveFilesMetaData()) {
        String path = file.path() + file.fileName();
        try (SstFileReader reader = new SstFileReader(options)) {
          reader.open(path);
          reader.verifyChecksum();
        } catch (RocksDBException e) {
          if (isLive(file.fileName())) { // else it was merged into another one meanwhile
            damaged.file(
                Path.of(path),
                new String(file.columnFamilyName(), StandardCharsets.UTF_8),
                String.valueOf(e.getMessage()));
          }
        }
      }
    }
  }

  private boolean isLive(String name) {
    return db.getLiveFilesMetaData().stream().anyMatch(file -> file.fileName().equals(name));
  }

  /** Told of a table file that is damaged. */
  @FunctionalInterface
  interface FileDamage {
    void file(Path file, String table, String problem) throws CacheException;
  }

  /**
   * Throws all rows of a family away, readable or not, with the files that hold them. Nobody else
   * may be at work.
   */
  void recreate(Family family) throws CacheException {
    requireOpen();
    ColumnFamilyHandle old = handles.get(family);
    try {
      db.dropColumnFamily(old);
      handles.put(family, db.createColumnFamily(settings.descriptor(family)));
      old.close();
      batchesUnsynced.set(true);
    } catch (RocksDBException e) {
      throw RocksErrors.of("making table " + family.title() + " anew", e);
    }
  }

  /**
   * Writes everything that is only in the log to table files, so that the log is not needed to open
   * the database: each block of a table file has a checksum that a check can compare.
   */
  void flush() throws CacheException {
    requireOpen();
    try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
      db.flush(options, List.copyOf(handles.values()));
    } catch (RocksDBException e) {
      throw RocksErrors.of("writing table files", e);
    }
  }

  /**
   * Writes rows of several families as one batch; a null value deletes.
   *
   * @throws CacheException.Full if the disk is full; also for a batch that only adds, as long as
   *     what is left is needed for those that remove
   */
  void write(Map<Family, ? extends Map<byte[], byte[]>> changes) throws CacheException {
    requireOpen();
    if (reserve.isPresent() && reserve.get().isMissed() && onlyAdds(changes)) {
      throw new CacheException.Full(
          "the disk is full but for what it takes to remove files; free some space and try again",
          null);
    }
    try (WriteBatch batch = new WriteBatch()) {
      for (Map.Entry<Family, ? extends Map<byte[], byte[]>> changed : changes.entrySet()) {
        ColumnFamilyHandle handle = handles.get(changed.getKey());
        for (Map.Entry<byte[], byte[]> row : changed.getValue().entrySet()) {
          if (row.getValue() == null) {
            batch.delete(handle, row.getKey());
          } else {
            batch.put(handle, row.getKey(), row.getValue());
          }
        }
      }
      write(batch);
      batchesUnsynced.set(true);
    } catch (RocksDBException e) {
      throw writeFailure("writing", e);
    }
    if (follower != null) {
      follower.written(changes, lastSequence());
    }
  }

  /** A batch that frees space deletes rows, and writes no more than two others for each. */
  private static boolean onlyAdds(Map<Family, ? extends Map<byte[], byte[]>> changes) {
    long puts = 0;
    long deletes = 0;
    for (Map.Entry<Family, ? extends Map<byte[], byte[]>> changed : changes.entrySet()) {
      if (changed.getKey() != Family.STATE) { // That does not grow.
        for (byte[] value : changed.getValue().values()) {
          puts += value == null ? 0 : 1;
          deletes += value == null ? 1 : 0;
        }
      }
    }
    return puts > 2 * deletes;
  }

  /**
   * Writes a batch. On a full disk the reserve is given up for it: the batch may be one that frees
   * space, and everybody waits while the database begins anew.
   */
  private void write(WriteBatch batch) throws RocksDBException {
    try {
      db.write(unsynced, batch);
    } catch (RocksDBException e) {
      if (!RocksErrors.isNoSpace(e) || reserve.isEmpty() || !reserve.get().give()) {
        throw e;
      }
      writeOnceItGoesOn(batch);
    }
  }

  private void writeOnceItGoesOn(WriteBatch batch) throws RocksDBException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RECOVERY_MILLIS);
    while (true) {
      try {
        db.write(unsynced, batch);
        return;
      } catch (RocksDBException e) {
        if (!RocksErrors.isNoSpace(e) || System.nanoTime() - end >= 0) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
      }
    }
  }

  /** Makes every batch so far durable; an idle store is left in peace. */
  synchronized void sync() throws CacheException {
    requireOpen();
    if (!batchesUnsynced.getAndSet(false)) {
      return;
    }
    long sequence = lastSequence();
    try {
      db.flushWal(true);
      reserve.ifPresent(Reserve::restore);
    } catch (RocksDBException e) {
      batchesUnsynced.set(true);
      throw writeFailure("making changes durable", e);
    }
    if (follower != null) {
      follower.durable(sequence);
    }
  }

  /** A call into a closed database would end the JVM. */
  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the metadata is closed");
    }
  }

  /** Closes; nobody may be reading or writing. */
  @Override
  public void close() throws CacheException {
    if (closed) {
      return;
    }
    closed = true;
    handles.values().forEach(ColumnFamilyHandle::close);
    try {
      db.closeE();
    } catch (RocksDBException e) {
      throw RocksErrors.of("closing", e);
    } finally {
      db.close();
      unsynced.close();
      settings.close();
    }
  }
}

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
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
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

  private static final byte[] NO_PREFIX = {};

  /** The database looks every 5 seconds whether the disk has room again. */
  private static final long RECOVERY_MILLIS = 12_000;

  private static final long RETRY_MILLIS = 50;

  private final RocksSettings settings;
  private final RocksDB db;
  private final Optional<Reserve> reserve;
  private final Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
  private final WriteOptions unsynced = new WriteOptions();
  private volatile boolean closed;

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

  static RocksTables open(Path directory, Optional<Reserve> reserve) throws CacheException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw CacheException.of("making " + directory, e);
    }
    refuseUnknownFamilies(directory);
    try {
      return openAt(directory, reserve);
    } catch (CacheException.Full e) {
      if (reserve.isEmpty() || !reserve.get().give()) {
        throw e;
      }
      return openAt(directory, reserve);
    }
  }

  private static RocksTables openAt(Path directory, Optional<Reserve> reserve)
      throws CacheException {
    RocksSettings settings = null;
    boolean opened = false;
    try {
      settings = new RocksSettings();
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

  /** A family that this version does not know was made by a later one. */
  private static void refuseUnknownFamilies(Path directory) throws CacheException {
    List<String> known = Arrays.stream(Family.values()).map(Family::title).toList();
    try (Options options = new Options()) {
      if (!Files.exists(directory.resolve("CURRENT"))) {
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
      throw RocksErrors.of("writing", e);
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
    try {
      db.flushWal(true);
      reserve.ifPresent(Reserve::restore);
    } catch (RocksDBException e) {
      batchesUnsynced.set(true);
      throw RocksErrors.of("making changes durable", e);
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

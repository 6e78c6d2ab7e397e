package io.unicache.store.meta;

import io.unicache.store.os.Descriptors;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;

/**
 * The settings that the metadata is opened with. They own native memory and must outlive the
 * database.
 */
final class RocksSettings implements AutoCloseable {

  private static final long MIB = 1L << 20;

  /** Data, index and filter blocks of all families; what reads may take. */
  private static final long CACHE_BYTES = 64 * MIB;

  /** Rows of all families that are not in table files yet; what writes may take. */
  private static final long WRITE_BUFFERS_BYTES = 64 * MIB;

  static final long FAMILY_BUFFER_BYTES = 16 * MIB;

  /** Bounds what has to be replayed after a crash. */
  private static final long LOG_BYTES = 128 * MIB;

  /** Table files; others are opened when they are needed. */
  private static final int MAX_OPEN_FILES = Descriptors.share(8, 24, 256);

  /** One look-up of an absent row in a hundred still reads a data block. */
  private static final double FILTER_BITS = 10;

  private final SstFileManager files;
  private final Cache cache = new LRUCache(CACHE_BYTES);
  private final BloomFilter filter = new BloomFilter(FILTER_BITS);
  private final DBOptions database;
  private final Map<Family, ColumnFamilyOptions> families = new EnumMap<>(Family.class);

  private final boolean merges;

  /**
   * @param merges whether table files are merged in the background: it ends all writing when it
   *     comes to a damaged one
   */
  RocksSettings(boolean merges) throws RocksDBException {
    this.merges = merges;
    // It looks every few seconds whether there is room again, and has the database go on then;
    // without it changes would be refused until the database is opened anew.
    files = new SstFileManager(Env.getDefault());
    database = databaseOptions(files);
    for (Family family : Family.values()) {
      families.put(family, familyOptions(family));
    }
  }

  DBOptions database() {
    return database;
  }

  /** Returns a descriptor for every family, in the order of {@link Family}. */
  List<ColumnFamilyDescriptor> descriptors() {
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    families.forEach(
        (family, options) ->
            descriptors.add(new ColumnFamilyDescriptor(family.titleBytes(), options)));
    return descriptors;
  }

  ColumnFamilyDescriptor descriptor(Family family) {
    return new ColumnFamilyDescriptor(family.titleBytes(), families.get(family));
  }

  private static DBOptions databaseOptions(SstFileManager files) {
    return new DBOptions()
        .setSstFileManager(files)
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        // Each batch is in the operating system when write returns, so it survives kill -9.
        .setManualWalFlush(false)
        .setMaxTotalWalSize(LOG_BYTES)
        .setDbWriteBufferSize(WRITE_BUFFERS_BYTES)
        .setMaxOpenFiles(MAX_OPEN_FILES)
        .setMaxBackgroundJobs(2)
        .setSkipStatsUpdateOnDbOpen(true)
        .setStatsDumpPeriodSec(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(MIB)
        .setKeepLogFileNum(4);
  }

  private ColumnFamilyOptions familyOptions(Family family) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            // Inside the cache, so that the bound holds however many rows there are.
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            // Most look-ups in "blocks" while storing new data are of hashes that are not there.
            .setFilterPolicy(filter)
            .setFormatVersion(5);
    ColumnFamilyOptions options =
        new ColumnFamilyOptions()
            .setTableFormatConfig(table)
            .setWriteBufferSize(FAMILY_BUFFER_BYTES)
            .setDisableAutoCompactions(!merges)
            // Hashes do not compress.
            .setCompressionType(
                family == Family.BLOCKS
                    ? CompressionType.NO_COMPRESSION
                    : CompressionType.LZ4_COMPRESSION);
    if (family.prefixBytes() > 0) {
      // Filters then also tell that an inode has no attributes, or a directory no entries.
      options.useFixedLengthPrefixExtractor(family.prefixBytes());
    }
    return options;
  }

  @Override
  public void close() {
    database.close();
    families.values().forEach(ColumnFamilyOptions::close);
    filter.close();
    cache.close();
    files.close();
  }
}

package io.unicache.store.check;

import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import io.unicache.store.StoreConfig.Purpose;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.StoredFile;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/**
 * A store with small blocks in a directory, and the ways in which tests make, damage and check it.
 */
final class CheckedStore {

  static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;

  /** A source of downloads that has nothing. */
  static final RangeFetcher NO_SOURCE =
      (url, offset, length) -> {
        throw new CacheException.Source("there is no " + url);
      };

  final Path directory;

  /** What the last check found. */
  final List<Finding> findings = new ArrayList<>();

  CheckedStore(Path directory) {
    this.directory = directory;
  }

  Store open(Purpose purpose) throws CacheException {
    return Store.open(StoreConfig.at(directory).withPurpose(purpose));
  }

  Store create() throws CacheException {
    return Store.open(StoreConfig.at(directory).withBlockSize(BLOCK));
  }

  /** Writes a file into the tree, with the directories on the way. */
  static long put(Store store, String path, byte[] bytes) throws CacheException {
    return put(store, path, bytes, "");
  }

  static long put(Store store, String path, byte[] bytes, String source) throws CacheException {
    int slash = path.lastIndexOf('/');
    Tree.NewFile attributes = new Tree.NewFile(0755, 0, 0);
    long directory =
        store.tree().makeDirectories(path.substring(0, slash + 1), attributes).number();
    try (ContentWriter writer = store.writer(bytes.length)) {
      writer.append(ByteBuffer.wrap(bytes));
      Content content = writer.finish();
      return store
          .tree()
          .putFile(
              directory,
              Name.of(path.substring(slash + 1)),
              content.id(),
              content.manifest(),
              attributes,
              source,
              true)
          .number();
    }
  }

  /** Stores a file under an ID. */
  static void putId(Store store, String id, byte[] bytes, String source) throws CacheException {
    try (ContentWriter writer = store.writer(bytes.length)) {
      writer.append(ByteBuffer.wrap(bytes));
      Content content = writer.finish();
      store
          .meta()
          .update(
              tx -> {
                tx.retain(content.id(), content.manifest());
                tx.putStoredFile(
                    new StoredFile(
                        id, content.id(), bytes.length, id, source, new Timestamp(1, 0)));
                return null;
              });
    }
  }

  static byte[] read(Store store, String path) throws CacheException {
    Inode inode = store.tree().resolve(path);
    if (inode.content().isEmpty()) {
      return new byte[0];
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) inode.size());
    store.reader(inode.content().get()).read(0, bytes);
    return bytes.array();
  }

  /** Changes rows behind the store's back. */
  void damageRows(MetaStore.Mending damage) throws CacheException {
    try (MetaStore meta = MetaStore.open(directory.resolve("meta"))) {
      meta.mend(damage);
      meta.flush();
    }
  }

  CheckSummary check(boolean readData) throws CacheException {
    try (Store store = open(Purpose.CHECK)) {
      return run(store, new StoreCheck.Options(readData, false, List.of()), NO_SOURCE);
    }
  }

  CheckSummary repair(boolean readData, Path... from) throws CacheException {
    return repair(readData, NO_SOURCE, from);
  }

  CheckSummary repair(boolean readData, RangeFetcher fetcher, Path... from) throws CacheException {
    try (Store store = open(Purpose.REPAIR)) {
      return run(store, new StoreCheck.Options(readData, true, List.of(from)), fetcher);
    }
  }

  CheckSummary run(Store store, StoreCheck.Options options, RangeFetcher fetcher)
      throws CacheException {
    findings.clear();
    return store.check(options, fetcher, findings::add);
  }

  /** Returns what the last check said of a place. */
  Optional<Finding> at(String where) {
    return findings.stream().filter(finding -> finding.where().equals(where)).findFirst();
  }

  Path pack(int number) {
    return directory.resolve(String.format("packs/%08d.pack", number));
  }

  Path index(int number) {
    return directory.resolve(String.format("packs/%08d.index", number));
  }

  /** Returns a file of the metadata that has rows of a table, if there is one. */
  Optional<Path> tableFile(String table) throws IOException {
    for (Path file : files("meta", "*.sst")) {
      try (Options options = new Options();
          SstFileReader reader = new SstFileReader(options)) {
        reader.open(file.toString());
        byte[] family = reader.getTableProperties().getColumnFamilyName();
        if (table.equals(new String(family, StandardCharsets.UTF_8))) {
          return Optional.of(file);
        }
      } catch (RocksDBException e) {
        throw new IOException(file.toString(), e);
      }
    }
    return Optional.empty();
  }

  List<Path> files(String part, String pattern) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory.resolve(part), pattern)) {
      all.forEach(files::add);
    }
    files.sort(null);
    return files;
  }

  static void flip(Path file, long offset) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(offset);
      int old = open.read();
      open.seek(offset);
      open.write(old ^ 0x10);
    }
  }

  static void cut(Path file, long length) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(length);
    }
  }

  static void zero(Path file, long offset, int length) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(offset);
      open.write(new byte[length]);
    }
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}

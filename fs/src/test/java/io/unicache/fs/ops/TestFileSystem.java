package io.unicache.fs.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** A file system on a fresh store, with what tests do most often in few words. */
final class TestFileSystem implements AutoCloseable {

  static final int BLOCK = StoreConfig.MIN_BLOCK_SIZE;
  static final Caller ROOT_USER = Caller.ROOT;
  static final Caller ALICE = new Caller(1000, 1000, 0, 022);
  static final Caller BOB = new Caller(1001, 1001, 0, 022);

  final ManualClock clock = new ManualClock();
  final Store store;
  final StoreFileSystem fs;

  TestFileSystem(Path directory) throws CacheException {
    this(StoreConfig.at(directory.resolve("store")).withBlockSize(BLOCK));
  }

  TestFileSystem(StoreConfig config) throws CacheException {
    store = Store.open(config, clock);
    fs = new StoreFileSystem(store, clock);
  }

  static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Makes a file of the root directory in everybody's reach. */
  long file(String name, byte[] content, Caller owner) throws FileSystemException {
    FileSystemOps.Created made =
        fs.create(FileSystemOps.ROOT, name(name), 0644, OpenFlags.WRITE_ONLY, owner);
    write(made.opened().handle(), 0, content);
    close(made.opened().handle());
    return made.attributes().inode();
  }

  long directory(String name, int mode, Caller owner) throws FileSystemException {
    Caller withoutUmask = new Caller(owner.uid(), owner.gid(), owner.pid(), 0);
    return fs.mkdir(FileSystemOps.ROOT, name(name), mode, withoutUmask).inode();
  }

  long open(long inode, int flags) throws FileSystemException {
    return opened(inode, flags).handle();
  }

  Opened opened(long inode, int flags) throws FileSystemException {
    return fs.open(inode, flags, ALICE);
  }

  void write(long handle, long offset, byte[] content) throws FileSystemException {
    write(handle, offset, content, 0);
  }

  /** Writes with open(2)'s flags as they are now. */
  void write(long handle, long offset, byte[] content, int flags) throws FileSystemException {
    assertEquals(content.length, fs.write(handle, offset, ByteBuffer.wrap(content), flags));
  }

  void close(long handle) throws FileSystemException {
    fs.flush(handle);
    fs.release(handle);
  }

  byte[] read(long handle, long offset, int count) throws FileSystemException {
    ByteBuffer into = ByteBuffer.allocate(count);
    int read = fs.read(handle, offset, into);
    assertEquals(into.position(), read);
    return Arrays.copyOf(into.array(), read);
  }

  byte[] content(long inode) throws FileSystemException {
    long handle = open(inode, OpenFlags.READ_ONLY);
    try {
      return read(handle, 0, (int) fs.getattr(inode).size() + 1);
    } finally {
      close(handle);
    }
  }

  Attributes lookup(String name) throws FileSystemException {
    return fs.lookup(FileSystemOps.ROOT, name(name), ALICE);
  }

  /** Lists a directory, a few entries at a time, with "." and "..". */
  static List<Entry> list(FileSystemOps fs, long inode, int limit) throws FileSystemException {
    long handle = fs.openDirectory(inode, 0, ALICE);
    try {
      List<Entry> all = new ArrayList<>();
      List<Entry> some;
      long offset = 0;
      do {
        some = fs.readdir(handle, offset, limit);
        all.addAll(some);
        offset = some.isEmpty() ? offset : some.get(some.size() - 1).offset();
      } while (some.size() == limit);
      return all;
    } finally {
      fs.releaseDirectory(handle);
    }
  }

  static List<String> names(List<Entry> entries) {
    return entries.stream()
        .map(entry -> new String(entry.name(), StandardCharsets.UTF_8))
        .sorted()
        .toList();
  }

  static void assertErrno(Errno expected, Executable operation) {
    FileSystemException thrown = assertThrows(FileSystemException.class, operation);
    assertEquals(expected, thrown.errno(), thrown.getMessage());
  }

  @Override
  public void close() throws CacheException {
    fs.close();
    store.close();
  }
}

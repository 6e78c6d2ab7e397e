package io.unicache.store.file;

import io.unicache.store.block.ByteRange;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Bytes that were written out of order, at their own offsets in a sparse file under {@code
 * staging/}, until a commit makes blocks of them. Guarded by its draft's lock: many readers or one
 * writer.
 */
final class Overlay implements AutoCloseable {

  private final Path path;
  private final FileChannel channel;
  private final RangeSet ranges = new RangeSet();

  Overlay(Path path) throws CacheException {
    this.path = path;
    try {
      channel =
          FileChannel.open(
              path,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.SPARSE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw CacheException.of("making " + path, e);
    }
  }

  RangeSet ranges() {
    return ranges;
  }

  /** Writes {@code count} of the buffer's bytes. */
  void write(long offset, ByteBuffer from, int count) throws CacheException {
    int limit = from.limit();
    from.limit(from.position() + count);
    try {
      long at = offset;
      while (from.hasRemaining()) {
        at += channel.write(from, at);
      }
    } catch (IOException e) {
      throw CacheException.of("writing " + path, e);
    } finally {
      from.limit(limit);
    }
    ranges.add(offset, offset + count);
  }

  /** Reads {@code count} bytes that lie within one range. */
  void read(long offset, ByteBuffer into, int count) throws CacheException {
    int limit = into.limit();
    into.limit(into.position() + count);
    try {
      long at = offset;
      while (into.hasRemaining()) {
        int n = channel.read(into, at);
        if (n < 0) {
          throw new CacheException.Corrupt(path + " ends before byte " + (offset + count));
        }
        at += n;
      }
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    } finally {
      into.limit(limit);
    }
  }

  /** Forgets everything from {@code offset} on. */
  void cutAt(long offset) throws CacheException {
    ranges.cutAt(offset);
    truncate(offset);
  }

  /** Forgets what is in a range; its room in the file goes with the next commit. */
  void remove(long from, long to) {
    ranges.remove(from, to);
  }

  /** Forgets everything: it has been committed. */
  void clear() throws CacheException {
    ranges.clear();
    truncate(0);
  }

  /** Returns the first range that ends behind {@code offset}, or null. */
  ByteRange next(long offset) {
    return ranges.firstEndingAfter(offset);
  }

  private void truncate(long size) throws CacheException {
    try {
      channel.truncate(size);
    } catch (IOException e) {
      throw CacheException.of("cutting " + path, e);
    }
  }

  @Override
  public void close() throws CacheException {
    try {
      channel.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw CacheException.of("removing " + path, e);
    }
  }
}

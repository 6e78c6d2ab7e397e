package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.os.FileUse;
import io.unicache.store.pack.LendablePacks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The content of an open file in a file of its own, which the kernel reads, and programs may have
 * mapped: what was its pack before. A commit makes blocks of all of it. Programs write to it
 * through mappings too, which shows in its modification time only.
 */
final class PlainFile implements MutableContent {

  private static final int COPY_BYTES = 1 << 20;

  /** Coarser than any clock that file systems stamp files with. */
  private static final long CLOCK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** File systems that never write pages back, so a page that was written once stays writable. */
  private static final Set<String> WITHOUT_WRITEBACK = Set.of("tmpfs", "ramfs");

  private final Path path;
  private final Ingest ingest;
  private final LendablePacks packs;
  private final boolean timesTell;

  /** Null if it has to be opened again. */
  private FileChannel channel;

  private long size;

  /** The modification time at the last commit, or in the beginning. */
  private Instant seen;

  /** Whether every change since has another time. */
  private boolean seenIsOld = true;

  /** Keeps the blocks of the last content until it is committed; else null. */
  private ContentWriter finished;

  /** What {@link #seen} and {@link #seenIsOld} become with the commit of that content. */
  private Instant finishedStamp;

  private boolean finishedIsOld;

  /** Takes over a file, which is deleted when this is closed. */
  PlainFile(Path path, Ingest ingest, LendablePacks packs) throws CacheException {
    this.path = path;
    this.ingest = ingest;
    this.packs = packs;
    try {
      size = channel().size();
      FileStore disk = Files.getFileStore(path);
      timesTell = !WITHOUT_WRITEBACK.contains(disk.type());
      seen = modified();
    } catch (IOException e) {
      throw CacheException.of("opening " + path, e);
    }
  }

  private FileChannel openChannel() throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private synchronized FileChannel channel() throws IOException {
    if (channel == null) {
      channel = openChannel();
    }
    return channel;
  }

  Path path() {
    return path;
  }

  @Override
  public long size() {
    return size;
  }

  /** All of it: nobody has looked for holes. */
  @Override
  public long dataBytes() {
    return size;
  }

  @Override
  public int read(long position, ByteBuffer into) throws CacheException {
    int before = into.remaining();
    try {
      long at = position;
      int count = 0;
      while (into.hasRemaining() && (count = channel().read(into, at)) > 0) {
        at += count;
      }
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
    return before - into.remaining();
  }

  @Override
  public void write(long position, ByteBuffer from) throws CacheException {
    long at = position;
    try {
      while (from.hasRemaining()) {
        at += channel().write(from, at);
      }
    } catch (IOException e) {
      throw CacheException.of("writing " + path, e);
    } finally {
      size = Math.max(size, at);
    }
  }

  @Override
  public void truncate(long newSize) throws CacheException {
    try {
      if (newSize < size) {
        channel().truncate(newSize);
      } else if (newSize > size) {
        channel().write(ByteBuffer.allocate(1), newSize - 1);
      }
      size = newSize;
    } catch (IOException e) {
      throw CacheException.of("setting the length of " + path, e);
    }
  }

  @Override
  public void zero(long from, long to) throws CacheException {
    for (long at = from; at < to; ) {
      int count = (int) Math.min(COPY_BYTES, to - at);
      write(at, ByteBuffer.allocate(count));
      at += count;
    }
  }

  @Override
  public long nextData(long offset) {
    return offset;
  }

  @Override
  public long nextHole(long offset) {
    return size;
  }

  @Override
  public Optional<Timestamp> changedAround() throws CacheException {
    try {
      Instant now = modified();
      if (now.equals(seen)) {
        return Optional.empty();
      }
      return Optional.of(new Timestamp(now.getEpochSecond(), now.getNano()));
    } catch (IOException e) {
      throw CacheException.of("looking at " + path, e);
    }
  }

  @Override
  public boolean mayHaveChanged() {
    return !timesTell || !seenIsOld;
  }

  private Instant modified() throws IOException {
    return Files.getLastModifiedTime(path).toInstant();
  }

  @Override
  public Content finish() throws CacheException {
    closeFinished();
    Instant begin = Instant.now();
    Instant stamp = writeBack();
    // Pages that were written to before it can be written to again without a new time.
    boolean old = stamp.isBefore(begin.minusNanos(CLOCK_NANOS));
    ContentWriter writer = ingest.writer(-1);
    boolean done = false;
    try {
      copyTo(writer);
      Content content = writer.finish();
      finishedStamp = stamp;
      finishedIsOld = old;
      finished = writer;
      done = true;
      return content;
    } finally {
      if (!done) {
        writer.close();
      }
    }
  }

  /** Makes the system notice the next write to a mapped page; returns the time of the last one. */
  private Instant writeBack() throws CacheException {
    try {
      channel().force(false);
      return modified();
    } catch (IOException e) {
      throw CacheException.of("syncing " + path, e);
    }
  }

  private void copyTo(ContentWriter writer) throws CacheException {
    ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
    for (long at = 0; at < size; at += buffer.limit()) {
      buffer.clear().limit((int) Math.min(COPY_BYTES, size - at));
      if (read(at, buffer) < buffer.limit()) {
        throw new CacheException.Corrupt(path + " is shorter than " + size + " bytes");
      }
      writer.append(buffer.flip());
    }
  }

  @Override
  public void committed() throws CacheException {
    if (finished != null) {
      seen = finishedStamp;
      seenIsOld = finishedIsOld;
    }
    closeFinished();
  }

  private void closeFinished() throws CacheException {
    ContentWriter last = finished;
    finished = null;
    if (last != null) {
      last.close();
    }
  }

  /** Tells whether a program has it mapped still, or open; nobody reads or writes meanwhile. */
  boolean isMapped() throws CacheException {
    closeChannel();
    return packs.use(path) == FileUse.SOME;
  }

  private synchronized void closeChannel() throws CacheException {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw CacheException.of("closing " + path, e);
    } finally {
      channel = null;
    }
  }

  @Override
  public void close() throws CacheException {
    try {
      closeFinished();
    } finally {
      remove();
    }
  }

  private void remove() throws CacheException {
    closeChannel();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw CacheException.of("removing " + path, e);
    }
  }
}

package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import java.nio.ByteBuffer;

/**
 * Copies a range of one file into another, or into another place of the same. Blocks that lie on
 * the grid in both are shared; the rest moves through a buffer. Only one of the two files is locked
 * at a time, so two copies in opposite directions cannot wait for each other; writers that come in
 * between are seen or not, block by block.
 */
final class RangeCopy {

  private static final int BUFFER = 1 << 20;

  /** Bytes that are moved in one call, about: a longer copy is answered in parts. */
  private static final long MAX_MOVED = 64 << 20;

  private final LiveFile source;
  private final LiveFile target;
  private final int blockSize;

  RangeCopy(LiveFile source, LiveFile target, int blockSize) {
    this.source = source;
    this.target = target;
    this.blockSize = blockSize;
  }

  /**
   * Copies up to {@code length} bytes.
   *
   * @return bytes copied. Fewer than asked for at the end of the source, at the largest size of a
   *     file, and if there was much to move: then the next copy begins at a block of the target. 0
   *     at or behind the end of the source
   */
  long copy(long from, long to, long length) throws CacheException {
    long count = Math.min(length, source.size() - from);
    if (count <= 0) {
      return 0;
    }
    if (to >= LiveFile.MAX_SIZE) {
      throw new Namespace(
          Reason.FILE_TOO_LARGE, "files have at most " + LiveFile.MAX_SIZE + " bytes");
    }
    count = Math.min(count, LiveFile.MAX_SIZE - to);
    if (source == target && from < to + count && to < from + count) {
      throw new Namespace(
          Reason.INVALID,
          count + " bytes at " + from + " and at " + to + " of the same file overlap");
    }
    boolean shares = (from - to) % blockSize == 0 && target.takesBlocks();
    return shares ? copyOnGrid(from, to, count) : move(from, to, count);
  }

  private long copyOnGrid(long from, long to, long count) throws CacheException {
    long end = from + count;
    long first = Math.min(end, floor(from + blockSize - 1));
    long last = Math.max(first, floor(end));
    long copied = move(from, to, first - from);
    if (copied == first - from) {
      copied += share(first, to + copied, last);
    }
    return copied < last - from ? copied : copied + move(last, to + copied, end - last);
  }

  /** Shares whole blocks and holes; returns their bytes, fewer only if the source was cut. */
  private long share(long from, long to, long end) throws CacheException {
    if (from == end) {
      return 0;
    }
    PinnedExtents extents = source.pinned(from, end);
    boolean put = false;
    try {
      put = extents.length() > 0 && target.put(to, extents);
    } finally {
      if (!put) {
        source.unpin(extents);
      }
    }
    if (put || extents.length() == 0) {
      return extents.length(); // 0 if the source was cut meanwhile
    }
    return move(from, to, end - from); // Programs have the target mapped by now.
  }

  private long move(long from, long to, long count) throws CacheException {
    if (count == 0) {
      return 0;
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, BUFFER));
    long moved = 0;
    long done = 0;
    while (done < count && (moved < MAX_MOVED || (to + done) % blockSize != 0)) {
      long at = from + done;
      long end = source.size();
      if (at >= end) {
        break; // It was cut meanwhile.
      }
      long hole = source.nextData(at).orElse(end) - at;
      if (hole > 0) {
        long zeros = Math.min(hole, count - done);
        target.zero(to + done, zeros, true);
        done += zeros;
        continue;
      }
      long block = blockSize - (to + done) % blockSize;
      buffer.clear().limit((int) Math.min(Math.min(block, buffer.capacity()), count - done));
      int read = source.read(at, buffer);
      if (read == 0) {
        break;
      }
      target.write(to + done, buffer.flip());
      done += read;
      moved += read;
    }
    return done;
  }

  private long floor(long offset) {
    return offset - offset % blockSize;
  }
}

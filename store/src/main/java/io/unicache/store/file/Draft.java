package io.unicache.store.file;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ByteRange;
import io.unicache.store.block.Manifest;
import io.unicache.store.block.Zeros;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.ExtentList.Extent;
import io.unicache.store.ingest.BlockStream;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.ingest.StoredBlock;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.read.BlockReader;
import io.unicache.store.read.ContentReader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file's content while it is being changed. Three layers, from the bottom:
 *
 * <ul>
 *   <li>sealed extents from offset 0 on: committed blocks, holes, and blocks that were full and
 *       went on their way to a pack while the file was still being written;
 *   <li>the tail behind them: less than a block, in memory as long as there is enough. A sequential
 *       writer only ever meets this;
 *   <li>the overlay over the sealed part: what was written out of order, in a staging file.
 * </ul>
 *
 * <p>{@link #finish} turns tail and overlay into blocks. Guarded by its live file's lock: many
 * readers or one writer. All boundaries are on the block grid.
 */
final class Draft implements MutableContent {

  /** Where overlays are made. */
  interface Staging {
    Overlay newOverlay() throws CacheException;
  }

  /** A commit that stores less than this part of a block is always cheap. */
  private static final int SMALL_PART = 16;

  /** What a block's reference costs in a commit. */
  private static final long ROW_BYTES = 64;

  /** Zeros that are written at once, at most. */
  private static final int ZEROS = 1 << 20;

  private final Ingest ingest;
  private final MetaStore meta;
  private final BlockReader blocks;
  private final Staging staging;
  private final int blockSize;
  private final BlockStream stream;
  private final ExtentList sealed = new ExtentList();
  private final Tail tail;
  private final DraftMemory memory;

  /** Where committed blocks were found since the last commit. */
  private final Map<BlockHash, BlockLocation> locations = new ConcurrentHashMap<>();

  private final DraftChanges changes;

  /** Made at the first write out of order; null until then. */
  private Overlay overlay;

  /**
   * Starts from a content.
   *
   * @param committedSize length of the committed content, if that is another one
   */
  Draft(
      ContentReader base,
      long committedSize,
      Ingest ingest,
      MetaStore meta,
      BlockReader blocks,
      DraftMemory memory,
      Staging staging)
      throws CacheException {
    this.ingest = ingest;
    this.meta = meta;
    this.blocks = blocks;
    this.staging = staging;
    this.blockSize = ingest.chunker().maxLength();
    // What is appended to a committed content cannot lie in a pack of its own from offset 0 on.
    this.stream = ingest.stream(base.manifest().size() == 0 ? -1 : 0);
    this.memory = memory;
    this.tail = new Tail(blockSize, ingest::takeBuffer, memory, staging);
    boolean loaded = false;
    try {
      load(base);
      loaded = true;
    } finally {
      if (!loaded) {
        tail.close();
      }
    }
    this.changes = new DraftChanges(committedSize);
    changes.resize(size());
  }

  private void load(ContentReader base) throws CacheException {
    Manifest manifest = base.manifest();
    long grid = floor(manifest.size());
    sealed.put(0, ExtentList.run(manifest, 0, grid));
    int rest = (int) (manifest.size() - grid);
    if (rest > 0) {
      ByteBuffer last = ByteBuffer.allocate(rest);
      base.read(grid, last);
      tail.write(0, last.flip(), rest);
    }
  }

  @Override
  public long size() {
    return sealed.end() + tail.length();
  }

  /** Returns the bytes that are not in holes; what the overlay put over holes counts in whole. */
  @Override
  public long dataBytes() {
    long inOverlay = 0;
    if (overlay != null) {
      for (ByteRange range : overlay.ranges().toList()) {
        inOverlay += holeBytes(range);
      }
    }
    return sealed.dataBytes() + tail.length() + inOverlay;
  }

  private long holeBytes(ByteRange range) {
    long bytes = 0;
    long at = range.offset();
    while (at < range.end()) {
      Map.Entry<Long, Extent> extent = sealed.at(at);
      long end = Math.min(range.end(), extent.getKey() + extent.getValue().length());
      bytes += extent.getValue().isHole() ? end - at : 0;
      at = end;
    }
    return bytes;
  }

  @Override
  public int read(long position, ByteBuffer into) throws CacheException {
    long end = Math.min(size(), position + into.remaining());
    long at = position;
    while (at < end) {
      at += readPiece(at, into, (int) (end - at));
    }
    return (int) Math.max(0, at - position);
  }

  /** Reads up to {@code count} bytes from one layer; returns how many. */
  private int readPiece(long at, ByteBuffer into, int count) throws CacheException {
    if (at >= sealed.end()) {
      tail.read((int) (at - sealed.end()), into, count);
      return count;
    }
    ByteRange written = overlay == null ? null : overlay.next(at);
    if (written != null && written.offset() <= at) {
      int n = (int) Math.min(count, written.end() - at);
      overlay.read(at, into, n);
      return n;
    }
    Map.Entry<Long, Extent> extent = sealed.at(at);
    long end = extent.getKey() + extent.getValue().length();
    if (written != null) {
      end = Math.min(end, written.offset());
    }
    int n = (int) Math.min(count, end - at);
    readExtent(extent.getValue(), at - extent.getKey(), into, n);
    return n;
  }

  private void readExtent(Extent extent, long offset, ByteBuffer into, int count)
      throws CacheException {
    if (extent.isHole()) {
      Zeros.fill(into, count);
      return;
    }
    StoredBlock stored = extent.stored();
    if (stored != null && stored.copyFromMemory((int) offset, into, count)) {
      return;
    }
    BlockLocation location = stored != null ? stored.location() : location(extent.hash());
    blocks.read(extent.blockHash(), location, meta, (int) offset, into, count);
  }

  private BlockLocation location(BlockHash hash) throws CacheException {
    BlockLocation known = locations.get(hash);
    if (known == null) {
      known = blocks.locate(hash, meta);
      locations.put(hash, known);
    }
    return known;
  }

  @Override
  public void write(long position, ByteBuffer from) throws CacheException {
    changes.write(position, position + from.remaining());
    long at = position;
    while (from.hasRemaining()) {
      int n;
      if (at < sealed.end()) {
        n = (int) Math.min(from.remaining(), sealed.end() - at);
        overlay().write(at, from, n);
      } else {
        sealTailIfFull(); // if it could not be sealed when it became full
        extend(floor(at));
        int offset = (int) (at - sealed.end());
        n = Math.min(from.remaining(), blockSize - offset);
        tail.write(offset, from, n);
        sealTailIfFull();
      }
      at += n;
    }
  }

  @Override
  public void truncate(long size) throws CacheException {
    changes.resize(size);
    if (size >= size()) {
      extend(size);
    } else if (size >= sealed.end()) {
      tail.cutAt((int) (size - sealed.end()));
    } else {
      long grid = floor(size);
      ByteBuffer rest = ByteBuffer.allocate((int) (size - grid));
      read(grid, rest);
      sealed.cutAt(grid);
      tail.cutAt(0);
      tail.write(0, rest.flip(), rest.remaining());
      if (overlay != null) {
        overlay.cutAt(grid);
      }
    }
  }

  /** Whole blocks become holes, and the edges are written over. */
  @Override
  public void zero(long from, long to) throws CacheException {
    long first = floor(from + blockSize - 1);
    long last = Math.min(floor(to), sealed.end());
    if (first >= last) {
      writeZeros(from, to);
      return;
    }
    changes.write(from, to);
    writeZeros(from, first);
    sealed.put(first, List.of(Extent.hole(last - first)));
    forgetWritten(first, last);
    writeZeros(last, to);
  }

  /** Writes zeros over what is not in holes. */
  private void writeZeros(long from, long to) throws CacheException {
    long at = from < to ? nextData(from) : to;
    while (at < to) {
      long end = Math.min(to, Math.min(nextHole(at), at + ZEROS));
      write(at, ByteBuffer.allocate((int) (end - at)));
      at = end < to ? nextData(end) : to;
    }
  }

  @Override
  public long nextData(long offset) {
    if (offset >= sealed.end()) {
      return offset;
    }
    long found = sealed.nextData(offset);
    ByteRange written = overlay == null ? null : overlay.next(offset);
    return written == null ? found : Math.min(found, Math.max(offset, written.offset()));
  }

  @Override
  public long nextHole(long offset) {
    long at = offset;
    while (at < sealed.end()) {
      ByteRange written = overlay == null ? null : overlay.next(at);
      Map.Entry<Long, Extent> extent = sealed.at(at);
      if (written != null && written.offset() <= at) {
        at = written.end();
      } else if (extent.getValue().isHole()) {
        return at;
      } else {
        at = extent.getKey() + extent.getValue().length();
      }
    }
    return size();
  }

  /**
   * Puts whole blocks and holes of another content over what is there, from a multiple of the block
   * size on. The pins on the blocks are this draft's if that succeeds.
   */
  void put(long offset, PinnedExtents shared) throws CacheException {
    long end = offset + shared.length();
    changes.write(offset, end);
    changes.addBlocks();
    sealTailIfFull();
    extend(offset);
    if (end > sealed.end()) {
      tail.cutAt(0);
    }
    sealed.put(offset, shared.extents());
    forgetWritten(offset, end);
    stream.adopt(shared.blocks());
  }

  private void forgetWritten(long from, long to) {
    if (overlay != null) {
      overlay.remove(from, to);
    }
  }

  /** Appends zeros up to {@code size}, as a hole as far as the grid allows. */
  private void extend(long size) throws CacheException {
    if (size <= size()) {
      return;
    }
    sealTailIfFull();
    long grid = floor(size);
    if (grid > sealed.end()) {
      if (tail.length() > 0) {
        tail.extend(blockSize);
        sealTailIfFull();
      }
      long hole = grid - sealed.end();
      sealed.append(Extent.hole(hole));
      stream.skip(hole);
    }
    tail.extend((int) (size - sealed.end()));
  }

  private void sealTailIfFull() throws CacheException {
    if (!tail.isFull()) {
      return;
    }
    memory.beginAssembly();
    try {
      byte[] whole = tail.whole();
      if (Zeros.isZero(whole, 0, blockSize)) {
        tail.cutAt(0);
        sealed.append(Extent.hole(blockSize));
        stream.skip(blockSize);
      } else {
        changes.addBlocks();
        sealed.append(Extent.submitted(stream.submit(whole, blockSize)));
        tail.detach();
      }
    } finally {
      memory.assembled();
    }
  }

  /** Submits a copy of the tail; returns null if it has nothing but zeros. */
  private StoredBlock storeTail() throws CacheException {
    memory.beginAssembly();
    try {
      byte[] copy = tail.copy();
      return Zeros.isZero(copy, 0, copy.length) ? null : stream.submit(copy, copy.length);
    } finally {
      memory.assembled();
    }
  }

  @Override
  public Content finish() throws CacheException {
    storeOverlay();
    StoredBlock last = tail.length() > 0 ? storeTail() : null;
    stream.drain();
    Manifest.Builder manifest = new Manifest.Builder();
    sealed.addTo(manifest);
    if (last != null) {
      manifest.addBlock(last.hash(), last.length());
    } else {
      manifest.addHole(tail.length());
    }
    if (overlay != null) {
      overlay.clear();
    }
    return Content.of(manifest.build(), stream.newBytes());
  }

  @Override
  public void committed() throws CacheException {
    locations.clear(); // From here on blocks that are not in the content any more may be freed.
    changes.committed(size());
    stream.unpin();
  }

  DraftChanges changes() {
    return changes;
  }

  @Override
  public boolean commitsCheaply() {
    return changes.commitCheaply(blockSize / SMALL_PART, this::commitCost);
  }

  /** Returns about how many bytes a commit would store; counts no further than {@code enough}. */
  private long commitCost(long enough) {
    long cost = tail.length() + sealed.count() * ROW_BYTES;
    long from = 0;
    while (overlay != null && cost <= enough) {
      ByteRange range = overlay.next(from);
      if (range == null) {
        break;
      }
      long start = Math.max(from, floor(range.offset()));
      from = floor(range.end() + blockSize - 1);
      cost += from - start;
    }
    return cost;
  }

  private void storeOverlay() throws CacheException {
    if (overlay == null) {
      return;
    }
    long from = 0;
    for (ByteRange range = overlay.next(0); range != null; range = overlay.next(from)) {
      long start = floor(Math.max(from, range.offset()));
      memory.beginAssembly();
      try {
        storeChanged(start);
      } finally {
        memory.assembled();
      }
      from = start + blockSize;
    }
  }

  private void storeChanged(long start) throws CacheException {
    byte[] bytes = ingest.takeBuffer();
    ByteBuffer block = ByteBuffer.wrap(bytes, 0, (int) Math.min(blockSize, sealed.end() - start));
    int length = read(start, block);
    Extent changed =
        Zeros.isZero(bytes, 0, length)
            ? Extent.hole(length)
            : Extent.submitted(stream.submit(bytes, length));
    sealed.put(start, List.of(changed));
  }

  private Overlay overlay() throws CacheException {
    if (overlay == null) {
      overlay = staging.newOverlay();
    }
    return overlay;
  }

  private long floor(long offset) {
    return offset - offset % blockSize;
  }

  @Override
  public void close() throws CacheException {
    try (tail) {
      stream.close();
    } finally {
      if (overlay != null) {
        overlay.close();
      }
    }
  }
}

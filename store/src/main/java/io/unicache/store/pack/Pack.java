package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * One pack and its index. Blocks are written by many threads at once, each to the range that it has
 * reserved; the index record follows under the lock. Safe for use by many threads.
 *
 * <p>The files are open for writing from the first append or free until a sync finds nothing to do
 * and no stream is attached. They stay open while anything is unsynced, as an error that the kernel
 * meets while it writes back is told to the descriptors that were open then.
 */
final class Pack {

  private static final System.Logger LOG = System.getLogger(Pack.class.getName());

  private final IndexHeader header;
  private final FileLayer files;
  private final PackPaths paths;
  private final Path path;

  // Everything below is guarded by this.
  private final PackState state;
  private Shared<PackChannels> open;
  private int streams;
  private boolean dataUnsynced;
  private boolean indexUnsynced;
  private boolean deleted;

  /** Offsets of blocks that are being written. */
  private final TreeSet<Long> writing = new TreeSet<>();

  /** No block that was appended by this process lies before this and is not durable. */
  private long durableEnd;

  /** Whether the file is about to leave the set: what is freed in it must not be punched out. */
  private boolean leaving;

  /** Whether all that was alive has moved, so that the file can go as it is. */
  private boolean emptied;

  /**
   * Set once an fsync has failed. The kernel then drops the pages that it could not write, and the
   * next fsync would succeed without them; so no later one is believed.
   */
  private CacheException syncFailure;

  Pack(IndexHeader header, FileLayer files, PackPaths paths, PackState state) {
    this.header = header;
    this.files = files;
    this.paths = paths;
    this.path = paths.pack(header.pack());
    this.state = state;
    this.durableEnd = state.tail; // Of what an earlier process has left, metadata takes care.
  }

  static Pack create(IndexHeader header, FileLayer files, PackPaths paths) throws CacheException {
    try {
      PackChannels channels = PackChannels.create(files, paths, header);
      Pack pack = new Pack(header, files, paths, new PackState());
      synchronized (pack) {
        pack.open = new Shared<>(channels);
        pack.dataUnsynced = true;
        pack.indexUnsynced = true;
      }
      return pack;
    } catch (IOException e) {
      throw CacheException.of("creating " + paths.pack(header.pack()), e);
    }
  }

  int number() {
    return header.pack();
  }

  /** Returns the file of the blocks. */
  Path path() {
    return path;
  }

  /** Tells whether any stream may append here, now or after a restart. */
  synchronized boolean takesSharedStreams(long limit) {
    return header.role() == IndexHeader.Role.SHARED
        && state.indexUsable
        && !deleted
        && syncFailure == null
        && state.tail < limit;
  }

  /** Tells whether the pack was made for one stream. */
  boolean isOwn() {
    return header.role() == IndexHeader.Role.OWN;
  }

  /** Tells whether the pack was made for one stream that has ended, and all of it is known. */
  synchronized boolean isFinished() {
    return isOwn() && isComplete();
  }

  /** Tells whether no stream appends, all of it is known and nobody takes it away already. */
  private synchronized boolean isComplete() {
    return streams == 0 && state.indexUsable && !state.damaged && !deleted && !leaving;
  }

  synchronized PackUsage usage() {
    return new PackUsage(
        number(), state.indexedBytes, state.live.bytes(), state.live.count(), isComplete());
  }

  /** Tells whether the index names a block. */
  synchronized boolean isIndexed(BlockLocation location) {
    return state.live.contains(location);
  }

  /**
   * Tells whether parts of the index are missing, and nothing is there that should not be: what a
   * power cut leaves.
   */
  synchronized boolean lacksRecords() {
    return (state.damaged || !state.indexUsable) && !state.altered;
  }

  /** Tells whether the index can be written to. */
  synchronized boolean takesRecords() {
    return state.indexUsable && !state.altered;
  }

  /**
   * Returns the role in an index that is written anew; where it is not known any stream will do.
   */
  synchronized IndexHeader.Role mendedRole() {
    return state.indexUsable ? header.role() : IndexHeader.Role.SHARED;
  }

  /** Returns where the next block would go. */
  synchronized long tail() {
    return state.tail;
  }

  /** Tells whether a stream may still append. */
  synchronized boolean isAppendedTo() {
    return streams > 0;
  }

  /**
   * Keeps the pack and what is freed in it as they are; false if it is appended to, or not all of
   * it is known.
   */
  synchronized boolean beginLeaving() {
    if (!isComplete()) {
      return false;
    }
    leaving = true;
    return true;
  }

  synchronized void stay() {
    leaving = false;
  }

  /** Counts a stream that is going to append; the pack is not deleted while there is one. */
  synchronized void attach() {
    streams++;
  }

  synchronized void detach() {
    streams--;
  }

  /**
   * Reserves the range for one block, which {@link #write} has to be called for.
   *
   * @return its offset
   */
  synchronized long reserve(int length) {
    long offset = state.tail;
    skip(length);
    writing.add(offset);
    return offset;
  }

  /** Leaves room for zeros that are not stored. */
  synchronized void skip(long length) {
    state.tail = Math.addExact(state.tail, BlockLocation.allocated(length));
  }

  /** Writes a block to a range that was reserved for it, and its index record. */
  BlockLocation write(BlockHash hash, long offset, ByteBuffer data) throws CacheException {
    BlockLocation location = new BlockLocation(number(), offset, data.remaining());
    try {
      Shared<PackChannels> channels = hold();
      try {
        channels.get().data().writeFully(data.duplicate(), offset);
        recordBlock(channels.get(), hash, location);
      } finally {
        channels.release();
      }
    } catch (IOException e) {
      giveUp(location, e);
      throw CacheException.of("writing block " + hash + " to " + paths.pack(number()), e);
    } finally {
      written(offset);
    }
    data.position(data.limit());
    return location;
  }

  /** Copies a block of another pack to the same place in this one, and writes its index record. */
  BlockLocation copy(BlockHash hash, BlockLocation from, PackFile source) throws CacheException {
    BlockLocation location = new BlockLocation(number(), from.offset(), from.length());
    synchronized (this) {
      state.tail = Math.max(state.tail, location.offset() + location.allocated());
      writing.add(location.offset());
    }
    try {
      Shared<PackChannels> channels = hold();
      try {
        source.copyTo(channels.get().data(), location.offset(), location.length());
        recordBlock(channels.get(), hash, location);
      } finally {
        channels.release();
      }
    } catch (IOException e) {
      throw CacheException.of("copying block " + hash + " from " + from + " to " + path, e);
    } finally {
      written(location.offset());
    }
    return location;
  }

  private synchronized void written(long offset) {
    writing.remove(offset);
  }

  /** Notes a block whose bytes have been written. */
  private synchronized void recordBlock(
      PackChannels channels, BlockHash hash, BlockLocation location) throws IOException {
    writeRecord(channels, IndexRecord.block(hash, location));
    state.indexedBytes += location.allocated();
    state.live.add(location);
    dataUnsynced = true;
  }

  /** Appends begin at {@code end} or later, also after a restart: the file's length says so. */
  void fence(long end) throws CacheException {
    synchronized (this) {
      if (end <= state.tail || !state.indexUsable) {
        return;
      }
      state.tail = end;
      dataUnsynced = true;
    }
    try {
      Shared<PackChannels> channels = hold();
      try {
        channels.get().data().writeFully(ByteBuffer.allocate(1), end - 1);
      } finally {
        channels.release();
      }
    } catch (IOException e) {
      throw CacheException.of("extending " + path, e);
    }
  }

  /** Takes a reservation back after a failed write, where that leaves no garbage in the pack. */
  private void giveUp(BlockLocation location, IOException cause) {
    boolean clean = false;
    try {
      clean = files.punch(paths.pack(number()), location.offset(), location.allocated());
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    synchronized (this) {
      if (clean && state.tail == location.offset() + location.allocated()) {
        state.tail = location.offset();
      }
    }
  }

  /**
   * Marks a block dead and punches it out. Does nothing if it is dead already.
   *
   * @return bytes given back
   */
  long free(BlockLocation location) throws CacheException {
    try {
      if (isLeaving()) {
        return 0;
      }
      if (!isLive(location)) {
        // A crash may have come between its record and its hole.
        files.punch(paths.pack(number()), location.offset(), location.allocated());
        return 0;
      }
      boolean punched = false;
      if (!tryBury(location)) {
        // The disk is too full for 64 bytes more: the hole makes room for them.
        punched = files.punch(paths.pack(number()), location.offset(), location.allocated());
        bury(location);
      }
      if (isUnused()) {
        // The caller is about to delete the whole pack.
        return location.allocated();
      }
      punched |= files.punch(paths.pack(number()), location.offset(), location.allocated());
      return punched ? location.allocated() : 0;
    } catch (NoSuchFileException e) {
      if (isDeleted()) {
        return location.allocated();
      }
      throw missing(e);
    } catch (IOException e) {
      throw CacheException.of("freeing " + location, e);
    }
  }

  /** A pack with damaged records may hold blocks that are not known here: those count as live. */
  private synchronized boolean isLive(BlockLocation location) {
    return !deleted && (state.damaged || state.live.contains(location));
  }

  private boolean tryBury(BlockLocation location) throws IOException {
    try {
      bury(location);
      return true;
    } catch (IOException e) {
      if (CacheException.of("", e) instanceof CacheException.Full) {
        return false;
      }
      throw e;
    }
  }

  private void bury(BlockLocation location) throws IOException {
    synchronized (this) {
      if (!state.indexUsable) {
        state.live.remove(location);
        return;
      }
    }
    Shared<PackChannels> channels = hold();
    try {
      synchronized (this) {
        if (state.live.contains(location) || state.damaged) {
          writeRecord(channels.get(), IndexRecord.freed(location));
          state.live.remove(location);
        }
      }
    } finally {
      channels.release();
    }
  }

  /** Called with the lock held, so that records follow each other without gaps. */
  private void writeRecord(PackChannels channels, IndexRecord record) throws IOException {
    channels.index().writeFully(record.encode(), state.indexEnd);
    state.indexEnd += IndexRecord.BYTES;
    indexUnsynced = true;
  }

  /** Tells whether neither a block nor a stream nor anything unknown is left. */
  synchronized boolean isUnused() {
    return streams == 0 && !deleted && (!leaving || emptied) && isEmpty();
  }

  /** Tells whether what is freed here stays as it is, as all of the pack is going to. */
  synchronized boolean isLeaving() {
    return leaving;
  }

  private synchronized boolean isEmpty() {
    return state.isEmpty();
  }

  private synchronized boolean isDeleted() {
    return deleted;
  }

  private synchronized boolean isUnsynced() {
    return !deleted && (dataUnsynced || indexUnsynced || syncFailure != null);
  }

  /** Makes the blocks durable. Appends may go on meanwhile. */
  void syncData() throws CacheException {
    Shared<PackChannels> channels;
    long end;
    synchronized (this) {
      failIfSyncFailed();
      if (!dataUnsynced || deleted) {
        return;
      }
      channels = holdForSync();
      dataUnsynced = false;
      end = writing.isEmpty() ? state.tail : writing.first();
    }
    force(channels, channels.get().data());
    synchronized (this) {
      durableEnd = Math.max(durableEnd, end);
    }
  }

  /** Returns an offset: all blocks before it are durable. */
  synchronized long durableEnd() {
    return durableEnd;
  }

  /** Makes the index records durable, after {@link #syncData}. */
  void syncIndex() throws CacheException {
    Shared<PackChannels> channels;
    synchronized (this) {
      failIfSyncFailed();
      if (!indexUnsynced || deleted) {
        return;
      }
      channels = holdForSync();
      indexUnsynced = false;
    }
    force(channels, channels.get().index());
  }

  private void failIfSyncFailed() throws CacheException {
    if (syncFailure != null && !deleted) {
      throw new CacheException.Storage(
          paths.pack(number())
              + " could not be made durable earlier; what was appended then may be lost: open the"
              + " store again and check it",
          syncFailure);
    }
  }

  private void force(Shared<PackChannels> channels, PackFile file) throws CacheException {
    try {
      try {
        file.force();
      } finally {
        channels.release();
      }
    } catch (IOException e) {
      CacheException failure = CacheException.of("syncing " + paths.pack(number()), e);
      synchronized (this) {
        syncFailure = failure;
      }
      throw failure;
    }
  }

  /** Closes the files if nothing is going on and everything is durable. */
  void closeIfIdle() throws CacheException {
    Shared<PackChannels> channels;
    synchronized (this) {
      if (streams > 0 || isUnsynced()) {
        return;
      }
      channels = takeOpen();
    }
    release(channels);
  }

  void close() throws CacheException {
    Shared<PackChannels> channels;
    synchronized (this) {
      channels = takeOpen();
    }
    release(channels);
  }

  /** Called with the lock held. */
  private Shared<PackChannels> takeOpen() {
    Shared<PackChannels> channels = open;
    open = null;
    return channels;
  }

  private void release(Shared<PackChannels> channels) throws CacheException {
    try {
      if (channels != null) {
        channels.release();
      }
    } catch (IOException e) {
      throw CacheException.of("closing " + paths.pack(number()), e);
    }
  }

  /**
   * Deletes the pack, if nothing is left in it, and its index. The index of the newest pack stays,
   * empty: it keeps the number from being given out again.
   *
   * @return whether it was unused and is gone now
   */
  boolean deleteIfUnused(boolean newest) throws CacheException {
    synchronized (this) {
      if (!isUnused()) {
        return false;
      }
      deleted = true;
    }
    close();
    try {
      files.delete(paths.pack(number()));
      if (newest) {
        try (PackFile index = files.open(paths.index(number()), FileLayer.Mode.WRITE)) {
          index.truncate(IndexHeader.BYTES);
        }
      } else {
        files.delete(paths.index(number()));
      }
    } catch (IOException e) {
      throw CacheException.of("deleting " + paths.pack(number()), e);
    }
    return true;
  }

  /**
   * Takes the pack's names away; its file lives on under another one. The caller has taken it out
   * of the set, and no live block is left in the block table.
   */
  void leave(List<BlockLocation> dead) throws CacheException {
    Failures failures = new Failures();
    failures.collect(() -> buryAll(dead));
    synchronized (this) {
      deleted = true;
    }
    failures.collect(this::close);
    failures.collect(this::deleteNames);
    failures.throwFirst();
  }

  private void buryAll(List<BlockLocation> dead) throws CacheException {
    try {
      for (BlockLocation location : dead) {
        bury(location);
      }
      Shared<PackChannels> channels = hold();
      try {
        // An index that outlives its pack must not name blocks.
        channels.get().index().force();
      } finally {
        channels.release();
      }
    } catch (IOException e) {
      throw CacheException.of("writing " + paths.index(number()), e);
    }
  }

  private void deleteNames() throws CacheException {
    try {
      files.delete(path);
      files.delete(paths.index(number()));
    } catch (IOException e) {
      throw CacheException.of("deleting " + path, e);
    }
  }

  /** Marks every block dead, durably. The caller has moved them, and nothing is punched out. */
  void buryAll() throws CacheException {
    forEachLive(block -> buryMoved(block.location()));
    buryAll(List.of());
    synchronized (this) {
      emptied = true;
    }
  }

  private void buryMoved(BlockLocation location) throws CacheException {
    try {
      bury(location);
    } catch (IOException e) {
      throw CacheException.of("writing " + paths.index(number()), e);
    }
  }

  /** Visits the records of live blocks in the order of writing. */
  void forEachLive(PackSet.IndexVisitor visitor) throws CacheException {
    long limit;
    synchronized (this) {
      limit = deleted ? 0 : state.indexEnd;
    }
    if (limit <= IndexHeader.BYTES) {
      return;
    }
    try (PackFile index = files.open(paths.index(number()), FileLayer.Mode.READ)) {
      IndexScan.scan(index, number(), limit, new LiveRecords(visitor));
    } catch (NoSuchFileException | EOFException e) {
      if (!isDeleted()) {
        throw CacheException.of("reading " + paths.index(number()), e);
      }
    } catch (IOException e) {
      // The visitor's own exceptions pass through as they are.
      throw CacheException.of("reading " + paths.index(number()), e);
    }
  }

  /** As {@link #forEachLive}, and tells of everything in the index that is damaged. */
  void inspectIndex(PackInspection inspection, PackSet.IndexVisitor visitor) throws CacheException {
    long limit;
    synchronized (this) {
      if (deleted) {
        return;
      }
      // Of an index that nothing is appended to, all has to be sound.
      limit = state.indexUsable ? state.indexEnd : Long.MAX_VALUE;
    }
    inspection.index(limit, this::isLiveRecord, visitor);
  }

  private synchronized boolean isLiveRecord(IndexRecord record) {
    return state.live.contains(record.location());
  }

  synchronized boolean hasUnindexed() {
    return state.unindexed;
  }

  synchronized void forgetUnindexed() {
    state.unindexed = false;
  }

  IndexHeader.Role role() {
    return header.role();
  }

  private final class LiveRecords implements IndexScan.Visitor {
    private final PackSet.IndexVisitor visitor;

    LiveRecords(PackSet.IndexVisitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public void record(IndexRecord record) throws CacheException {
      boolean live;
      synchronized (Pack.this) {
        live = state.live.contains(record.location());
      }
      // Space is never used again, so an offset has one BLOCK record for ever.
      if (record.kind() == IndexRecord.Kind.BLOCK && live) {
        visitor.visit(new PackSet.IndexedBlock(record.hash(), record.location()));
      }
    }

    @Override
    public void missing(long index) {
      damaged(index, "it is all zeros");
    }

    @Override
    public void damaged(long index, String problem) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0}, record {1}: {2}; skipped",
          paths.index(number()),
          Long.toString(index),
          problem);
    }
  }

  /** Returns the bytes that both files take on the disk; by arithmetic where it cannot be asked. */
  long bytesOnDisk() throws CacheException {
    try {
      OptionalLong data = files.allocatedBytes(paths.pack(number()));
      OptionalLong index = files.allocatedBytes(paths.index(number()));
      synchronized (this) {
        return data.orElse(state.live.bytes())
            + index.orElse(BlockLocation.allocated(state.indexEnd));
      }
    } catch (NoSuchFileException e) {
      // Deleted this moment, or missing and known to be damaged.
      return 0;
    } catch (IOException e) {
      throw CacheException.of("looking at " + paths.pack(number()), e);
    }
  }

  private CacheException missing(IOException cause) {
    return new CacheException.Corrupt(
        paths.pack(number()) + " is missing: restore it from a backup, or check the store", cause);
  }

  /** Opens the files if they are not, and keeps them from being closed until released. */
  private synchronized Shared<PackChannels> hold() throws IOException {
    if (deleted) {
      throw new NoSuchFileException(paths.pack(number()).toString());
    }
    if (open == null) {
      open = new Shared<>(PackChannels.open(files, paths, number()));
    }
    if (!open.tryHold()) {
      throw new IllegalStateException(paths.pack(number()) + " was released too often");
    }
    return open;
  }

  private Shared<PackChannels> holdForSync() throws CacheException {
    try {
      return hold();
    } catch (IOException e) {
      throw CacheException.of("opening " + paths.pack(number()) + " to sync it", e);
    }
  }
}

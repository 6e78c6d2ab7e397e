package io.unicache.store.file;

import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.read.ReadTarget;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The content of a regular file that is open: what is committed, and on top of it what has been
 * written since. One instance stands for an inode however often it is open, so that every reader
 * sees every write at once. Safe for use by many threads.
 *
 * <p>A read holds the lock while it copies, so the blocks that it reads belong to the inode all the
 * while and cannot be freed under it.
 */
public final class LiveFile {

  /**
   * Files end here at the latest: 8 EiB less one block would overflow the arithmetic of the grid.
   */
  public static final long MAX_SIZE = 1L << 53;

  private static final System.Logger LOG = System.getLogger(LiveFile.class.getName());

  private final long number;
  private final LiveFiles owner;

  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  /** Guarded by the lock, as all below. */
  private final LiveContent content;

  /** Openings for writing. */
  private int writers;

  private boolean dirty;
  private Timestamp modified = Timestamp.EPOCH;
  private long version;

  /** The version that would survive a crash, if any but the committed one. */
  private long savedVersion;

  private final FileJournal journal;

  /** Whether nobody has the file open any more: another instance may stand for the inode. */
  private boolean closed;

  LiveFile(long number, LiveFiles owner) throws CacheException {
    this.number = number;
    this.owner = owner;
    Inode inode = owner.tree().inode(number);
    if (!inode.isRegular()) {
      throw new Namespace(Reason.INVALID, "inode " + number + " is not a regular file");
    }
    this.journal = new FileJournal(number, owner.journals());
    this.content = new LiveContent(inode, owner);
  }

  /**
   * Returns the inode as it is now: the committed attributes with the live size, and the live
   * modification and change time while there is something to commit.
   */
  public Inode inode() throws CacheException {
    lock.readLock().lock();
    try {
      Inode inode = owner.tree().inode(number);
      Optional<Timestamp> at = changedAt();
      if (at.isEmpty()) {
        return inode;
      }
      Timestamp changed = at.get().compareTo(inode.changed()) > 0 ? at.get() : inode.changed();
      return inode.toBuilder()
          .content(inode.content().orElse(null), content.size())
          .modified(at.get())
          .changed(changed)
          .build();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Returns when what is not committed was changed last. */
  private Optional<Timestamp> changedAt() throws CacheException {
    Optional<Timestamp> around = content.changedAround();
    if (!dirty) {
      return around;
    }
    return Optional.of(around.filter(at -> at.compareTo(modified) > 0).orElse(modified));
  }

  /** Returns the length in bytes. */
  public long size() {
    lock.readLock().lock();
    try {
      return content.size();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Returns the bytes that are not in holes. */
  public long dataBytes() throws CacheException {
    lock.readLock().lock();
    try {
      return content.dataBytes();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Returns a number that changes with every change of the content or size. */
  public long version() {
    lock.readLock().lock();
    try {
      return version;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Tells whether something has been written that is not committed. */
  public boolean isDirty() {
    lock.readLock().lock();
    try {
      return dirty;
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Reads into the buffer's remaining room.
   *
   * @return bytes read; fewer than there is room for only at the end of the file
   * @throws CacheException.Corrupt if a block does not have its hash; nothing of it is returned
   */
  public int read(long offset, ByteBuffer into) throws CacheException {
    lock.readLock().lock();
    try {
      return content.read(offset, into);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Reads up to {@code count} bytes, without copying what can be mapped, and delivers them.
   *
   * @return bytes read; fewer than {@code count} only at the end of the file
   */
  public int read(long offset, int count, ReadTarget target) throws CacheException {
    if (!lock.readLock().tryLock()) {
      target.mayWait();
      lock.readLock().lock();
    }
    try {
      return content.read(offset, count, target);
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Writes the buffer's remaining bytes; the file grows as needed, a gap reads as zeros. */
  public void write(long offset, ByteBuffer from) throws CacheException {
    lock.writeLock().lock();
    try {
      writeLocked(offset, from);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Writes the buffer's remaining bytes at the end, atomically towards other appends.
   *
   * @return the offset at which they were written
   */
  public long append(ByteBuffer from) throws CacheException {
    lock.writeLock().lock();
    try {
      long end = content.size();
      writeLocked(end, from);
      return end;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void writeLocked(long offset, ByteBuffer from) throws CacheException {
    checkSize(offset + from.remaining());
    if (!from.hasRemaining()) {
      return;
    }
    int before = from.remaining();
    MutableContent target = content.changing();
    try {
      target.write(offset, from);
    } finally {
      if (from.remaining() < before) {
        changed(); // a write that fails in the middle has changed something all the same
      }
    }
  }

  /** Sets the length: cuts, or extends with zeros. */
  public void truncate(long size) throws CacheException {
    checkSize(size);
    lock.writeLock().lock();
    try {
      content.truncate(size);
      changed();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Makes the file at least so long, with zeros. */
  public void extend(long size) throws CacheException {
    checkSize(size);
    lock.writeLock().lock();
    try {
      if (size > size()) {
        content.truncate(size);
        changed();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Makes zeros of a range. Whole blocks of it become holes, and take no space from the next commit
   * on.
   *
   * @param extend whether the file grows if the range goes on behind its end; else that part is
   *     left out
   */
  public void zero(long offset, long length, boolean extend) throws CacheException {
    checkSize(offset + length);
    lock.writeLock().lock();
    try {
      long end = extend ? offset + length : Math.min(size(), offset + length);
      if (offset >= end) {
        return;
      }
      MutableContent target = content.changing();
      changed(); // also if it fails in the middle
      target.zero(offset, Math.min(end, target.size()));
      if (end > target.size()) {
        target.truncate(end);
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Copies a range of another file, or of this one, into this one. Blocks that lie on the grid in
   * both are shared, however many there are: none of their bytes is touched. If there are any, what
   * was written to the source is committed first.
   *
   * @return bytes copied. Fewer than {@code length} at the end of the source and if there are many
   *     to move; 0 at or behind the end
   */
  public long copyFrom(LiveFile source, long sourceOffset, long offset, long length)
      throws CacheException {
    return new RangeCopy(source, this, owner.blockSize()).copy(sourceOffset, offset, length);
  }

  /**
   * Returns the first offset from {@code offset} on that is not in a hole. Empty if there is none,
   * or the offset is at or behind the end.
   */
  public OptionalLong nextData(long offset) {
    lock.readLock().lock();
    try {
      long size = size();
      if (offset >= size) {
        return OptionalLong.empty();
      }
      long found = content.nextData(offset);
      return found < size ? OptionalLong.of(found) : OptionalLong.empty();
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Returns the first offset from {@code offset} on that is in a hole; a hole begins at the end of
   * every file. Empty if the offset is at or behind the end.
   */
  public OptionalLong nextHole(long offset) {
    lock.readLock().lock();
    try {
      if (offset >= size()) {
        return OptionalLong.empty();
      }
      return OptionalLong.of(content.nextHole(offset));
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Commits, and returns the whole blocks and holes in a range of the grid. Where the file ends
   * before, so do they.
   */
  PinnedExtents pinned(long from, long to) throws CacheException {
    lock.writeLock().lock();
    try {
      commit();
      Manifest manifest = content.committed();
      long whole = manifest.size() - manifest.size() % owner.blockSize();
      long end = Math.max(from, Math.min(to, whole));
      return PinnedExtents.pin(ExtentList.run(manifest, from, end), owner.meta().pins());
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Gives back what {@link #pinned} has pinned and no file has taken over. */
  void unpin(PinnedExtents extents) throws CacheException {
    extents.unpin(owner.meta().pins());
  }

  /** Tells whether blocks can be put in; not so into a file that programs have mapped. */
  boolean takesBlocks() {
    return !content.isTakenOver();
  }

  /**
   * Puts whole blocks and holes over what is there; takes the pins over if it succeeds.
   *
   * @return false if the file takes no blocks; nothing is changed then
   */
  boolean put(long offset, PinnedExtents extents) throws CacheException {
    checkSize(offset + extents.length());
    lock.writeLock().lock();
    try {
      if (!(content.changing() instanceof Draft target)) {
        return false;
      }
      changed();
      target.put(offset, extents);
      return true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Commits what has been written since the last commit: afterwards it survives a crash of the
   * process. Does nothing if nothing was.
   */
  public void commit() throws CacheException {
    lock.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      Optional<Timestamp> changed = changedAt();
      if (changed.isEmpty() && !content.mayHaveChanged()) {
        return;
      }
      MutableContent draft = content.changing();
      Content finished = draft.finish();
      // What was changed around this object may turn out to be the same as before.
      if (dirty || !owner.tree().inode(number).content().equals(Optional.of(finished.id()))) {
        boolean durable = journal.isInUse();
        if (durable) {
          // What is durable in the journal must not be forgotten for blocks that are not.
          owner.syncBlocks();
        }
        Timestamp at = changed.orElse(Timestamp.now(owner.clock()));
        owner.tree().setContent(number, finished.id(), finished.manifest(), at, durable);
      }
      // First what cannot fail: the metadata knows of no journal any more.
      journal.detach();
      dirty = false;
      draft.committed();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Makes what has been written since the last time survive a crash of the process, at the cost of
   * just that: by a commit, or by a journal that makes up for one. Does nothing if nothing was. A
   * file without a name is left alone: nobody could miss it.
   */
  public void save() throws CacheException {
    lock.writeLock().lock();
    try {
      if (closed || !hasName()) {
        return;
      }
      if (dirty && savedVersion == version && !journal.isBroken() && !content.isTakenOver()) {
        return;
      }
      if (dirty && content.changing() instanceof Draft draft && !commitsCheaply(draft)) {
        journal.save(draft, modified);
        savedVersion = version;
      } else {
        commit();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private boolean commitsCheaply(Draft draft) {
    return draft.commitsCheaply() || (journal.isBloated() && draft.changes().areMany());
  }

  /** Saves again what was saved before but could not be made durable. */
  void saveIfBroken() throws CacheException {
    lock.writeLock().lock();
    try {
      if (journal.isBroken()) {
        save();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Commits, or while others may go on writing {@linkplain #save saves}. A file without a name is
   * left alone here as well.
   *
   * @param mine openings for writing that do not count
   */
  public void settle(int mine) throws CacheException {
    lock.writeLock().lock();
    try {
      if (writers > mine) {
        save();
      } else if (hasName()) {
        commit();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Tells whether it must not be let go: what was saved could not be committed. */
  boolean isSavedOnly() throws CacheException {
    lock.readLock().lock();
    try {
      return dirty && journal.isInUse() && hasName();
    } finally {
      lock.readLock().unlock();
    }
  }

  private boolean hasName() throws CacheException {
    return owner.tree().inode(number).links() > 0;
  }

  /**
   * Commits what a journal of an earlier process has kept. Where the disk has no room for that, it
   * is left to later, as if this process had saved it. If this fails nothing is changed.
   */
  void recover(JournalEntry entry, JournalReplay replay) throws CacheException {
    lock.writeLock().lock();
    boolean done = false;
    try {
      replay.applyTo(content.changing());
      changed();
      savedVersion = version;
      modified = replay.modified().orElse(modified);
      journal.adopt(entry);
      commit();
      done = true;
    } catch (CacheException.Full e) {
      done = journal.isInUse();
      if (!done) {
        throw e;
      }
      LOG.log(Level.WARNING, "inode " + number + " is committed when there is room", e);
    } finally {
      if (!done) {
        discard();
      }
      lock.writeLock().unlock();
    }
  }

  /**
   * Lends the file out that has this file's bytes, all of them and nothing else, at the same
   * offsets, for as long as this file is open. Readers of that file see every change of this one.
   * It must not be written to, but through mappings of programs that have this file open for
   * writing (see {@link #beginWriting}).
   *
   * @return nothing if there is no such file, or it is not known yet that it is sound; then that is
   *     found out in the background
   */
  public Optional<Path> lend() throws CacheException {
    lock.writeLock().lock();
    try {
      return content.lend(writers > 0);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * An opening is going to write; {@link #endWriting} ends that. A file that was lent out is this
   * file's alone when this returns, so that a program may write to it through a mapping.
   *
   * @throws CacheException.Full if the disk has no room for what else is in it; nothing is changed
   *     then
   */
  public void beginWriting() throws CacheException {
    lock.writeLock().lock();
    try {
      content.takeOverIfLent();
      writers++;
    } finally {
      lock.writeLock().unlock();
    }
  }

  public void endWriting() {
    lock.writeLock().lock();
    try {
      writers--;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Tells whether the content is in a file that programs may write to by mappings: size and times
   * change without anyone's saying so.
   */
  public boolean isTakenOver() {
    return content.isTakenOver();
  }

  /** Tells whether programs have the content mapped though no descriptor of it is open. */
  boolean isMapped() {
    lock.writeLock().lock();
    try {
      return content.isMapped();
    } catch (CacheException e) {
      LOG.log(Level.WARNING, "inode " + number + " is taken to be mapped still", e);
      return true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Gives back one opening: see {@link #settle}. The last one lets an inode without a name go. */
  public void close() throws CacheException {
    owner.close(this);
  }

  long number() {
    return number;
  }

  /** Nothing is committed or saved from here on. */
  void end() {
    lock.writeLock().lock();
    try {
      closed = true;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Lets go of memory and staging files, committed or not. */
  void discard() throws CacheException {
    lock.writeLock().lock();
    try {
      dirty = false;
      journal.detach();
      content.discard();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void changed() {
    dirty = true;
    version++;
    modified = Timestamp.now(owner.clock());
  }

  private static void checkSize(long size) throws CacheException {
    if (size < 0 || size > MAX_SIZE) {
      throw new Namespace(
          Reason.FILE_TOO_LARGE, "files have at most " + MAX_SIZE + " bytes, not " + size);
    }
  }
}

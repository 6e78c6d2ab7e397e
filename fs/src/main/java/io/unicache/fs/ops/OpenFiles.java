package io.unicache.fs.ops;

import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.store.Store;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.read.ReadTarget;
import io.unicache.store.tree.Tree;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The table of open files, and what is done through handles. Safe for use by many threads. */
final class OpenFiles {

  /** Inodes whose last content is remembered for {@link Opened#keepCache()}; about 8 MiB. */
  private static final int REMEMBERED_INODES = 65_536;

  private static final System.Logger LOG = System.getLogger(OpenFiles.class.getName());

  private final Store store;
  private final AccessTimes accessTimes;
  private final HandleTable<OpenFile> handles = new HandleTable<>();

  /** Counts changes of mode bits, so that a write need not look at them each time. */
  private final AtomicLong modeChanges = new AtomicLong();

  /**
   * The committed content of an inode as the kernel knows it: noted at each open, and after each
   * commit of what the kernel itself has written. An open that finds another content there tells
   * the kernel to forget.
   */
  private final BoundedMap<Long, Optional<ContentId>> remembered =
      new BoundedMap<>(REMEMBERED_INODES);

  OpenFiles(Store store, AccessTimes accessTimes) {
    this.store = store;
    this.accessTimes = accessTimes;
  }

  Opened open(Inode inode, int flags, Caller caller) throws CacheException, FileSystemException {
    checkRegular(inode);
    boolean truncates = (flags & OpenFlags.TRUNCATE) != 0;
    if (store.readOnly() && (truncates || OpenFlags.writes(flags))) {
      throw new FileSystemException(Errno.EROFS, "the store is open for reading only");
    }
    long number = inode.number();
    LiveFile file = store.files().open(number);
    boolean writing = false;
    try {
      if (OpenFlags.writes(flags)) {
        file.beginWriting();
        writing = true;
      }
      OpenFile opened = new OpenFile(number, file, flags);
      if (truncates) { // of an empty file too: its times move
        if (!Permissions.isRoot(caller)) {
          clearSetId(opened, caller);
        }
        file.truncate(0);
      }
      boolean keepCache = !truncates && isAsRemembered(file.inode());
      return new Opened(handles.add(opened), keepCache, false);
    } catch (CacheException | RuntimeException e) {
      if (writing) {
        file.endWriting();
      }
      close(number, file);
      throw e;
    }
  }

  /** See {@link FileSystemOps#lend}. */
  Optional<Path> lend(long handle) throws CacheException, FileSystemException {
    OpenFile opened = get(handle);
    Optional<Path> lent = opened.file().lend();
    if (lent.isPresent() && opened.reads() && !opened.keepsAccessTime()) {
      accessTimes.read(opened.inode(), opened.accessThrottle());
    }
    return lent;
  }

  int read(long handle, long offset, ByteBuffer into) throws CacheException, FileSystemException {
    OpenFile opened = readable(handle, offset);
    int count = opened.file().read(offset, into);
    if (!opened.keepsAccessTime()) {
      accessTimes.read(opened.inode(), opened.accessThrottle());
    }
    return count;
  }

  int read(long handle, long offset, int size, ReadTarget target)
      throws CacheException, FileSystemException {
    OpenFile opened = readable(handle, offset);
    int count = opened.file().read(offset, size, target);
    if (!opened.keepsAccessTime()) {
      accessTimes.read(opened.inode(), opened.accessThrottle());
    }
    return count;
  }

  private OpenFile readable(long handle, long offset) throws FileSystemException {
    OpenFile opened = readable(handle);
    if (offset < 0) {
      throw new FileSystemException(Errno.EINVAL, "offset " + offset);
    }
    return opened;
  }

  int write(long handle, long offset, ByteBuffer from, int flags)
      throws CacheException, FileSystemException {
    OpenFile opened = writable(handle);
    boolean appends = (flags & OpenFlags.APPEND) != 0;
    int count = from.remaining();
    if (count == 0) {
      return 0;
    }
    store.requireSoundDisk();
    checkRange(appends ? opened.file().size() : offset, count);
    if (appends) {
      opened.file().append(from);
    } else {
      opened.file().write(offset, from);
    }
    if (opened.synchronous() || (flags & OpenFlags.DSYNC) != 0) {
      sync(opened);
    }
    return count;
  }

  /** To be called when something was changed through a handle. */
  void syncIfSynchronous(OpenFile opened) throws CacheException {
    if (opened.synchronous()) {
      sync(opened);
    }
  }

  private void sync(OpenFile opened) throws CacheException {
    save(opened);
    store.sync();
  }

  void flush(long handle) throws CacheException, FileSystemException {
    OpenFile opened = get(handle);
    if (opened.writes()) {
      settle(opened, 1);
    }
  }

  void fsync(long handle) throws CacheException, FileSystemException {
    // Whichever handle wrote it: fsync on a read-only descriptor covers all of the file as well.
    OpenFile opened = get(handle);
    store.requireSoundDisk();
    if (!store.readOnly()) {
      save(opened);
      if (opened.mayGetName()) {
        commitUnnamed(opened.inode());
      }
      store.sync();
    }
  }

  void release(long handle) {
    OpenFile opened = handles.remove(handle);
    if (opened == null) {
      LOG.log(Level.WARNING, "release of handle {0}, which is not open", Long.toString(handle));
      return;
    }
    if (opened.writes()) {
      opened.file().endWriting();
      settleAtRelease(opened);
    }
    close(opened.inode(), opened.file());
  }

  /** Sets the length of a regular file, open or not, and commits it. */
  void truncate(Inode inode, long size) throws CacheException {
    LiveFile file = store.files().open(inode.number());
    try {
      file.truncate(size); // to the size that it has as well: its times move
      file.settle(0);
      remember(file);
    } finally {
      file.close();
    }
  }

  /**
   * Notes that the kernel knows an inode's committed content. Of one that has been taken over it
   * caches nothing new, and what it had cached before may be out of date.
   */
  void remember(LiveFile file) throws CacheException {
    Inode inode = file.inode();
    if (file.isTakenOver()) {
      remembered.remove(inode.number());
    } else {
      remembered.put(inode.number(), inode.content());
    }
  }

  /** Says that some inode's mode bits have changed. */
  void modeChanged() {
    modeChanges.incrementAndGet();
  }

  /** Releases what is still open. */
  void releaseAll() {
    handles.handles().forEach(this::release);
  }

  static void checkRegular(Inode inode) throws FileSystemException {
    switch (inode.type()) {
      case REGULAR -> {}
      case DIRECTORY -> throw new FileSystemException(Errno.EISDIR, inode + " is a directory");
      case SYMLINK -> throw new FileSystemException(Errno.ELOOP, inode + " is a symlink");
      case FIFO, SOCKET, BLOCK_DEVICE, CHARACTER_DEVICE ->
          throw new FileSystemException(Errno.EINVAL, inode + " is not a regular file");
    }
  }

  static void checkSize(long size) throws FileSystemException {
    if (size < 0) {
      throw new FileSystemException(Errno.EINVAL, "size " + size);
    }
    if (size > LiveFile.MAX_SIZE) {
      throw new FileSystemException(
          Errno.EFBIG, "size " + size + "; a file has at most " + LiveFile.MAX_SIZE + " bytes");
    }
  }

  static void checkRange(long offset, long count) throws FileSystemException {
    if (offset < 0) {
      throw new FileSystemException(Errno.EINVAL, "offset " + offset);
    }
    if (offset > LiveFile.MAX_SIZE - count) {
      throw new FileSystemException(
          Errno.EFBIG,
          "a range up to "
              + offset
              + " + "
              + count
              + "; a file has at most "
              + LiveFile.MAX_SIZE
              + " bytes");
    }
  }

  OpenFile get(long handle) throws FileSystemException {
    OpenFile opened = handles.get(handle);
    if (opened == null) {
      throw new FileSystemException(Errno.EBADF, "handle " + handle + " is not open");
    }
    return opened;
  }

  OpenFile readable(long handle) throws FileSystemException {
    OpenFile opened = get(handle);
    if (!opened.reads()) {
      throw new FileSystemException(Errno.EBADF, "handle " + handle + " is not open for reading");
    }
    return opened;
  }

  OpenFile writable(long handle) throws FileSystemException {
    OpenFile opened = get(handle);
    if (!opened.writes()) {
      throw new FileSystemException(Errno.EBADF, "handle " + handle + " is not open for writing");
    }
    return opened;
  }

  private boolean isAsRemembered(Inode inode) {
    return inode.content().equals(remembered.put(inode.number(), inode.content()));
  }

  /** Saves what was written; see {@link LiveFile#save}. */
  private void save(OpenFile opened) throws CacheException {
    keep(opened, LiveFile::save);
  }

  private interface Keeping {
    void run(LiveFile file) throws CacheException;
  }

  private void keep(OpenFile opened, Keeping keeping) throws CacheException {
    try {
      keeping.run(opened.file());
      remember(opened.file());
    } catch (CacheException e) {
      // If it comes to nothing, what the kernel has cached is not what is in the file.
      remembered.remove(opened.inode());
      throw e;
    }
  }

  /**
   * Makes what was written to a file durable that is to take another one's place: else a power cut
   * could leave neither.
   */
  void syncBeforeReplacing(long parent, byte[] name, long newParent, byte[] newName)
      throws CacheException {
    if (store.meta().entry(newParent, Name.of(newName)).isEmpty()) {
      return;
    }
    Optional<DirectoryEntry> entry = store.meta().entry(parent, Name.of(name));
    if (entry.isPresent()) {
      Optional<LiveFile> live = store.files().find(entry.get().inode());
      if (live.isPresent()) {
        live.get().save();
      }
      boolean saved = live.isPresent() && live.get().isDirty(); // but not committed
      if (saved || store.meta().isUnsynced(entry.get().inode())) {
        store.sync();
      }
    }
  }

  /** Commits what was written to a file that has no name, as it is to get one. */
  void commitUnnamed(long inode) throws CacheException {
    Optional<LiveFile> live = store.files().find(inode);
    if (live.isPresent() && live.get().inode().links() == 0) {
      live.get().commit();
      remember(live.get());
    }
  }

  /** Commits or saves what was written; see {@link LiveFile#settle}. */
  private void settle(OpenFile opened, int mine) throws CacheException {
    keep(opened, file -> file.settle(mine));
  }

  private void settleAtRelease(OpenFile opened) {
    try {
      settle(opened, 0);
    } catch (CacheException e) {
      // Nobody hears of a failure here (flush has reported it to whoever listened), but the log.
      LOG.log(Level.ERROR, "inode " + opened.inode() + " could not be committed", e);
    }
  }

  private static void close(long inode, LiveFile file) {
    try {
      file.close();
    } catch (CacheException e) {
      LOG.log(Level.ERROR, "inode " + inode + " could not be closed", e);
    }
  }

  /** Takes set-ID bits off, as POSIX wants it when someone without privileges changes the file. */
  void clearSetId(OpenFile opened, Caller caller) throws CacheException {
    long changes = modeChanges.get();
    if (opened.modeChecked() == changes) {
      return;
    }
    Inode inode = store.tree().inode(opened.inode());
    int before = inode.permissions();
    int after = Permissions.withoutSetId(before, inode.gid(), caller);
    if (after != before) {
      store.tree().change(opened.inode(), new Tree.AttributeChange(after, null, null, null, null));
    }
    if ((after & (Permissions.SET_UID | Permissions.SET_GID)) == 0) {
      opened.modeChecked(changes); // Nobody has anything to take off until the next change.
    }
  }
}

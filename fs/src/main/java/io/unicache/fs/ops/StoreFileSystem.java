package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.read.ReadTarget;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * The file system on a store. This class is the map of the package: it says EROFS for changes to a
 * read-only store, has store errors turned into errno ({@link Errors}), and hands each operation to
 * the part that knows it:
 *
 * <ul>
 *   <li>{@link Names}: looking up, making, linking, removing, renaming;
 *   <li>{@link Stat} and {@link AttributeChanges}: attributes and who may change them;
 *   <li>{@link ExtendedAttributes} with {@link VirtualAttributes} and {@link AccessControl};
 *   <li>{@link OpenFiles}, {@link FileRanges} and {@link OpenDirectories}: handles;
 *   <li>{@link AccessTimes}, {@link SpaceReport}.
 * </ul>
 *
 * <p>The store stays its owner's: {@link #close()} releases handles and leaves the store open.
 */
public final class StoreFileSystem implements FileSystemOps {

  /** How often create starts again when another program makes and removes the name in between. */
  private static final int CREATE_ATTEMPTS = 8;

  private static final System.Logger LOG = System.getLogger(StoreFileSystem.class.getName());

  private final Store store;
  private final Stat stat;
  private final Names names;
  private final OpenFiles files;
  private final FileRanges ranges;
  private final OpenDirectories directories;
  private final AttributeChanges changes;
  private final ExtendedAttributes extended;
  private final SpaceReport space;

  /**
   * Serves a store.
   *
   * @param clock for the times that operations set; the same as the store's
   */
  public StoreFileSystem(Store store, Clock clock) {
    this.store = store;
    stat = new Stat(store);
    AccessTimes accessTimes = new AccessTimes(store, stat, clock);
    AccessControl accessControl = new AccessControl(store.tree());
    names = new Names(store, stat, accessTimes, accessControl);
    files = new OpenFiles(store, accessTimes);
    ranges = new FileRanges(files);
    directories = new OpenDirectories(store, accessTimes);
    changes = new AttributeChanges(store, stat, files, accessControl, clock);
    extended = new ExtendedAttributes(store, accessControl);
    space = new SpaceReport(store);
  }

  // Names

  @Override
  public Attributes lookup(long parent, byte[] name, Caller caller) throws FileSystemException {
    return Errors.answer(() -> names.lookup(parent, name));
  }

  @Override
  public void hold(long inode) throws FileSystemException {
    Errors.act(() -> store.tree().hold(inode));
  }

  @Override
  public void drop(long inode, long count) {
    for (long i = 0; i < count; i++) {
      try {
        store.tree().drop(inode);
      } catch (CacheException e) {
        LOG.log(Level.ERROR, "inode " + inode + " could not be let go", e);
      }
    }
  }

  @Override
  public String readlink(long inode) throws FileSystemException {
    return Errors.answer(() -> names.readlink(inode));
  }

  @Override
  public Attributes mknod(long parent, byte[] name, int mode, int device, Caller caller)
      throws FileSystemException {
    return change(() -> names.mknod(parent, name, mode, device, caller));
  }

  @Override
  public Attributes mkdir(long parent, byte[] name, int mode, Caller caller)
      throws FileSystemException {
    return change(() -> names.mkdir(parent, name, mode, caller));
  }

  @Override
  public Attributes symlink(long parent, byte[] name, String target, Caller caller)
      throws FileSystemException {
    return change(() -> names.symlink(parent, name, target, caller));
  }

  @Override
  public Attributes link(long inode, long newParent, byte[] newName, Caller caller)
      throws FileSystemException {
    return change(
        () -> {
          // Of a file that has no name yet: one that is found after a crash is to have its content.
          files.commitUnnamed(inode);
          return names.link(inode, newParent, newName);
        });
  }

  @Override
  public void unlink(long parent, byte[] name, Caller caller) throws FileSystemException {
    checkWritable();
    Errors.act(() -> names.unlink(parent, name));
  }

  @Override
  public void rmdir(long parent, byte[] name, Caller caller) throws FileSystemException {
    checkWritable();
    Errors.act(() -> names.rmdir(parent, name));
  }

  @Override
  public void rename(
      long parent, byte[] name, long newParent, byte[] newName, int flags, Caller caller)
      throws FileSystemException {
    checkWritable();
    Errors.act(
        () -> {
          files.syncBeforeReplacing(parent, name, newParent, newName);
          names.rename(parent, name, newParent, newName, flags);
        });
  }

  // Attributes

  @Override
  public Attributes getattr(long inode) throws FileSystemException {
    return Errors.answer(() -> stat.attributes(inode));
  }

  @Override
  public Attributes setattr(long inode, AttributeChange change, Caller caller)
      throws FileSystemException {
    return change(() -> changes.apply(inode, change, caller));
  }

  @Override
  public void access(long number, int mask, Caller caller) throws FileSystemException {
    Inode inode = Errors.answer(() -> store.tree().inode(number));
    if ((mask & ACCESS_WRITE) != 0 && (inode.isRegular() || inode.isDirectory())) {
      checkWritable();
    }
    Permissions.checkAccess(inode.mode(), inode.uid(), inode.gid(), mask, caller);
  }

  @Override
  public byte[] getxattr(long inode, byte[] name) throws FileSystemException {
    return Errors.answer(() -> extended.get(inode, name));
  }

  @Override
  public void setxattr(long inode, byte[] name, byte[] value, int flags, Caller caller)
      throws FileSystemException {
    checkWritable();
    Errors.act(() -> extended.set(inode, name, value, flags, caller));
  }

  @Override
  public List<byte[]> listxattr(long inode, Caller caller) throws FileSystemException {
    return Errors.answer(() -> extended.list(inode, caller));
  }

  @Override
  public void removexattr(long inode, byte[] name, Caller caller) throws FileSystemException {
    checkWritable();
    Errors.act(() -> extended.remove(inode, name, caller));
  }

  @Override
  public Statistics statfs() throws FileSystemException {
    return Errors.answer(space::report);
  }

  // Files

  @Override
  public Opened open(long inode, int flags, Caller caller) throws FileSystemException {
    return Errors.answer(() -> files.open(store.tree().inode(inode), flags, caller));
  }

  @Override
  public Created create(long parent, byte[] bytes, int mode, int flags, Caller caller)
      throws FileSystemException {
    checkWritable();
    return Errors.answer(() -> createOrOpen(parent, Name.of(bytes), mode, flags, caller));
  }

  private Created createOrOpen(long parent, Name name, int mode, int flags, Caller caller)
      throws CacheException, FileSystemException {
    boolean exclusive = (flags & OpenFlags.EXCLUSIVE) != 0;
    for (int i = 0; i < CREATE_ATTEMPTS; i++) {
      try {
        Inode made = names.createFile(parent, name, Inode.Type.REGULAR, mode, 0, caller);
        return created(made, flags & ~OpenFlags.TRUNCATE, caller);
      } catch (Namespace e) {
        if (e.reason() != Reason.EXISTS || exclusive) {
          throw e;
        }
      }
      try {
        return created(store.tree().lookup(parent, name), flags, caller);
      } catch (Namespace e) {
        if (e.reason() != Reason.NOT_FOUND && e.reason() != Reason.STALE) {
          throw e;
        }
      }
    }
    throw new FileSystemException(Errno.EAGAIN, name + " comes and goes");
  }

  private Created created(Inode inode, int flags, Caller caller)
      throws CacheException, FileSystemException {
    Opened opened = files.open(inode, flags, caller);
    return new Created(stat.attributes(inode), opened);
  }

  @Override
  public Optional<Path> lend(long handle) throws FileSystemException {
    return Errors.answer(() -> files.lend(handle));
  }

  /** Not while programs may write to an inode without asking. */
  @Override
  public boolean cacheable(long inode) {
    return store.files().find(inode).filter(LiveFile::isTakenOver).isEmpty();
  }

  @Override
  public Created createUnnamed(long parent, int mode, int flags, Caller caller)
      throws FileSystemException {
    return change(
        () -> {
          Inode made = names.createUnnamed(parent, mode, caller);
          try {
            return created(made, flags & ~OpenFlags.TRUNCATE, caller);
          } finally {
            store.tree().drop(made.number()); // what is open is held
          }
        });
  }

  @Override
  public int read(long handle, long offset, ByteBuffer into) throws FileSystemException {
    return Errors.answer(() -> files.read(handle, offset, into));
  }

  /** Without a lambda or a boxed result: this is the way of every read, and allocates nothing. */
  @Override
  public int read(long handle, long offset, int size, ReadTarget target)
      throws FileSystemException {
    try {
      return files.read(handle, offset, size, target);
    } catch (CacheException e) {
      throw Errors.translated(e);
    }
  }

  @Override
  public int write(long handle, long offset, ByteBuffer from, int flags)
      throws FileSystemException {
    return Errors.answer(() -> files.write(handle, offset, from, flags));
  }

  @Override
  public void clearSetId(long handle, Caller caller) throws FileSystemException {
    Errors.act(() -> files.clearSetId(files.get(handle), caller));
  }

  @Override
  public long copyRange(long handleIn, long offsetIn, long handleOut, long offsetOut, long length)
      throws FileSystemException {
    return change(() -> ranges.copy(handleIn, offsetIn, handleOut, offsetOut, length));
  }

  @Override
  public long seekData(long handle, long offset) throws FileSystemException {
    return ranges.seekData(handle, offset);
  }

  @Override
  public long seekHole(long handle, long offset) throws FileSystemException {
    return ranges.seekHole(handle, offset);
  }

  @Override
  public void allocate(long handle, int mode, long offset, long length) throws FileSystemException {
    checkWritable();
    Errors.act(() -> ranges.allocate(handle, mode, offset, length));
  }

  @Override
  public void flush(long handle) throws FileSystemException {
    Errors.act(() -> files.flush(handle));
  }

  @Override
  public void fsync(long handle, boolean dataOnly) throws FileSystemException {
    Errors.act(() -> files.fsync(handle));
  }

  @Override
  public void release(long handle) {
    files.release(handle);
  }

  // Directories

  @Override
  public long openDirectory(long inode, int flags, Caller caller) throws FileSystemException {
    return Errors.answer(() -> directories.open(inode, flags));
  }

  @Override
  public List<Entry> readdir(long handle, long offset, int limit) throws FileSystemException {
    return Errors.answer(() -> directories.list(handle, offset, limit));
  }

  @Override
  public void releaseDirectory(long handle) {
    directories.release(handle);
  }

  @Override
  public void sync() throws FileSystemException {
    Errors.act(store::requireSoundDisk);
    if (!store.readOnly()) {
      Errors.act(
          () -> {
            store.files().saveAll();
            store.sync();
          });
    }
  }

  /**
   * Does nothing: every change comes through this interface or from those who tell by themselves.
   */
  @Override
  public void onInvalidation(Invalidations listener) {}

  /** Releases every handle, so that what was written is committed. */
  @Override
  public void close() {
    files.releaseAll();
    directories.releaseAll();
  }

  private <T> T change(Errors.Operation<T> operation) throws FileSystemException {
    checkWritable();
    return Errors.answer(operation);
  }

  private void checkWritable() throws FileSystemException {
    if (store.readOnly()) {
      throw new FileSystemException(Errno.EROFS, "the store is open for reading only");
    }
  }
}

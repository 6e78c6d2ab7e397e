package io.unicache.fs.control;

import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.Errors;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.store.Store;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import io.unicache.store.read.ReadTarget;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Adds the directory {@code .unicache} to the root of a file system: {@code control} takes
 * commands, {@code stats} and {@code version} tell, {@code by-id} has every content of the store.
 * This class decides for each operation whether it is about that directory ({@link ControlTree}) or
 * about the file system beneath; nothing in {@code .unicache} can be made, removed or renamed.
 */
public final class ControlFileSystem implements FileSystemOps {

  /** Name of the directory. */
  public static final String NAME = ".unicache";

  private static final byte[] NAME_BYTES = NAME.getBytes(StandardCharsets.US_ASCII);

  /** The entry comes last in the root: behind every cookie that the tree gives out. */
  private static final long COOKIE = 1L << 62;

  private final FileSystemOps inner;
  private final CommandRunner runner;
  private final ControlTree tree;
  private final PathInvalidation invalidation;

  /** Directory handles of the file system beneath that stand for the root. */
  private final Set<Long> rootHandles = ConcurrentHashMap.newKeySet();

  /**
   * Decorates a file system, which is closed with this one.
   *
   * @param store what {@code by-id} shows; its owner may give commands
   * @param version text of {@code version}
   */
  public ControlFileSystem(
      FileSystemOps inner, Store store, ControlCommands commands, String version, Clock clock) {
    this.inner = inner;
    CommandLog log = new CommandLog(clock);
    invalidation = new PathInvalidation(inner);
    runner = new CommandRunner(commands, log, invalidation);
    tree = new ControlTree(inner, store, commands, runner, log, version, clock);
  }

  /**
   * Tells the kernel that a name has come, gone or means another file by other ways than this
   * interface (a client of the daemon). From a thread that is in no request.
   */
  public void changed(long directory, Name name) {
    invalidation.changed(directory, name.toBytes());
  }

  // Names

  @Override
  public Attributes lookup(long parent, byte[] name, Caller caller) throws FileSystemException {
    if (isName(parent, name)) {
      return Errors.answer(() -> tree.getattr(ControlInodes.DIRECTORY));
    }
    if (ControlInodes.isVirtual(parent)) {
      boolean itself = name.length == 1 && name[0] == '.';
      return counted(
          Errors.answer(() -> itself ? tree.getattr(parent) : tree.lookup(parent, name)));
    }
    return counted(inner.lookup(parent, name, caller));
  }

  @Override
  public void hold(long inode) throws FileSystemException {
    if (!ControlInodes.isVirtual(inode)) {
      inner.hold(inode);
    }
  }

  @Override
  public void drop(long inode, long count) {
    if (!ControlInodes.isVirtual(inode)) {
      inner.drop(inode, count);
    }
  }

  @Override
  public String readlink(long inode) throws FileSystemException {
    if (ControlInodes.isVirtual(inode)) {
      throw new FileSystemException(Errno.EINVAL, "not a symlink");
    }
    return inner.readlink(inode);
  }

  @Override
  public Attributes mknod(long parent, byte[] name, int mode, int device, Caller caller)
      throws FileSystemException {
    checkNew(parent, name);
    return inner.mknod(parent, name, mode, device, caller);
  }

  @Override
  public Attributes mkdir(long parent, byte[] name, int mode, Caller caller)
      throws FileSystemException {
    checkNew(parent, name);
    return inner.mkdir(parent, name, mode, caller);
  }

  @Override
  public Attributes symlink(long parent, byte[] name, String target, Caller caller)
      throws FileSystemException {
    checkNew(parent, name);
    return inner.symlink(parent, name, target, caller);
  }

  @Override
  public Attributes link(long inode, long newParent, byte[] newName, Caller caller)
      throws FileSystemException {
    checkNew(newParent, newName);
    checkReal(inode);
    return inner.link(inode, newParent, newName, caller);
  }

  @Override
  public void unlink(long parent, byte[] name, Caller caller) throws FileSystemException {
    checkStays(parent, name);
    inner.unlink(parent, name, caller);
  }

  @Override
  public void rmdir(long parent, byte[] name, Caller caller) throws FileSystemException {
    checkStays(parent, name);
    inner.rmdir(parent, name, caller);
  }

  @Override
  public void rename(
      long parent, byte[] name, long newParent, byte[] newName, int flags, Caller caller)
      throws FileSystemException {
    checkStays(parent, name);
    checkStays(newParent, newName);
    inner.rename(parent, name, newParent, newName, flags, caller);
  }

  // Attributes

  @Override
  public Attributes getattr(long inode) throws FileSystemException {
    return ControlInodes.isVirtual(inode)
        ? Errors.answer(() -> tree.getattr(inode))
        : counted(inner.getattr(inode));
  }

  @Override
  public Attributes setattr(long inode, AttributeChange change, Caller caller)
      throws FileSystemException {
    return ControlInodes.isVirtual(inode)
        ? Errors.answer(() -> tree.setattr(inode, change))
        : counted(inner.setattr(inode, change, caller));
  }

  @Override
  public void access(long inode, int mask, Caller caller) throws FileSystemException {
    if (ControlInodes.isVirtual(inode)) {
      Errors.act(() -> tree.access(inode, mask, caller));
    } else {
      inner.access(inode, mask, caller);
    }
  }

  @Override
  public byte[] getxattr(long inode, byte[] name) throws FileSystemException {
    if (ControlInodes.isVirtual(inode)) {
      throw new FileSystemException(Errno.ENODATA, "no attributes in " + NAME);
    }
    return inner.getxattr(inode, name);
  }

  @Override
  public void setxattr(long inode, byte[] name, byte[] value, int flags, Caller caller)
      throws FileSystemException {
    checkReal(inode);
    inner.setxattr(inode, name, value, flags, caller);
  }

  @Override
  public List<byte[]> listxattr(long inode, Caller caller) throws FileSystemException {
    return ControlInodes.isVirtual(inode) ? List.of() : inner.listxattr(inode, caller);
  }

  @Override
  public void removexattr(long inode, byte[] name, Caller caller) throws FileSystemException {
    checkReal(inode);
    inner.removexattr(inode, name, caller);
  }

  @Override
  public Statistics statfs() throws FileSystemException {
    return inner.statfs();
  }

  // Files

  @Override
  public Opened open(long inode, int flags, Caller caller) throws FileSystemException {
    return ControlInodes.isVirtual(inode)
        ? Errors.answer(() -> tree.open(inode, flags, caller))
        : inner.open(inode, flags, caller);
  }

  @Override
  public Created create(long parent, byte[] name, int mode, int flags, Caller caller)
      throws FileSystemException {
    if (isName(parent, name)) {
      boolean exclusive = (flags & OpenFlags.EXCLUSIVE) != 0;
      throw new FileSystemException(exclusive ? Errno.EEXIST : Errno.EISDIR, NAME + " is there");
    }
    if (!ControlInodes.isVirtual(parent)) {
      return inner.create(parent, name, mode, flags, caller);
    }
    Attributes existing = existing(parent, name);
    if ((flags & OpenFlags.EXCLUSIVE) != 0) {
      throw new FileSystemException(Errno.EEXIST, "it is there");
    }
    return new Created(existing, open(existing.inode(), flags, caller));
  }

  @Override
  public Optional<Path> lend(long handle) throws FileSystemException {
    return ControlInodes.isVirtualHandle(handle) ? Optional.empty() : inner.lend(handle);
  }

  @Override
  public Created createUnnamed(long parent, int mode, int flags, Caller caller)
      throws FileSystemException {
    checkReal(parent);
    return inner.createUnnamed(parent, mode, flags, caller);
  }

  @Override
  public int read(long handle, long offset, ByteBuffer into) throws FileSystemException {
    return ControlInodes.isVirtualHandle(handle)
        ? Errors.answer(() -> tree.read(handle, offset, into))
        : inner.read(handle, offset, into);
  }

  @Override
  public int read(long handle, long offset, int size, ReadTarget target)
      throws FileSystemException {
    return ControlInodes.isVirtualHandle(handle)
        ? FileSystemOps.super.read(handle, offset, size, target)
        : inner.read(handle, offset, size, target);
  }

  @Override
  public int write(long handle, long offset, ByteBuffer from, int flags)
      throws FileSystemException {
    return ControlInodes.isVirtualHandle(handle)
        ? tree.write(handle, from)
        : inner.write(handle, offset, from, flags);
  }

  @Override
  public void clearSetId(long handle, Caller caller) throws FileSystemException {
    if (!ControlInodes.isVirtualHandle(handle)) {
      inner.clearSetId(handle, caller);
    }
  }

  /** To and from the files of {@code .unicache} bytes are read and written. */
  @Override
  public long copyRange(long handleIn, long offsetIn, long handleOut, long offsetOut, long length)
      throws FileSystemException {
    checkRealHandle(handleIn);
    checkRealHandle(handleOut);
    return inner.copyRange(handleIn, offsetIn, handleOut, offsetOut, length);
  }

  @Override
  public long seekData(long handle, long offset) throws FileSystemException {
    return ControlInodes.isVirtualHandle(handle)
        ? tree.seekData(handle, offset)
        : inner.seekData(handle, offset);
  }

  @Override
  public long seekHole(long handle, long offset) throws FileSystemException {
    return ControlInodes.isVirtualHandle(handle)
        ? tree.seekHole(handle, offset)
        : inner.seekHole(handle, offset);
  }

  @Override
  public void allocate(long handle, int mode, long offset, long length) throws FileSystemException {
    checkRealHandle(handle);
    inner.allocate(handle, mode, offset, length);
  }

  @Override
  public void flush(long handle) throws FileSystemException {
    if (ControlInodes.isVirtualHandle(handle)) {
      tree.flush(handle);
    } else {
      inner.flush(handle);
    }
  }

  @Override
  public void fsync(long handle, boolean dataOnly) throws FileSystemException {
    if (!ControlInodes.isVirtualHandle(handle)) {
      inner.fsync(handle, dataOnly);
    }
  }

  @Override
  public void release(long handle) {
    if (ControlInodes.isVirtualHandle(handle)) {
      tree.release(handle);
    } else {
      inner.release(handle);
    }
  }

  // Directories

  @Override
  public long openDirectory(long inode, int flags, Caller caller) throws FileSystemException {
    if (ControlInodes.isVirtual(inode)) {
      return Errors.answer(() -> tree.openDirectory(inode));
    }
    long handle = inner.openDirectory(inode, flags, caller);
    if (inode == ROOT) {
      rootHandles.add(handle);
    }
    return handle;
  }

  @Override
  public List<Entry> readdir(long handle, long offset, int limit) throws FileSystemException {
    if (ControlInodes.isVirtualHandle(handle)) {
      return Errors.answer(() -> tree.readdir(handle, offset, limit));
    }
    if (!rootHandles.contains(handle)) {
      return inner.readdir(handle, offset, limit);
    }
    return offset >= COOKIE ? List.of() : readRoot(handle, offset, limit);
  }

  private List<Entry> readRoot(long handle, long offset, int limit) throws FileSystemException {
    List<Entry> read = inner.readdir(handle, offset, limit);
    List<Entry> entries = new ArrayList<>(read);
    // The name may have been made in the tree by other ways than a mount; it is covered up.
    entries.removeIf(entry -> Arrays.equals(entry.name(), NAME_BYTES));
    if (entries.size() < limit) {
      // Either the end, or one entry was covered up: then what follows it must come first.
      if (read.size() == limit) {
        entries.addAll(readRoot(handle, read.get(limit - 1).offset(), limit - entries.size()));
      } else {
        entries.add(
            new Entry(
                NAME_BYTES.clone(), ControlInodes.DIRECTORY, Inode.Type.DIRECTORY.bits(), COOKIE));
      }
    }
    return entries;
  }

  @Override
  public void releaseDirectory(long handle) {
    if (ControlInodes.isVirtualHandle(handle)) {
      tree.releaseDirectory(handle);
    } else {
      rootHandles.remove(handle);
      inner.releaseDirectory(handle);
    }
  }

  @Override
  public void sync() throws FileSystemException {
    inner.sync();
  }

  /** Contents come and go with the store's files, and nobody says so. */
  @Override
  public boolean cacheable(long inode) {
    return !ControlInodes.isVirtual(inode) && inner.cacheable(inode);
  }

  @Override
  public void onInvalidation(Invalidations listener) {
    invalidation.listener(listener);
    inner.onInvalidation(listener);
  }

  @Override
  public void close() {
    runner.close();
    inner.close();
  }

  /** The root has one directory more than the file system beneath knows of. */
  private static Attributes counted(Attributes a) {
    return a.inode() == ROOT ? a.withAnotherLink() : a;
  }

  private static boolean isName(long parent, byte[] name) {
    return parent == ROOT && Arrays.equals(name, NAME_BYTES);
  }

  /** Throws EPERM if the name is one that stays as it is. */
  private static void checkStays(long parent, byte[] name) throws FileSystemException {
    if (isName(parent, name) || ControlInodes.isVirtual(parent)) {
      throw new FileSystemException(Errno.EPERM, NAME + " stays as it is");
    }
  }

  /** Throws EEXIST or EPERM if nothing can be made under the name. */
  private void checkNew(long parent, byte[] name) throws FileSystemException {
    if (isName(parent, name)) {
      throw new FileSystemException(Errno.EEXIST, NAME + " is there");
    }
    if (ControlInodes.isVirtual(parent)) {
      existing(parent, name);
      throw new FileSystemException(Errno.EEXIST, "it is there");
    }
  }

  /** Looks up a name in .unicache; EPERM if it is not there, as nothing can be made. */
  private Attributes existing(long parent, byte[] name) throws FileSystemException {
    try {
      return Errors.answer(() -> tree.lookup(parent, name));
    } catch (FileSystemException e) {
      throw e.errno() == Errno.ENOENT
          ? new FileSystemException(Errno.EPERM, "nothing can be made in " + NAME)
          : e;
    }
  }

  private static void checkRealHandle(long handle) throws FileSystemException {
    if (ControlInodes.isVirtualHandle(handle)) {
      throw new FileSystemException(Errno.EOPNOTSUPP, "not for the files of " + NAME);
    }
  }

  private static void checkReal(long inode) throws FileSystemException {
    if (ControlInodes.isVirtual(inode)) {
      throw new FileSystemException(Errno.EPERM, NAME + " stays as it is");
    }
  }
}

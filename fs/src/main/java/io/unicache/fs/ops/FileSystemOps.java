package io.unicache.fs.ops;

import io.unicache.store.meta.Timestamp;
import io.unicache.store.read.ReadTarget;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file system, operation by operation, in terms of inode numbers and handles: what an adapter
 * translates a kernel's requests to, and what tests call without a kernel. Knows no FUSE library.
 *
 * <p>Names are bytes (see {@link io.unicache.store.meta.Name}); every operation may throw {@link
 * FileSystemException} with an errno as the man pages have it. Permission by mode bits is the
 * kernel's work ({@code default_permissions}) except where an operation says otherwise. All methods
 * may be called by many threads at once.
 *
 * <p>A handle comes from {@code open}, {@code create} or {@code openDirectory} and is given back
 * once by {@code release} or {@code releaseDirectory}. Lookup counts are the adapter's affair, with
 * {@link #hold} and {@link #drop} to keep an inode without a name alive.
 */
public interface FileSystemOps extends AutoCloseable {

  /** Inode number of the root directory. */
  long ROOT = 1;

  /** rename(2): fail if the target exists. */
  int RENAME_NO_REPLACE = 1;

  /** rename(2): exchange the two names. */
  int RENAME_EXCHANGE = 2;

  /** setxattr(2): fail if the attribute exists. */
  int XATTR_CREATE = 1;

  /** setxattr(2): fail if the attribute does not exist. */
  int XATTR_REPLACE = 2;

  /** access(2): bits of the mask. */
  int ACCESS_READ = 4;

  /** access(2): bits of the mask. */
  int ACCESS_WRITE = 2;

  /** access(2): bits of the mask. */
  int ACCESS_EXECUTE = 1;

  /** fallocate(2): the size stays as it is. */
  int ALLOCATE_KEEP_SIZE = 1;

  /** fallocate(2): the range becomes a hole; with {@link #ALLOCATE_KEEP_SIZE} only. */
  int ALLOCATE_PUNCH_HOLE = 2;

  /** fallocate(2): the range becomes zeros. */
  int ALLOCATE_ZERO_RANGE = 16;

  /**
   * An open file.
   *
   * @param handle for read, write, flush, fsync and release
   * @param keepCache whether what the kernel cached of this inode when it was open last is still
   *     true
   * @param directIo whether the kernel must not cache at all (files whose content is made up on
   *     reading)
   */
  record Opened(long handle, boolean keepCache, boolean directIo) {}

  /** A file that was made and opened in one step. */
  record Created(Attributes attributes, Opened opened) {}

  /**
   * A directory entry as readdir gives it.
   *
   * @param name bytes
   * @param inode inode number
   * @param mode the type's bits of st_mode
   * @param offset cookie to go on behind this entry
   */
  @SuppressWarnings("ArrayRecordComponent") // entries are handed on, never compared
  record Entry(byte[] name, long inode, int mode, long offset) {}

  /**
   * What statvfs(2) says.
   *
   * @param blockSize bytes of the unit of the counts
   */
  record Statistics(
      int blockSize,
      long blocks,
      long free,
      long available,
      long files,
      long freeFiles,
      int maxName) {}

  // Names

  /** Looks a name up; "." and ".." as well. */
  Attributes lookup(long parent, byte[] name, Caller caller) throws FileSystemException;

  /** Keeps an inode alive though it loses its last name; counted. */
  void hold(long inode) throws FileSystemException;

  /** Gives holds back. */
  void drop(long inode, long count);

  String readlink(long inode) throws FileSystemException;

  /** Makes a regular file, FIFO, socket or device node; the umask is applied here. */
  Attributes mknod(long parent, byte[] name, int mode, int device, Caller caller)
      throws FileSystemException;

  Attributes mkdir(long parent, byte[] name, int mode, Caller caller) throws FileSystemException;

  /**
   * Makes a symlink; the target's bytes as ISO-8859-1 characters, as {@link #readlink} gives them.
   */
  Attributes symlink(long parent, byte[] name, String target, Caller caller)
      throws FileSystemException;

  Attributes link(long inode, long newParent, byte[] newName, Caller caller)
      throws FileSystemException;

  void unlink(long parent, byte[] name, Caller caller) throws FileSystemException;

  void rmdir(long parent, byte[] name, Caller caller) throws FileSystemException;

  /** Renames; {@code flags} is 0, {@link #RENAME_NO_REPLACE} or {@link #RENAME_EXCHANGE}. */
  void rename(long parent, byte[] name, long newParent, byte[] newName, int flags, Caller caller)
      throws FileSystemException;

  // Attributes

  Attributes getattr(long inode) throws FileSystemException;

  /** Changes attributes; clears set-user-ID and set-group-ID bits where POSIX says so. */
  Attributes setattr(long inode, AttributeChange change, Caller caller) throws FileSystemException;

  /** Checks the mode bits for the caller: EACCES if one of the mask's permissions is missing. */
  void access(long inode, int mask, Caller caller) throws FileSystemException;

  byte[] getxattr(long inode, byte[] name) throws FileSystemException;

  void setxattr(long inode, byte[] name, byte[] value, int flags, Caller caller)
      throws FileSystemException;

  /** Returns the names of the extended attributes; those of {@code trusted.} only to root. */
  List<byte[]> listxattr(long inode, Caller caller) throws FileSystemException;

  void removexattr(long inode, byte[] name, Caller caller) throws FileSystemException;

  Statistics statfs() throws FileSystemException;

  // Files

  /** Opens a regular file with open(2)'s flags; O_TRUNC is honoured. */
  Opened open(long inode, int flags, Caller caller) throws FileSystemException;

  /** Makes a regular file and opens it; if the name exists, opens that unless flags have O_EXCL. */
  Created create(long parent, byte[] name, int mode, int flags, Caller caller)
      throws FileSystemException;

  /**
   * Lends the file out that has an open file's bytes, all of them and nothing else, at the same
   * offsets, until the open file's inode is not open any more. Counts as a read. Whoever has it
   * open sees every change of the inode; if the handle is open for writing, programs may write to
   * it through mappings.
   *
   * @return nothing if there is no such file
   */
  default Optional<Path> lend(long handle) throws FileSystemException {
    return Optional.empty();
  }

  /**
   * Makes a regular file without a name in the directory's file system and opens it (O_TMPFILE);
   * {@link #link} can give it one, unless flags have O_EXCL.
   */
  Created createUnnamed(long parent, int mode, int flags, Caller caller) throws FileSystemException;

  /**
   * Reads into the buffer's remaining room.
   *
   * @return bytes read; fewer than there is room for only at the end of the file
   */
  int read(long handle, long offset, ByteBuffer into) throws FileSystemException;

  /**
   * Reads up to {@code size} bytes and delivers them, from where they lie if possible.
   *
   * @return bytes read; fewer than {@code size} only at the end of the file
   */
  default int read(long handle, long offset, int size, ReadTarget target)
      throws FileSystemException {
    target.mayWait();
    ByteBuffer buffer = ByteBuffer.allocate(size);
    int count = read(handle, offset, buffer);
    target.room(count).put(buffer.flip());
    target.deliver();
    return count;
  }

  /**
   * Writes the buffer's remaining bytes, all of them.
   *
   * @param flags open(2)'s, as they are at this write: O_APPEND, which fcntl(2) changes, for the
   *     end of the file; O_DSYNC, which a single write may ask for
   * @return bytes written
   */
  int write(long handle, long offset, ByteBuffer from, int flags) throws FileSystemException;

  /**
   * Takes the set-user-ID and set-group-ID bits off an open file, as a caller is about to change
   * its content who may not keep them. Whether they may, the kernel decides.
   */
  default void clearSetId(long handle, Caller caller) throws FileSystemException {}

  /**
   * Copies from one open file to another, or within one, as copy_file_range(2) does. ENOSYS where a
   * file system cannot do it at all, EOPNOTSUPP where it cannot for these files: then the caller
   * reads and writes.
   *
   * @return bytes copied, possibly fewer than asked for; 0 at the end of the source
   */
  default long copyRange(long handleIn, long offsetIn, long handleOut, long offsetOut, long length)
      throws FileSystemException {
    throw new FileSystemException(Errno.ENOSYS, "copying ranges");
  }

  /**
   * Returns the first offset from {@code offset} on that is not in a hole, as lseek(2) does with
   * SEEK_DATA: ENXIO if there is none. ENOSYS where a file system knows no holes.
   */
  default long seekData(long handle, long offset) throws FileSystemException {
    throw new FileSystemException(Errno.ENOSYS, "seeking data");
  }

  /**
   * Returns the first offset from {@code offset} on that is in a hole, at the latest the end of the
   * file, as lseek(2) does with SEEK_HOLE: ENXIO from the end on. ENOSYS where a file system knows
   * no holes.
   */
  default long seekHole(long handle, long offset) throws FileSystemException {
    throw new FileSystemException(Errno.ENOSYS, "seeking holes");
  }

  /**
   * Does what fallocate(2) does: extends, zeroes, or punches a hole. ENOSYS where a file system
   * cannot do it at all, EOPNOTSUPP for a mode that it cannot do.
   *
   * @param mode 0 or a sum of ALLOCATE_ constants
   */
  default void allocate(long handle, int mode, long offset, long length)
      throws FileSystemException {
    throw new FileSystemException(Errno.ENOSYS, "allocating ranges");
  }

  /**
   * A descriptor of the handle was closed: what was written through it is committed before this
   * returns, so that it survives a crash of the process.
   */
  void flush(long handle) throws FileSystemException;

  /** Commits and makes durable. */
  void fsync(long handle, boolean dataOnly) throws FileSystemException;

  void release(long handle);

  // Directories

  /** Opens a directory with open(2)'s flags. */
  long openDirectory(long inode, int flags, Caller caller) throws FileSystemException;

  /**
   * Lists a directory, "." and ".." first, from the entry behind {@code offset} (0: from the
   * start).
   *
   * @param limit most entries to return; fewer than that only at the end
   */
  List<Entry> readdir(long handle, long offset, int limit) throws FileSystemException;

  void releaseDirectory(long handle);

  /** Makes the names in an open directory durable, and possibly more. */
  default void syncDirectory(long handle) throws FileSystemException {
    sync();
  }

  /** Makes all that was committed durable. */
  void sync() throws FileSystemException;

  /** Receives what the kernel must forget, from a thread that is in no request. */
  interface Invalidations {

    /** Content or attributes of an inode have changed behind the kernel's back. */
    void inode(long inode);

    /** A name has come, gone or changed behind the kernel's back. */
    void entry(long parent, byte[] name);
  }

  /**
   * Returns whether the kernel may believe for long what it was told of an inode and, of a
   * directory, of its names: everything that changes without the kernel's doing is announced (see
   * {@link #onInvalidation}).
   */
  default boolean cacheable(long inode) {
    return true;
  }

  /** Sets who is told of changes that do not come through this interface; null for nobody. */
  void onInvalidation(Invalidations listener);

  @Override
  void close();

  /** The time as a change of attributes means it: the given one, or the present for NOW. */
  static Timestamp resolve(Timestamp time, Timestamp now) {
    return AttributeChange.NOW.equals(time) ? now : time;
  }
}

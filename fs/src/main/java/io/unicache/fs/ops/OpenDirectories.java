package io.unicache.fs.ops;

import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.store.Store;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.tree.Tree;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of open directories. An open directory is held, so that it can be listed (as empty)
 * after it was removed. Safe for use by many threads.
 */
final class OpenDirectories {

  /** Cookies of "." and ".."; those of the tree are greater. */
  private static final long SELF = 1;

  private static final long PARENT = 2;

  private static final System.Logger LOG = System.getLogger(OpenDirectories.class.getName());

  private static final class OpenDirectory {
    private final long inode;
    private final boolean keepsAccessTime;
    private final AccessTimes.Throttle accessThrottle = new AccessTimes.Throttle();

    /**
     * Where a reading ends, whatever is made meanwhile: or else a program that makes a name for
     * each that it finds would never come to an end. Set anew when it starts from the beginning.
     */
    private volatile long end;

    OpenDirectory(long inode, boolean keepsAccessTime, long end) {
      this.inode = inode;
      this.keepsAccessTime = keepsAccessTime;
      this.end = end;
    }

    long inode() {
      return inode;
    }
  }

  private final Tree tree;
  private final AccessTimes accessTimes;
  private final HandleTable<OpenDirectory> handles = new HandleTable<>();

  OpenDirectories(Store store, AccessTimes accessTimes) {
    this.tree = store.tree();
    this.accessTimes = accessTimes;
  }

  long open(long inode, int flags) throws CacheException, FileSystemException {
    if (!tree.inode(inode).isDirectory()) {
      throw new FileSystemException(Errno.ENOTDIR, "inode " + inode + " is not a directory");
    }
    tree.hold(inode);
    return handles.add(
        new OpenDirectory(inode, OpenFlags.keepsAccessTime(flags), tree.endOfLists()));
  }

  List<Entry> list(long handle, long offset, int limit) throws CacheException, FileSystemException {
    OpenDirectory opened = handles.get(handle);
    if (opened == null) {
      throw new FileSystemException(Errno.EBADF, "directory handle " + handle + " is not open");
    }
    if (offset < 0 || limit < 1) {
      throw new FileSystemException(Errno.EINVAL, "offset " + offset + ", limit " + limit);
    }
    List<Entry> entries = new ArrayList<>(Math.min(limit, 1024));
    long inode = opened.inode();
    if (offset < SELF) {
      opened.end = tree.endOfLists();
      entries.add(dot(".", inode, SELF));
    }
    if (offset < PARENT && entries.size() < limit) {
      entries.add(dot("..", parent(inode), PARENT));
    }
    if (entries.size() < limit) {
      long cookie = offset <= PARENT ? 0 : offset;
      for (DirectoryEntry entry : tree.list(inode, cookie, limit - entries.size())) {
        if (entry.cookie() > opened.end) {
          break;
        }
        entries.add(entry(entry));
      }
    }
    if (!opened.keepsAccessTime) {
      accessTimes.read(inode, opened.accessThrottle);
    }
    return entries;
  }

  void release(long handle) {
    OpenDirectory opened = handles.remove(handle);
    if (opened == null) {
      LOG.log(
          Level.WARNING,
          "release of directory handle {0}, which is not open",
          Long.toString(handle));
      return;
    }
    try {
      tree.drop(opened.inode());
    } catch (CacheException e) {
      LOG.log(Level.ERROR, "directory inode " + opened.inode() + " could not be let go", e);
    }
  }

  /** Releases what is still open. */
  void releaseAll() {
    handles.handles().forEach(this::release);
  }

  private long parent(long inode) throws CacheException {
    return inode == Inode.ROOT ? inode : tree.inode(inode).parent();
  }

  private static Entry dot(String name, long inode, long cookie) {
    return new Entry(
        name.getBytes(StandardCharsets.US_ASCII), inode, Inode.Type.DIRECTORY.bits(), cookie);
  }

  private static Entry entry(DirectoryEntry entry) {
    return new Entry(entry.name().toBytes(), entry.inode(), entry.type().bits(), entry.cookie());
  }
}

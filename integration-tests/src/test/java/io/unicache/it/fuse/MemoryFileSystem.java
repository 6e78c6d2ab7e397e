package io.unicache.it.fuse;

import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.store.meta.Timestamp;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A file system in memory, to try adapters with: one lock, no durability, and it counts the reads
 * that reach it. Names are kept as ISO-8859-1 strings, a character for each byte.
 */
final class MemoryFileSystem implements FileSystemOps {

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int SYMLINK = 0120000;
  private static final int BLOCK_SIZE = 4096;
  private static final int MAX_NAME = 255;

  private static final class Node {
    final long number;
    int mode;
    int uid;
    int gid;
    int links;
    int device;
    int openings;
    long version;
    long versionAtClose = -1;
    Node parent;
    byte[] data = new byte[0];
    int size;
    String target = "";
    Timestamp accessed = now();
    Timestamp modified = now();
    Timestamp changed = now();
    final TreeMap<String, Node> children = new TreeMap<>();
    final TreeMap<String, byte[]> xattrs = new TreeMap<>();

    Node(long number, int mode) {
      this.number = number;
      this.mode = mode;
    }

    boolean isDirectory() {
      return (mode & TYPE) == DIRECTORY;
    }
  }

  private record Handle(Node node, int flags) {}

  private final Map<Long, Node> nodes = new HashMap<>();
  private final Map<Long, Handle> handles = new HashMap<>();
  private final Map<Long, List<Entry>> listings = new HashMap<>();
  private final AtomicLong reads = new AtomicLong();
  private long nextNode = ROOT;
  private long nextHandle = 1;
  private Invalidations listener;

  MemoryFileSystem(int uid, int gid) {
    Node root = add(DIRECTORY | 0755, new Caller(uid, gid, 0, 0));
    root.parent = root;
    root.links = 2;
  }

  /** Returns how many reads have reached this object. */
  long reads() {
    return reads.get();
  }

  synchronized int openHandles() {
    return handles.size() + listings.size();
  }

  /** Changes a file as the outside world does, past the kernel, and says so. */
  void changeBehindTheKernel(String name, String content) throws FileSystemException {
    Node node;
    Invalidations told;
    synchronized (this) {
      node = child(get(ROOT), name.getBytes(StandardCharsets.UTF_8));
      node.data = content.getBytes(StandardCharsets.UTF_8);
      node.size = node.data.length;
      touch(node);
      node.version++;
      told = listener;
    }
    if (told != null) {
      told.inode(node.number);
    }
  }

  private static Timestamp now() {
    return Timestamp.of(Instant.now());
  }

  private static FileSystemException error(Errno errno) {
    return new FileSystemException(errno, errno.name());
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private Node add(int mode, Caller caller) {
    Node node = new Node(nextNode++, mode);
    node.uid = caller.uid();
    node.gid = caller.gid();
    nodes.put(node.number, node);
    return node;
  }

  private Node get(long inode) throws FileSystemException {
    Node node = nodes.get(inode);
    if (node == null) {
      throw error(Errno.ESTALE);
    }
    return node;
  }

  private Node directory(long inode) throws FileSystemException {
    Node node = get(inode);
    if (!node.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    return node;
  }

  private static Node child(Node parent, byte[] name) throws FileSystemException {
    if (name.length > MAX_NAME) {
      throw error(Errno.ENAMETOOLONG);
    }
    Node node = parent.children.get(text(name));
    if (node == null) {
      throw error(Errno.ENOENT);
    }
    return node;
  }

  private Handle handle(long handle) throws FileSystemException {
    Handle found = handles.get(handle);
    if (found == null) {
      throw error(Errno.EBADF);
    }
    return found;
  }

  private static void touch(Node node) {
    node.modified = now();
    node.changed = node.modified;
  }

  private void forgetIfGone(Node node) {
    if (node.links <= 0 && node.openings == 0) {
      nodes.remove(node.number);
    }
  }

  private static Attributes attributes(Node n) {
    long size = (n.mode & TYPE) == SYMLINK ? n.target.length() : n.size;
    return new Attributes(
        n.number,
        n.mode,
        n.links,
        n.uid,
        n.gid,
        n.device,
        size,
        (n.size + 511) / 512,
        BLOCK_SIZE,
        n.accessed,
        n.modified,
        n.changed,
        n.changed);
  }

  @Override
  public synchronized Attributes lookup(long parent, byte[] name, Caller caller)
      throws FileSystemException {
    return attributes(child(directory(parent), name));
  }

  @Override
  public synchronized void hold(long inode) throws FileSystemException {
    get(inode).openings++;
  }

  @Override
  public synchronized void drop(long inode, long count) {
    Node node = nodes.get(inode);
    node.openings -= (int) count;
    forgetIfGone(node);
  }

  @Override
  public synchronized String readlink(long inode) throws FileSystemException {
    return get(inode).target;
  }

  private Node make(long parent, byte[] name, int mode, Caller caller) throws FileSystemException {
    Node directory = directory(parent);
    if (directory.children.containsKey(text(name))) {
      throw error(Errno.EEXIST);
    }
    Node node = add(mode, caller);
    node.links = 1;
    directory.children.put(text(name), node);
    touch(directory);
    return node;
  }

  @Override
  public synchronized Attributes mknod(
      long parent, byte[] name, int mode, int device, Caller caller) throws FileSystemException {
    Node node = make(parent, name, mode & ~caller.umask(), caller);
    node.device = device;
    return attributes(node);
  }

  @Override
  public synchronized Attributes mkdir(long parent, byte[] name, int mode, Caller caller)
      throws FileSystemException {
    Node node = make(parent, name, DIRECTORY | (mode & 07777 & ~caller.umask()), caller);
    node.links = 2;
    node.parent = get(parent);
    node.parent.links++;
    return attributes(node);
  }

  @Override
  public synchronized Attributes symlink(long parent, byte[] name, String target, Caller caller)
      throws FileSystemException {
    Node node = make(parent, name, SYMLINK | 0777, caller);
    node.target = target;
    return attributes(node);
  }

  @Override
  public synchronized Attributes link(long inode, long newParent, byte[] newName, Caller caller)
      throws FileSystemException {
    Node node = get(inode);
    Node directory = directory(newParent);
    if (directory.children.putIfAbsent(text(newName), node) != null) {
      throw error(Errno.EEXIST);
    }
    node.links++;
    node.changed = now();
    touch(directory);
    return attributes(node);
  }

  @Override
  public synchronized void unlink(long parent, byte[] name, Caller caller)
      throws FileSystemException {
    Node directory = directory(parent);
    Node node = child(directory, name);
    if (node.isDirectory()) {
      throw error(Errno.EISDIR);
    }
    directory.children.remove(text(name));
    touch(directory);
    node.links--;
    node.changed = now();
    forgetIfGone(node);
  }

  @Override
  public synchronized void rmdir(long parent, byte[] name, Caller caller)
      throws FileSystemException {
    Node directory = directory(parent);
    Node node = child(directory, name);
    if (!node.isDirectory()) {
      throw error(Errno.ENOTDIR);
    }
    if (!node.children.isEmpty()) {
      throw error(Errno.ENOTEMPTY);
    }
    directory.children.remove(text(name));
    directory.links--;
    touch(directory);
    node.links = 0;
    forgetIfGone(node);
  }

  @Override
  public synchronized void rename(
      long parent, byte[] name, long newParent, byte[] newName, int flags, Caller caller)
      throws FileSystemException {
    Node from = directory(parent);
    Node to = directory(newParent);
    Node node = child(from, name);
    Node replaced = to.children.get(text(newName));
    if (replaced == node) {
      return;
    }
    for (Node up = to; node.isDirectory(); up = up.parent) {
      if (up == node) {
        throw error(Errno.EINVAL);
      }
      if (up == up.parent) {
        break;
      }
    }
    if (replaced != null) {
      if (replaced.isDirectory()) {
        rmdir(newParent, newName, caller);
      } else {
        unlink(newParent, newName, caller);
      }
    }
    from.children.remove(text(name));
    to.children.put(text(newName), node);
    if (node.isDirectory()) {
      from.links--;
      to.links++;
      node.parent = to;
    }
    node.changed = now();
    touch(from);
    touch(to);
  }

  @Override
  public synchronized Attributes getattr(long inode) throws FileSystemException {
    return attributes(get(inode));
  }

  @Override
  public synchronized Attributes setattr(long inode, AttributeChange change, Caller caller)
      throws FileSystemException {
    Node node = get(inode);
    Timestamp now = now();
    if (change.mode() != null) {
      node.mode = (node.mode & TYPE) | (change.mode() & 07777);
    }
    if (change.uid() != null) {
      node.uid = change.uid();
    }
    if (change.gid() != null) {
      node.gid = change.gid();
    }
    if (change.size() != null) {
      resize(node, change.size().intValue());
    }
    if (change.accessed() != null) {
      node.accessed = FileSystemOps.resolve(change.accessed(), now);
    }
    if (change.modified() != null) {
      node.modified = FileSystemOps.resolve(change.modified(), now);
    }
    node.changed = now;
    return attributes(node);
  }

  private static void resize(Node node, int size) {
    reserve(node, size);
    if (size < node.size) {
      Arrays.fill(node.data, size, node.size, (byte) 0);
    }
    node.size = size;
    node.version++;
    touch(node);
  }

  private static void reserve(Node node, int size) {
    if (size > node.data.length) {
      node.data = Arrays.copyOf(node.data, Math.max(size, 2 * node.data.length));
    }
  }

  @Override
  public void access(long inode, int mask, Caller caller) {}

  @Override
  public synchronized byte[] getxattr(long inode, byte[] name) throws FileSystemException {
    byte[] value = get(inode).xattrs.get(text(name));
    if (value == null) {
      throw error(Errno.ENODATA);
    }
    return value;
  }

  @Override
  public synchronized void setxattr(long inode, byte[] name, byte[] value, int flags, Caller caller)
      throws FileSystemException {
    Map<String, byte[]> xattrs = get(inode).xattrs;
    boolean exists = xattrs.containsKey(text(name));
    if (exists && flags == XATTR_CREATE) {
      throw error(Errno.EEXIST);
    }
    if (!exists && flags == XATTR_REPLACE) {
      throw error(Errno.ENODATA);
    }
    xattrs.put(text(name), value);
  }

  @Override
  public synchronized List<byte[]> listxattr(long inode, Caller caller) throws FileSystemException {
    List<byte[]> names = new ArrayList<>();
    for (String name : get(inode).xattrs.keySet()) {
      names.add(name.getBytes(StandardCharsets.ISO_8859_1));
    }
    return names;
  }

  @Override
  public synchronized void removexattr(long inode, byte[] name, Caller caller)
      throws FileSystemException {
    if (get(inode).xattrs.remove(text(name)) == null) {
      throw error(Errno.ENODATA);
    }
  }

  @Override
  public synchronized Statistics statfs() {
    return new Statistics(BLOCK_SIZE, 1000, 600, 500, 100, 50, 255);
  }

  @Override
  public synchronized Opened open(long inode, int flags, Caller caller) throws FileSystemException {
    Node node = get(inode);
    if ((flags & OpenFlags.TRUNCATE) != 0) {
      resize(node, 0);
    }
    node.openings++;
    long handle = nextHandle++;
    handles.put(handle, new Handle(node, flags));
    return new Opened(handle, node.version == node.versionAtClose, false);
  }

  @Override
  public synchronized Created create(long parent, byte[] name, int mode, int flags, Caller caller)
      throws FileSystemException {
    Node node = directory(parent).children.get(text(name));
    if (node == null) {
      node = make(parent, name, REGULAR | (mode & 07777 & ~caller.umask()), caller);
    } else if ((flags & OpenFlags.EXCLUSIVE) != 0) {
      throw error(Errno.EEXIST);
    }
    return new Created(attributes(node), open(node.number, flags, caller));
  }

  @Override
  public Created createUnnamed(long parent, int mode, int flags, Caller caller)
      throws FileSystemException {
    throw error(Errno.EOPNOTSUPP);
  }

  @Override
  public synchronized int read(long handle, long offset, ByteBuffer into)
      throws FileSystemException {
    reads.incrementAndGet();
    Node node = handle(handle).node;
    if (offset >= node.size) {
      return 0;
    }
    int count = (int) Math.min(into.remaining(), node.size - offset);
    into.put(node.data, (int) offset, count);
    return count;
  }

  @Override
  public synchronized int write(long handle, long offset, ByteBuffer from, int flags)
      throws FileSystemException {
    Handle open = handle(handle);
    Node node = open.node;
    int at = (flags & OpenFlags.APPEND) != 0 ? node.size : (int) offset;
    int count = from.remaining();
    reserve(node, at + count);
    from.get(node.data, at, count);
    node.size = Math.max(node.size, at + count);
    node.version++;
    touch(node);
    return count;
  }

  @Override
  public void flush(long handle) {}

  @Override
  public void fsync(long handle, boolean dataOnly) {}

  @Override
  public synchronized void release(long handle) {
    Node node = handles.remove(handle).node;
    node.versionAtClose = node.version;
    node.openings--;
    forgetIfGone(node);
  }

  @Override
  public synchronized long openDirectory(long inode, int flags, Caller caller)
      throws FileSystemException {
    Node node = directory(inode);
    List<Entry> entries = new ArrayList<>();
    entries.add(new Entry(new byte[] {'.'}, inode, DIRECTORY, 1));
    entries.add(new Entry(new byte[] {'.', '.'}, node.parent.number, DIRECTORY, 2));
    node.children.forEach(
        (name, child) ->
            entries.add(
                new Entry(
                    name.getBytes(StandardCharsets.ISO_8859_1),
                    child.number,
                    child.mode & TYPE,
                    entries.size() + 1L)));
    long handle = nextHandle++;
    listings.put(handle, entries);
    return handle;
  }

  @Override
  public synchronized List<Entry> readdir(long handle, long offset, int limit) {
    List<Entry> all = listings.get(handle);
    int from = Math.min((int) offset, all.size());
    return List.copyOf(all.subList(from, Math.min(all.size(), from + limit)));
  }

  @Override
  public synchronized void releaseDirectory(long handle) {
    listings.remove(handle);
  }

  @Override
  public void sync() {}

  @Override
  public synchronized void onInvalidation(Invalidations newListener) {
    listener = newListener;
  }

  @Override
  public void close() {}
}

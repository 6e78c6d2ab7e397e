package io.unicache.it.powercut;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file system in memory that notes every change and every sync in a {@link DiskLog}. One lock,
 * and no cache that holds writes back, so the order in the record is the order of the system calls.
 * It has what a store needs: regular files with holes, directories, names.
 */
final class RecordingFileSystem implements FileSystemOps {

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int BLOCK_SIZE = 4096;
  private static final long BLOCKS = 1L << 24;

  private static final class Node {
    final long number;
    int mode;
    int links = 1;
    int openings;
    Node parent;
    byte[] data = new byte[0];
    int size;
    Timestamp modified = new Timestamp(0, 0);
    final TreeMap<String, Node> children = new TreeMap<>();

    Node(long number, int mode) {
      this.number = number;
      this.mode = mode;
    }

    boolean isDirectory() {
      return (mode & TYPE) == DIRECTORY;
    }
  }

  private final DiskLog log = new DiskLog();
  private final Map<Long, Node> nodes = new HashMap<>();
  private final Map<Long, Node> handles = new HashMap<>();
  private final Map<Long, List<Entry>> listings = new HashMap<>();
  private final Set<Long> directories = ConcurrentHashMap.newKeySet();
  private long nextNode = ROOT;
  private long nextHandle = 1;
  private int ticks;

  RecordingFileSystem() {
    Node root = add(DIRECTORY | 0755);
    root.parent = root;
    root.links = 2;
  }

  /** Puts what an image has into an empty file system, durably. */
  synchronized void load(DiskImage image) throws FileSystemException {
    for (Map.Entry<String, byte[]> file : image.files().entrySet()) {
      String path = file.getKey();
      int slash = path.lastIndexOf('/');
      Node parent = nodes.get(ROOT);
      if (slash >= 0) {
        for (String step : path.substring(0, slash).split("/", -1)) {
          parent = parent.children.get(step);
        }
      }
      byte[] name = path.substring(slash + 1).getBytes(StandardCharsets.ISO_8859_1);
      byte[] content = file.getValue();
      Node made = make(parent.number, name, (content == null ? DIRECTORY : REGULAR) | 0755);
      if (content != null) {
        writeTo(made, 0, ByteBuffer.wrap(content));
        log.add(new DiskLog.Sync(made.number));
      }
      log.add(new DiskLog.SyncNames(parent.number));
    }
  }

  DiskLog log() {
    return log;
  }

  boolean isDirectory(long inode) {
    return directories.contains(inode);
  }

  private static FileSystemException error(Errno errno) {
    return new FileSystemException(errno, errno.name());
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private Node add(int mode) {
    Node node = new Node(nextNode++, mode);
    nodes.put(node.number, node);
    if (node.isDirectory()) {
      directories.add(node.number);
    }
    return node;
  }

  private Node get(long inode) throws FileSystemException {
    Node node = nodes.get(inode);
    if (node == null) {
      throw error(Errno.ESTALE);
    }
    return node;
  }

  private static Node child(Node parent, byte[] name) throws FileSystemException {
    Node node = parent.children.get(text(name));
    if (node == null) {
      throw error(Errno.ENOENT);
    }
    return node;
  }

  private Node open(long handle) throws FileSystemException {
    Node node = handles.get(handle);
    if (node == null) {
      throw error(Errno.EBADF);
    }
    return node;
  }

  private void names(DiskLog.Name... names) {
    log.add(new DiskLog.Names(List.of(names)));
  }

  private void touch(Node node) {
    node.modified = new Timestamp(ticks++, 0);
  }

  private void forgetIfGone(Node node) {
    if (node.links <= 0 && node.openings == 0) {
      nodes.remove(node.number);
    }
  }

  private static Attributes attributes(Node n) {
    return new Attributes(
        n.number,
        n.mode,
        n.links,
        0,
        0,
        0,
        n.size,
        (n.size + 511) / 512,
        BLOCK_SIZE,
        n.modified,
        n.modified,
        n.modified,
        n.modified);
  }

  @Override
  public synchronized Attributes lookup(long parent, byte[] name, Caller caller)
      throws FileSystemException {
    return attributes(child(get(parent), name));
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

  private Node make(long parent, byte[] name, int mode) throws FileSystemException {
    Node directory = get(parent);
    if (directory.children.containsKey(text(name))) {
      throw error(Errno.EEXIST);
    }
    Node node = add(mode);
    node.parent = directory;
    node.links = node.isDirectory() ? 2 : 1;
    directory.children.put(text(name), node);
    touch(directory);
    names(new DiskLog.Name(parent, text(name), node.number));
    return node;
  }

  @Override
  public synchronized Attributes mkdir(long parent, byte[] name, int mode, Caller caller)
      throws FileSystemException {
    return attributes(make(parent, name, DIRECTORY | (mode & 07777)));
  }

  @Override
  public synchronized Attributes mknod(
      long parent, byte[] name, int mode, int device, Caller caller) throws FileSystemException {
    return attributes(make(parent, name, mode));
  }

  @Override
  public synchronized Attributes link(long inode, long newParent, byte[] newName, Caller caller)
      throws FileSystemException {
    Node node = get(inode);
    if (get(newParent).children.putIfAbsent(text(newName), node) != null) {
      throw error(Errno.EEXIST);
    }
    node.links++;
    names(new DiskLog.Name(newParent, text(newName), inode));
    return attributes(node);
  }

  @Override
  public synchronized void unlink(long parent, byte[] name, Caller caller)
      throws FileSystemException {
    Node directory = get(parent);
    Node node = child(directory, name);
    directory.children.remove(text(name));
    touch(directory);
    node.links--;
    names(new DiskLog.Name(parent, text(name), 0));
    forgetIfGone(node);
  }

  @Override
  public synchronized void rmdir(long parent, byte[] name, Caller caller)
      throws FileSystemException {
    Node directory = get(parent);
    Node node = child(directory, name);
    if (!node.children.isEmpty()) {
      throw error(Errno.ENOTEMPTY);
    }
    directory.children.remove(text(name));
    node.links = 0;
    names(new DiskLog.Name(parent, text(name), 0));
    forgetIfGone(node);
  }

  @Override
  public synchronized void rename(
      long parent, byte[] name, long newParent, byte[] newName, int flags, Caller caller)
      throws FileSystemException {
    Node from = get(parent);
    Node to = get(newParent);
    Node node = child(from, name);
    Node replaced = to.children.get(text(newName));
    if (flags != 0 || node.isDirectory()) {
      throw error(Errno.EINVAL);
    }
    if (replaced == node) {
      return;
    }
    from.children.remove(text(name));
    to.children.put(text(newName), node);
    touch(from);
    touch(to);
    names(
        new DiskLog.Name(parent, text(name), 0),
        new DiskLog.Name(newParent, text(newName), node.number));
    if (replaced != null) {
      replaced.links--;
      forgetIfGone(replaced);
    }
  }

  @Override
  public synchronized Attributes getattr(long inode) throws FileSystemException {
    return attributes(get(inode));
  }

  @Override
  public synchronized Attributes setattr(long inode, AttributeChange change, Caller caller)
      throws FileSystemException {
    Node node = get(inode);
    if (change.mode() != null) {
      node.mode = (node.mode & TYPE) | (change.mode() & 07777);
    }
    if (change.size() != null) {
      resize(node, change.size().intValue());
    }
    return attributes(node);
  }

  private void resize(Node node, int size) {
    reserve(node, size);
    if (size < node.size) {
      Arrays.fill(node.data, size, node.size, (byte) 0);
    }
    if (size != node.size) {
      node.size = size;
      log.add(new DiskLog.Resize(node.number, size));
    }
    touch(node);
  }

  private static void reserve(Node node, int size) {
    if (size > node.data.length) {
      node.data = Arrays.copyOf(node.data, Math.max(size, 2 * node.data.length));
    }
  }

  @Override
  public synchronized Opened open(long inode, int flags, Caller caller) throws FileSystemException {
    Node node = get(inode);
    if ((flags & OpenFlags.TRUNCATE) != 0) {
      resize(node, 0);
    }
    node.openings++;
    handles.put(nextHandle, node);
    return new Opened(nextHandle++, true, false);
  }

  @Override
  public synchronized Created create(long parent, byte[] name, int mode, int flags, Caller caller)
      throws FileSystemException {
    Node node = get(parent).children.get(text(name));
    if (node == null) {
      node = make(parent, name, REGULAR | (mode & 07777));
    } else if ((flags & OpenFlags.EXCLUSIVE) != 0) {
      throw error(Errno.EEXIST);
    }
    return new Created(attributes(node), open(node.number, flags, caller));
  }

  @Override
  public synchronized int read(long handle, long offset, ByteBuffer into)
      throws FileSystemException {
    Node node = open(handle);
    int count = (int) Math.max(0, Math.min(into.remaining(), node.size - offset));
    if (count > 0) {
      into.put(node.data, (int) offset, count);
    }
    return count;
  }

  @Override
  public synchronized int write(long handle, long offset, ByteBuffer from, int flags)
      throws FileSystemException {
    Node node = open(handle);
    return writeTo(node, (flags & OpenFlags.APPEND) != 0 ? node.size : (int) offset, from);
  }

  private int writeTo(Node node, int at, ByteBuffer from) {
    byte[] data = new byte[from.remaining()];
    from.get(data);
    reserve(node, at + data.length);
    System.arraycopy(data, 0, node.data, at, data.length);
    node.size = Math.max(node.size, at + data.length);
    log.add(new DiskLog.Write(node.number, at, data));
    touch(node);
    return data.length;
  }

  @Override
  public synchronized void allocate(long handle, int mode, long offset, long length)
      throws FileSystemException {
    Node node = open(handle);
    if (mode == (ALLOCATE_KEEP_SIZE | ALLOCATE_PUNCH_HOLE)) {
      long to = Math.min(node.size, offset + length);
      if (offset < to) {
        Arrays.fill(node.data, (int) offset, (int) to, (byte) 0);
        log.add(new DiskLog.Punch(node.number, offset, to));
      }
    } else if (mode != ALLOCATE_KEEP_SIZE) { // which only reserves room
      throw error(Errno.EOPNOTSUPP);
    }
  }

  @Override
  public void flush(long handle) {}

  @Override
  public synchronized void fsync(long handle, boolean dataOnly) throws FileSystemException {
    log.add(new DiskLog.Sync(open(handle).number));
  }

  @Override
  public synchronized void release(long handle) {
    Node node = handles.remove(handle);
    node.openings--;
    forgetIfGone(node);
  }

  @Override
  public synchronized long openDirectory(long inode, int flags, Caller caller)
      throws FileSystemException {
    Node node = get(inode);
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
    node.openings++;
    listings.put(nextHandle, entries);
    handles.put(nextHandle, node);
    return nextHandle++;
  }

  @Override
  public synchronized List<Entry> readdir(long handle, long offset, int limit) {
    List<Entry> all = listings.get(handle);
    int from = Math.min((int) offset, all.size());
    return List.copyOf(all.subList(from, Math.min(all.size(), from + limit)));
  }

  @Override
  public synchronized void syncDirectory(long handle) throws FileSystemException {
    log.add(new DiskLog.SyncNames(open(handle).number));
  }

  @Override
  public synchronized void releaseDirectory(long handle) {
    listings.remove(handle);
    release(handle);
  }

  @Override
  public Statistics statfs() {
    return new Statistics(BLOCK_SIZE, BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, 255);
  }

  @Override
  public void access(long inode, int mask, Caller caller) {}

  @Override
  public String readlink(long inode) throws FileSystemException {
    throw error(Errno.EINVAL);
  }

  @Override
  public Attributes symlink(long parent, byte[] name, String target, Caller caller)
      throws FileSystemException {
    throw error(Errno.EPERM);
  }

  @Override
  public byte[] getxattr(long inode, byte[] name) throws FileSystemException {
    throw error(Errno.ENODATA);
  }

  @Override
  public void setxattr(long inode, byte[] name, byte[] value, int flags, Caller caller)
      throws FileSystemException {
    throw error(Errno.EOPNOTSUPP);
  }

  @Override
  public List<byte[]> listxattr(long inode, Caller caller) {
    return List.of();
  }

  @Override
  public void removexattr(long inode, byte[] name, Caller caller) throws FileSystemException {
    throw error(Errno.ENODATA);
  }

  @Override
  public Created createUnnamed(long parent, int mode, int flags, Caller caller)
      throws FileSystemException {
    throw error(Errno.EOPNOTSUPP);
  }

  @Override
  public void sync() {}

  @Override
  public void onInvalidation(Invalidations listener) {}

  @Override
  public void close() {}
}

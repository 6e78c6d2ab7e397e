package io.unicache.fs.control;

import io.unicache.fs.control.ContentCatalog.ContentSource;
import io.unicache.fs.control.ControlDirectories.OpenDirectory;
import io.unicache.fs.ops.AttributeChange;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.fs.ops.FileSystemOps.Opened;
import io.unicache.fs.ops.OpenFlags;
import io.unicache.fs.ops.Permissions;
import io.unicache.store.CacheStats;
import io.unicache.store.Store;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Timestamp;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The files in {@code .unicache}. Thread-safe. */
final class ControlTree {

  private static final int IO_SIZE = 4096;
  private static final int UNIT = 512;

  private final FileSystemOps files;
  private final ContentCatalog catalog;
  private final ControlCommands commands;
  private final CommandRunner runner;
  private final CommandLog log;
  private final ControlDirectories directories;
  private final int uid;
  private final int gid;
  private final byte[] version;
  private final Timestamp started;
  private static final System.Logger LOG = System.getLogger(ControlTree.class.getName());

  private final Map<Long, OpenVirtual> handles = new ConcurrentHashMap<>();
  private final Map<Long, OpenDirectory> directoryHandles = new ConcurrentHashMap<>();
  private final AtomicLong nextHandle = new AtomicLong(1);

  /** What a handle stands for. */
  private sealed interface OpenVirtual {}

  /** Bytes that were made when the file was opened. */
  private static final class Text implements OpenVirtual {
    private final byte[] bytes;

    Text(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  private record Content(ContentSource source, Manifest manifest) implements OpenVirtual {}

  /** {@code control}: the log as it was at the last read from offset 0, and the writer's lines. */
  private static final class Control implements OpenVirtual {
    private final ControlInput input;
    private final int flags;
    private volatile byte[] snapshot;

    Control(ControlInput input, int flags) {
      this.input = input;
      this.flags = flags;
      this.snapshot = new byte[0];
    }
  }

  ControlTree(
      FileSystemOps files,
      Store store,
      ControlCommands commands,
      CommandRunner runner,
      CommandLog log,
      String version,
      Clock clock) {
    this.files = files;
    this.catalog = new StoreCatalog(store);
    this.uid = store.ownerUid();
    this.gid = store.ownerGid();
    this.commands = commands;
    this.runner = runner;
    this.log = log;
    this.directories = new ControlDirectories(catalog);
    this.version = (version + "\n").getBytes(StandardCharsets.UTF_8);
    this.started = Timestamp.now(clock);
  }

  // Names and attributes

  Attributes lookup(long parent, byte[] bytes) throws CacheException, FileSystemException {
    String name = new String(bytes, StandardCharsets.UTF_8);
    if (parent == ControlInodes.DIRECTORY) {
      return getattr(
          switch (name) {
            case "." -> ControlInodes.DIRECTORY;
            case ".." -> FileSystemOps.ROOT;
            case "control" -> ControlInodes.CONTROL;
            case "stats" -> ControlInodes.STATS;
            case "version" -> ControlInodes.VERSION;
            case "by-id" -> ControlInodes.BY_ID;
            default -> throw noSuch(name);
          });
    }
    if (parent != ControlInodes.BY_ID) {
      throw new FileSystemException(Errno.ENOTDIR, "inode " + parent + " is not a directory");
    }
    if (name.equals(".") || name.equals("..")) {
      return getattr(name.equals(".") ? ControlInodes.BY_ID : ControlInodes.DIRECTORY);
    }
    return getattr(ControlInodes.of(catalog.find(name).orElseThrow(() -> noSuch(name))));
  }

  Attributes getattr(long inode) throws CacheException, FileSystemException {
    if (!ControlInodes.isVirtual(inode)) {
      return files.getattr(inode);
    }
    if (ControlInodes.isContent(inode)) {
      Manifest manifest = manifest(content(inode));
      return attributes(inode, 0100444, 1, manifest.size(), manifest.dataBytes());
    }
    if (inode == ControlInodes.DIRECTORY) {
      return attributes(inode, 0040755, 3, 0, 0);
    }
    if (inode == ControlInodes.BY_ID) {
      return attributes(inode, 0040755, 2, 0, 0);
    }
    if (inode == ControlInodes.VERSION) {
      return attributes(inode, 0100444, 1, version.length, 0);
    }
    if (inode == ControlInodes.STATS) {
      return attributes(inode, 0100444, 1, 0, 0);
    }
    if (inode == ControlInodes.CONTROL) {
      return attributes(inode, 0100644, 1, 0, 0);
    }
    throw new FileSystemException(Errno.ESTALE, "no inode " + inode);
  }

  /** Accepts what "> control" and "touch control" ask for, and does nothing about it. */
  Attributes setattr(long inode, AttributeChange change)
      throws CacheException, FileSystemException {
    boolean harmless = change.mode() == null && change.uid() == null && change.gid() == null;
    if (inode != ControlInodes.CONTROL || !harmless) {
      throw new FileSystemException(Errno.EPERM, "the files of .unicache stay as they are");
    }
    return getattr(inode);
  }

  void access(long inode, int mask, Caller caller) throws CacheException, FileSystemException {
    Attributes a = getattr(inode);
    Permissions.checkAccess(a.mode(), a.uid(), a.gid(), mask, caller);
  }

  // Files

  Opened open(long inode, int flags, Caller caller) throws CacheException, FileSystemException {
    if (inode == ControlInodes.DIRECTORY || inode == ControlInodes.BY_ID) {
      throw new FileSystemException(Errno.EISDIR, "inode " + inode + " is a directory");
    }
    boolean writes = OpenFlags.writes(flags) || (flags & OpenFlags.TRUNCATE) != 0;
    int mask =
        (OpenFlags.reads(flags) ? FileSystemOps.ACCESS_READ : 0)
            | (writes ? FileSystemOps.ACCESS_WRITE : 0);
    access(inode, mask, caller);
    if (writes && inode != ControlInodes.CONTROL) {
      throw new FileSystemException(Errno.EPERM, "only control takes what is written");
    }
    boolean isContent = ControlInodes.isContent(inode);
    boolean directIo = inode == ControlInodes.CONTROL || inode == ControlInodes.STATS;
    long handle = ControlInodes.handle(nextHandle.getAndIncrement());
    handles.put(handle, opened(inode, flags));
    return new Opened(handle, isContent, directIo);
  }

  private OpenVirtual opened(long inode, int flags) throws CacheException, FileSystemException {
    if (ControlInodes.isContent(inode)) {
      ContentId id = content(inode);
      return new Content(catalog.open(id), manifest(id));
    }
    if (inode == ControlInodes.CONTROL) {
      return new Control(new ControlInput(files, runner, log), flags);
    }
    return new Text(inode == ControlInodes.STATS ? stats() : version);
  }

  int read(long handle, long offset, ByteBuffer into) throws CacheException, FileSystemException {
    OpenVirtual opened = get(handle);
    if (offset < 0) {
      throw new FileSystemException(Errno.EINVAL, "offset " + offset);
    }
    if (opened instanceof Content content) {
      return content.source().read(offset, into);
    }
    if (opened instanceof Text text) {
      return copy(text.bytes, offset, into);
    }
    Control control = (Control) opened;
    if (!OpenFlags.reads(control.flags)) {
      throw new FileSystemException(Errno.EBADF, "handle " + handle + " is not open for reading");
    }
    if (offset == 0) {
      control.snapshot = log.toJsonLines();
    }
    return copy(control.snapshot, offset, into);
  }

  int write(long handle, ByteBuffer from) throws FileSystemException {
    if (get(handle) instanceof Control control && OpenFlags.writes(control.flags)) {
      return control.input.write(from);
    }
    throw new FileSystemException(Errno.EBADF, "handle " + handle + " is not open for writing");
  }

  /** Every file is all data, but for contents, of which the manifest is known. */
  long seekData(long handle, long offset) throws FileSystemException {
    Manifest manifest = checkedManifest(handle, offset);
    long found = manifest.nextData(offset);
    if (found == manifest.size()) {
      throw new FileSystemException(Errno.ENXIO, "no data from " + offset + " on");
    }
    return found;
  }

  long seekHole(long handle, long offset) throws FileSystemException {
    return checkedManifest(handle, offset).nextHole(offset);
  }

  /** Returns the manifest of an open content if it reaches behind an offset. */
  private Manifest checkedManifest(long handle, long offset) throws FileSystemException {
    if (!(get(handle) instanceof Content content)) {
      throw new FileSystemException(Errno.EINVAL, "nothing to seek for in a text");
    }
    Manifest manifest = content.manifest();
    if (offset < 0 || offset >= manifest.size()) {
      throw new FileSystemException(Errno.ENXIO, "offset " + offset + " is not in the file");
    }
    return manifest;
  }

  void flush(long handle) throws FileSystemException {
    if (get(handle) instanceof Control control) {
      control.input.flush();
    }
  }

  void release(long handle) {
    if (handles.remove(handle) instanceof Content content) {
      try {
        content.source().close();
      } catch (CacheException e) {
        LOG.log(Level.WARNING, "the blocks of " + content + " stay until the store is opened", e);
      }
    }
  }

  // Directories

  long openDirectory(long inode) throws CacheException, FileSystemException {
    OpenDirectory opened = directories.open(inode);
    long handle = ControlInodes.handle(nextHandle.getAndIncrement());
    directoryHandles.put(handle, opened);
    return handle;
  }

  List<Entry> readdir(long handle, long offset, int limit)
      throws CacheException, FileSystemException {
    OpenDirectory opened = directoryHandles.get(handle);
    if (opened == null) {
      throw new FileSystemException(Errno.EBADF, "directory handle " + handle + " is not open");
    }
    return directories.list(opened, offset, limit);
  }

  void releaseDirectory(long handle) {
    directoryHandles.remove(handle);
  }

  private OpenVirtual get(long handle) throws FileSystemException {
    OpenVirtual opened = handles.get(handle);
    if (opened == null) {
      throw new FileSystemException(Errno.EBADF, "handle " + handle + " is not open");
    }
    return opened;
  }

  private ContentId content(long inode) throws CacheException, FileSystemException {
    Optional<ContentId> found = catalog.byNumber(ControlInodes.contentNumber(inode));
    return found.orElseThrow(
        () -> new FileSystemException(Errno.ESTALE, "the content was removed"));
  }

  private Manifest manifest(ContentId id) throws CacheException, FileSystemException {
    return catalog.manifest(id).orElseThrow(() -> noSuch(id.toString()));
  }

  private byte[] stats() throws CacheException {
    CacheStats stats = commands.stats();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("files", stats.files());
    fields.put("uniqueBlocks", stats.uniqueBlocks());
    fields.put("logicalBytes", stats.logicalBytes());
    fields.put("storedBytes", stats.storedBytes());
    fields.put("savedBytes", stats.savedBytes());
    fields.put("ratio", Math.round(stats.ratio() * 1000) / 1000.0);
    fields.put("bytesOnDisk", stats.bytesOnDisk());
    fields.put("blockSize", stats.blockSize());
    return (Json.object(fields) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Everything belongs to whom the store belongs to, even if the root directory is given away: it
   * says who may give commands.
   */
  private Attributes attributes(long inode, int mode, int links, long size, long dataBytes) {
    long blocks = (dataBytes + UNIT - 1) / UNIT;
    return new Attributes(
        inode, mode, links, uid, gid, 0, size, blocks, IO_SIZE, started, started, started, started);
  }

  private static int copy(byte[] bytes, long offset, ByteBuffer into) {
    if (offset >= bytes.length) {
      return 0;
    }
    int count = Math.min(into.remaining(), bytes.length - (int) offset);
    into.put(bytes, (int) offset, count);
    return count;
  }

  private static FileSystemException noSuch(String name) {
    return new FileSystemException(Errno.ENOENT, "no such file in .unicache: " + name);
  }
}

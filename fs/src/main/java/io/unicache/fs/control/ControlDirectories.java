package io.unicache.fs.control;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.Name;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Lists {@code .unicache} and {@code by-id}. In {@code by-id} the custom IDs come first, as they
 * were when the directory was opened; then the contents, streamed, with cookies made of their
 * numbers. (An ID that is a content ID is in the second part only.)
 */
final class ControlDirectories {

  /** Cookies of contents have this bit; the rest is the number. */
  private static final long CONTENT_COOKIE = 1L << 61;

  /** Cookies up to here belong to "." and "..". */
  private static final long DOTS = 2;

  /**
   * An open directory.
   *
   * @param customIds what {@code by-id} listed when it was opened
   */
  record OpenDirectory(long inode, List<String> customIds) {}

  private final ContentCatalog catalog;

  ControlDirectories(ContentCatalog catalog) {
    this.catalog = catalog;
  }

  OpenDirectory open(long inode) throws CacheException, FileSystemException {
    if (inode == ControlInodes.BY_ID) {
      List<String> ids = catalog.customIds();
      return new OpenDirectory(inode, ids.stream().filter(ControlDirectories::isName).toList());
    }
    if (inode == ControlInodes.DIRECTORY) {
      return new OpenDirectory(inode, List.of());
    }
    throw new FileSystemException(Errno.ENOTDIR, "inode " + inode + " is not a directory");
  }

  List<Entry> list(OpenDirectory opened, long offset, int limit) throws CacheException {
    List<Entry> entries = new ArrayList<>();
    boolean isRoot = opened.inode() == ControlInodes.DIRECTORY;
    long parent = isRoot ? FileSystemOps.ROOT : ControlInodes.DIRECTORY;
    if (offset < 1) {
      entries.add(directory(".", opened.inode(), 1));
    }
    if (offset < DOTS && entries.size() < limit) {
      entries.add(directory("..", parent, DOTS));
    }
    if (isRoot) {
      addFixed(offset, limit, entries);
    } else {
      addCustomIds(opened, offset, limit, entries);
      addContents(offset, limit, entries);
    }
    return entries;
  }

  private static void addFixed(long offset, int limit, List<Entry> entries) {
    List<Entry> all =
        List.of(
            file("control", ControlInodes.CONTROL, 3),
            file("stats", ControlInodes.STATS, 4),
            file("version", ControlInodes.VERSION, 5),
            directory("by-id", ControlInodes.BY_ID, 6));
    for (Entry entry : all) {
      if (entry.offset() > offset && entries.size() < limit) {
        entries.add(entry);
      }
    }
  }

  private void addCustomIds(OpenDirectory opened, long offset, int limit, List<Entry> entries)
      throws CacheException {
    long first = Math.max(0, offset - DOTS);
    for (long i = first; i < opened.customIds().size() && entries.size() < limit; i++) {
      String id = opened.customIds().get((int) i);
      Optional<ContentId> content = catalog.find(id);
      if (content.isPresent()) {
        entries.add(file(id, ControlInodes.of(content.get()), i + DOTS + 1));
      }
    }
  }

  private void addContents(long offset, int limit, List<Entry> entries) throws CacheException {
    if (entries.size() >= limit) {
      return;
    }
    long number = (offset & CONTENT_COOKIE) != 0 ? offset & ~CONTENT_COOKIE : -1;
    for (ContentId id : catalog.behind(number, limit - entries.size())) {
      entries.add(
          file(id.toString(), ControlInodes.of(id), CONTENT_COOKIE | ContentCatalog.number(id)));
    }
  }

  private static boolean isName(String id) {
    try {
      Name.of(id);
      return true;
    } catch (CacheException.Namespace e) {
      return false; // It can be used with the command line, but not shown as a file.
    }
  }

  private static Entry directory(String name, long inode, long cookie) {
    return new Entry(bytes(name), inode, Inode.Type.DIRECTORY.bits(), cookie);
  }

  private static Entry file(String name, long inode, long cookie) {
    return new Entry(bytes(name), inode, Inode.Type.REGULAR.bits(), cookie);
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}

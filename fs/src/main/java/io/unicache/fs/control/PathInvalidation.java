package io.unicache.fs.control;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.FileSystemOps.Invalidations;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tells the kernel of files that have come or changed without it. Thread-safe. */
final class PathInvalidation {

  private static final System.Logger LOG = System.getLogger(PathInvalidation.class.getName());

  private final FileSystemOps files;
  private volatile Invalidations listener;

  PathInvalidation(FileSystemOps files) {
    this.files = files;
  }

  void listener(Invalidations newListener) {
    listener = newListener;
  }

  /** Notes which part of a path is there already, before something is made at it. */
  Change before(String path) {
    List<byte[]> names =
        Arrays.stream(path.split("/"))
            .filter(name -> !name.isEmpty())
            .map(name -> name.getBytes(StandardCharsets.UTF_8))
            .toList();
    int existing = 0;
    long directory = FileSystemOps.ROOT;
    while (existing < names.size() - 1) {
      long next = find(directory, names.get(existing));
      if (next < 0) {
        break;
      }
      directory = next;
      existing++;
    }
    return new Change(names, existing, directory);
  }

  /** Tells of one name, and of the file that has it now. */
  void changed(long directory, byte[] name) {
    new Change(List.of(name), 0, directory).done();
  }

  /** A change at a path. */
  final class Change {
    private final List<byte[]> names;

    /** The first name that was not there, or the last. */
    private final int first;

    private final long directory;
    private final AtomicBoolean appeared = new AtomicBoolean();

    private Change(List<byte[]> names, int first, long directory) {
      this.names = names;
      this.first = first;
      this.directory = directory;
    }

    /** The file is there, not yet complete; only the first call counts. */
    void appeared() {
      if (appeared.compareAndSet(false, true)) {
        done();
      }
    }

    /** The file is as it is to be, or is not to be. */
    void done() {
      Invalidations told = listener;
      if (told == null) {
        return;
      }
      long parent = directory;
      for (byte[] name : names.subList(first, names.size())) {
        told.entry(parent, name);
        told.inode(parent);
        long inode = find(parent, name);
        if (inode < 0) {
          return;
        }
        parent = inode;
      }
      told.inode(parent);
    }
  }

  /** Returns the inode that has the name, or -1. */
  private long find(long directory, byte[] name) {
    try {
      Attributes found = files.lookup(directory, name, Caller.ROOT);
      return found.inode();
    } catch (FileSystemException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
        LOG.log(Level.WARNING, "looking for what to tell the kernel of", e);
      }
      return -1;
    }
  }
}

package io.unicache.store.pack;

import io.unicache.store.os.FileUse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The real file system, in which operations fail as a test wants, and every read and write is
 * short.
 */
final class FaultyFiles implements FileLayer {

  /** The operations, as {@link Fault} is told of them. */
  enum Op {
    OPEN,
    READ,
    WRITE,
    FORCE,
    TRUNCATE,
    DELETE,
    LINK,
    REPLACE,
    SYNC_DIRECTORY,
    PUNCH
  }

  /** Decides whether an operation fails. */
  @FunctionalInterface
  interface Fault {
    Fault NONE = (op, file) -> {};

    void check(Op op, Path file) throws IOException;

    /** From the n-th operation on (from 0) every one fails, as after the process has died. */
    static Fault crashAt(int n) {
      AtomicInteger count = new AtomicInteger();
      return (op, file) -> {
        if (count.getAndIncrement() >= n) {
          throw new IOException("crashed");
        }
      };
    }

    /** One operation on files of one kind fails. */
    static Fault on(Op op, String suffix, String message) {
      return (actual, file) -> {
        if (actual == op && file.toString().endsWith(suffix)) {
          throw new IOException(message);
        }
      };
    }
  }

  static final String ENOSPC = "No space left on device";

  private static final int SHORT = 1000;

  private final int mostBytes;
  private final FileLayer disk = new DiskFiles();
  private final List<String> log = new ArrayList<>();
  private volatile Fault fault = Fault.NONE;
  private volatile boolean holes = true;
  private volatile boolean punches = true;

  FaultyFiles() {
    this(SHORT);
  }

  /**
   * @param mostBytes of one read or write
   */
  FaultyFiles(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  void inject(Fault next) {
    fault = next;
  }

  /** Behaves as a file system without holes. */
  void withoutHoles() {
    holes = false;
  }

  /** Behaves as a file system that has holes where nothing was written, but cannot make any. */
  void withoutPunching() {
    punches = false;
  }

  /** Returns all FORCE and SYNC_DIRECTORY operations since the last call, with the file's name. */
  List<String> drainSyncs() {
    synchronized (log) {
      List<String> all = List.copyOf(log);
      log.clear();
      return all;
    }
  }

  private void check(Op op, Path file) throws IOException {
    if (op == Op.FORCE || op == Op.SYNC_DIRECTORY) {
      synchronized (log) {
        log.add(file.getFileName().toString());
      }
    }
    fault.check(op, file);
  }

  @Override
  public PackFile open(Path file, Mode mode) throws IOException {
    check(Op.OPEN, file);
    return new FaultyFile(file, disk.open(file, mode));
  }

  @Override
  public void delete(Path file) throws IOException {
    check(Op.DELETE, file);
    disk.delete(file);
  }

  @Override
  public void link(Path file, Path name) throws IOException {
    check(Op.LINK, name);
    disk.link(file, name);
  }

  @Override
  public void replace(Path file, Path name) throws IOException {
    check(Op.REPLACE, name);
    disk.replace(file, name);
  }

  @Override
  public FileUse use(Path file) throws IOException {
    return disk.use(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    check(Op.SYNC_DIRECTORY, directory);
    disk.syncDirectory(directory);
  }

  @Override
  public boolean punch(Path file, long offset, long length) throws IOException {
    check(Op.PUNCH, file);
    return holes && punches && disk.punch(file, offset, length);
  }

  @Override
  public OptionalLong allocatedBytes(Path file) throws IOException {
    return holes ? disk.allocatedBytes(file) : OptionalLong.empty();
  }

  private final class FaultyFile implements PackFile {
    private final Path path;
    private final PackFile file;

    FaultyFile(Path path, PackFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      check(Op.READ, path);
      ByteBuffer part = into.slice(into.position(), Math.min(mostBytes, into.remaining()));
      int count = file.read(part, position);
      into.position(into.position() + part.position());
      return count;
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      check(Op.WRITE, path);
      ByteBuffer part = from.slice(from.position(), Math.min(mostBytes, from.remaining()));
      int count = file.write(part, position);
      from.position(from.position() + part.position());
      return count;
    }

    @Override
    public void force() throws IOException {
      check(Op.FORCE, path);
      file.force();
    }

    @Override
    public void truncate(long size) throws IOException {
      check(Op.TRUNCATE, path);
      file.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

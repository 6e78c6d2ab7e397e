package io.unicache.store.pack;

import io.unicache.store.os.Directories;
import io.unicache.store.os.FileUse;
import io.unicache.store.os.NativeFiles;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The real file system. Threads that come here must never be interrupted: a FileChannel closes
 * itself then, for all threads.
 */
class DiskFiles implements FileLayer {

  private static final Map<Mode, Set<OpenOption>> OPTIONS =
      Map.of(
          Mode.READ,
          Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS),
          Mode.WRITE,
          Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
          Mode.CREATE,
          Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));

  private final Consumer<IOException> onWriteFailure;

  DiskFiles() {
    this(failure -> {});
  }

  /** Has someone told of every failure to write or sync, besides the one who wrote. */
  DiskFiles(Consumer<IOException> onWriteFailure) {
    this.onWriteFailure = onWriteFailure;
  }

  @Override
  public PackFile open(Path file, Mode mode) throws IOException {
    return new ChannelFile(FileChannel.open(file, OPTIONS.get(mode)), onWriteFailure);
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void link(Path file, Path name) throws IOException {
    Files.createLink(name, file);
  }

  @Override
  public void replace(Path file, Path name) throws IOException {
    Files.move(file, name, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public FileUse use(Path file) throws IOException {
    return NativeFiles.use(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    Directories.sync(directory);
  }

  @Override
  public boolean punch(Path file, long offset, long length) throws IOException {
    return NativeFiles.punchHole(file, offset, length);
  }

  @Override
  public OptionalLong allocatedBytes(Path file) throws IOException {
    return NativeFiles.allocatedBytes(file);
  }

  private record ChannelFile(FileChannel channel, Consumer<IOException> onWriteFailure)
      implements PackFile {
    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      try {
        return channel.write(from, position);
      } catch (IOException e) {
        onWriteFailure.accept(e);
        throw e;
      }
    }

    @Override
    public void copyTo(PackFile target, long position, long length) throws IOException {
      if (target instanceof ChannelFile file) {
        // The system copies without moving bytes through this process, or shares them if it can.
        file.channel.position(position);
        transfer(file.channel, position, position + length);
      } else {
        PackFile.super.copyTo(target, position, length);
      }
    }

    private void transfer(FileChannel target, long from, long to) throws IOException {
      long at = from;
      while (at < to) {
        long count = channel.transferTo(at, to - at, target);
        if (count <= 0) {
          throw new EOFException("the file ends at " + at + ", before " + to);
        }
        at += count;
      }
    }

    @Override
    public void force() throws IOException {
      // fdatasync: it writes the length too where that has changed; times do not matter here.
      try {
        channel.force(false);
      } catch (IOException e) {
        onWriteFailure.accept(e);
        throw e;
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      channel.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}

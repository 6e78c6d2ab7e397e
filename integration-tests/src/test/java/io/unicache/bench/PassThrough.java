package io.unicache.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jnr.ffi.Pointer;
import ru.serce.jnrfuse.ErrorCodes;
import ru.serce.jnrfuse.FuseFillDir;
import ru.serce.jnrfuse.FuseStubFS;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseFileInfo;

/**
 * A directory shown through jnr-fuse as it comes, for {@code scripts/bench}: what a Java program
 * gets that uses the library in the usual way. For reading only.
 *
 * <p>Arguments: the directory, and where to mount it. Ends when it is unmounted.
 */
public final class PassThrough extends FuseStubFS {

  private final Path directory;
  private final Map<Long, FileChannel> open = new ConcurrentHashMap<>();
  private final AtomicLong nextHandle = new AtomicLong(1);

  private PassThrough(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] arguments) {
    PassThrough fileSystem = new PassThrough(Path.of(arguments[0]));
    fileSystem.mount(Path.of(arguments[1]), true, false, new String[] {"-o", "ro"});
  }

  @Override
  public int getattr(String path, FileStat stat) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(resolve(path), BasicFileAttributes.class);
      boolean isDirectory = attributes.isDirectory();
      stat.st_mode.set(isDirectory ? FileStat.S_IFDIR | 0755 : FileStat.S_IFREG | 0444);
      stat.st_nlink.set(isDirectory ? 2 : 1);
      stat.st_size.set(attributes.size());
      stat.st_mtim.tv_sec.set(attributes.lastModifiedTime().toMillis() / 1000);
      return 0;
    } catch (IOException e) {
      return errno(e);
    }
  }

  @Override
  public int readdir(
      String path, Pointer buffer, FuseFillDir filler, long offset, FuseFileInfo info) {
    filler.apply(buffer, ".", null, 0);
    filler.apply(buffer, "..", null, 0);
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(resolve(path))) {
      for (Path entry : entries) {
        filler.apply(buffer, entry.getFileName().toString(), null, 0);
      }
      return 0;
    } catch (IOException e) {
      return errno(e);
    }
  }

  @Override
  public int open(String path, FuseFileInfo info) {
    try {
      long handle = nextHandle.getAndIncrement();
      open.put(handle, FileChannel.open(resolve(path)));
      info.fh.set(handle);
      return 0;
    } catch (IOException e) {
      return errno(e);
    }
  }

  @Override
  public int read(String path, Pointer buffer, long size, long offset, FuseFileInfo info) {
    byte[] bytes = new byte[(int) size];
    try {
      int count = open.get(info.fh.get()).read(ByteBuffer.wrap(bytes), offset);
      if (count <= 0) {
        return 0;
      }
      buffer.put(0, bytes, 0, count);
      return count;
    } catch (IOException e) {
      return errno(e);
    }
  }

  @Override
  public int release(String path, FuseFileInfo info) {
    try (FileChannel channel = open.remove(info.fh.get())) {
      return channel == null ? -ErrorCodes.EBADF() : 0;
    } catch (IOException e) {
      return errno(e);
    }
  }

  private Path resolve(String path) {
    return directory.resolve(path.substring(1));
  }

  private static int errno(IOException e) {
    if (e instanceof NoSuchFileException) {
      return -ErrorCodes.ENOENT();
    }
    return e instanceof NotDirectoryException ? -ErrorCodes.ENOTDIR() : -ErrorCodes.EIO();
  }
}

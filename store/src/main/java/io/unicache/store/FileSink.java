package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Writes a file that appears under its name only when it is complete: it grows beside it under a
 * temporary name, and {@link #commit} makes it durable and renames it. Closed without a commit, it
 * leaves nothing behind, and a file that was there before is untouched. Holes stay holes.
 *
 * <p>Used by one thread at a time.
 */
public final class FileSink implements CacheService.Sink, AutoCloseable {

  private static final int ATTEMPTS = 100;

  private final Path target;
  private final int permissions;
  private FileChannel channel;
  private Path temporary;
  private long size;

  /**
   * @param target the file to make or to replace; a symlink there is followed
   * @param permissions nine permission bits, from which the process's umask is taken
   */
  public FileSink(Path target, int permissions) throws CacheException {
    this.target = followed(target);
    this.permissions = permissions & 0777;
  }

  @Override
  public void begin(long bytes) throws CacheException {
    size = bytes;
    for (int attempt = 1; channel == null; attempt++) {
      String random = Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, 36);
      Path candidate = target.resolveSibling(".unicache-" + random + ".tmp");
      try {
        channel =
            FileChannel.open(
                candidate,
                EnumSet.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.SPARSE),
                attributes());
        temporary = candidate;
      } catch (FileAlreadyExistsException e) {
        if (attempt == ATTEMPTS) {
          throw CacheException.of("making a temporary file beside " + target, e);
        }
      } catch (IOException e) {
        throw CacheException.of("making " + target, e);
      }
    }
  }

  @Override
  public void write(long offset, ByteBuffer bytes) throws CacheException {
    if (offset < 0 || bytes.remaining() > size - offset) {
      throw new CacheException.Corrupt(
          "found bytes behind the end of " + target + ", which has " + size);
    }
    try {
      long position = offset;
      while (bytes.hasRemaining()) {
        position += channel.write(bytes, position);
      }
    } catch (IOException e) {
      throw CacheException.of("writing " + target, e);
    }
  }

  /** Makes the file durable and gives it its name. */
  public void commit() throws CacheException {
    if (channel == null) {
      throw new CacheException.Corrupt(target + " was not sent");
    }
    try {
      if (channel.size() < size) {
        channel.write(ByteBuffer.allocate(1), size - 1); // The file ends with a hole.
      }
      channel.force(true);
      channel.close();
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      temporary = null;
    } catch (IOException e) {
      throw CacheException.of("writing " + target, e);
    }
  }

  /** Removes what is not complete. */
  @Override
  public void close() throws CacheException {
    if (temporary == null) {
      return;
    }
    try {
      channel.close();
      Files.deleteIfExists(temporary);
      temporary = null;
    } catch (IOException e) {
      throw CacheException.of("removing " + temporary, e);
    }
  }

  private FileAttribute<?>[] attributes() {
    if (!target.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PermissionBits.toSet(permissions))
    };
  }

  private static Path followed(Path target) throws CacheException {
    Path absolute = target.toAbsolutePath();
    if (Files.isDirectory(absolute) || absolute.getFileName() == null) {
      throw new CacheException.InvalidArgument(target + " is a directory; give the name of a file");
    }
    try {
      return Files.isSymbolicLink(absolute) && Files.exists(absolute)
          ? absolute.toRealPath()
          : absolute;
    } catch (IOException e) {
      throw CacheException.of("following the symlink " + target, e);
    }
  }
}

package io.unicache.store.ipc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/** Where a store's socket goes: the operating system takes only short paths. */
final class SocketPath {

  static final String NAME = "daemon.sock";

  /** macOS has room for 104 bytes with the closing NUL, Linux for 108. */
  static final int MAX_BYTES = 103;

  private static final String PREFIX = "unicache-socket-";

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /**
   * Returns {@code <store>/daemon.sock}, or if that is too long a socket in a private directory of
   * {@code temporary} that is named after the store; the directory is made.
   *
   * @throws FileSystemException if someone else has made that directory, or others may enter it
   */
  static Path choose(Path store, Path temporary) throws IOException {
    Path absolute = store.toAbsolutePath().normalize();
    Path usual = absolute.resolve(NAME);
    if (length(usual) <= MAX_BYTES) {
      return usual;
    }
    Path directory = temporary.toAbsolutePath().resolve(PREFIX + hash(absolute));
    Path socket = directory.resolve(NAME);
    if (length(socket) > MAX_BYTES) {
      throw new FileSystemException(
          socket.toString(),
          null,
          "a socket's path has at most "
              + MAX_BYTES
              + " bytes; put the store at a shorter path, or set java.io.tmpdir to one");
    }
    makePrivate(directory, store);
    return socket;
  }

  /** Removes a socket, and the directory that was made for it alone. */
  static void delete(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    Path directory = socket.getParent();
    if (directory.getFileName().toString().startsWith(PREFIX)) {
      Files.deleteIfExists(directory);
    }
  }

  private static void makePrivate(Path directory, Path store) throws IOException {
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    } catch (FileAlreadyExistsException e) {
      PosixFileAttributes found =
          Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!found.isDirectory()
          || !found.permissions().equals(PRIVATE)
          || !found.owner().equals(Files.getOwner(store))) {
        throw new FileSystemException(
            directory.toString(),
            null,
            "is not a private directory of the store's owner; remove it");
      }
    }
  }

  private static int length(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private static String hash(Path path) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(path.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private SocketPath() {}
}

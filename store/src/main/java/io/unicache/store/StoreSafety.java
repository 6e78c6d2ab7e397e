package io.unicache.store;

import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Sees to it that a store is its user's alone, before anything in it is opened. */
final class StoreSafety {

  private static final Logger LOG = System.getLogger(StoreSafety.class.getName());

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /** The store's own directories have no others in them, but for copies of files. */
  private static final int DEPTH = 2;

  private StoreSafety() {}

  /**
   * Checks a store's directory, in which there may be no store yet.
   *
   * @throws CacheException.InvalidArgument if another user has made the store, or if there is a
   *     symlink in it
   */
  static void check(Path directory) throws CacheException {
    checkOwner(directory);
    refuseLinks(directory);
  }

  private static void checkOwner(Path directory) throws CacheException {
    Path made = directory.resolve("store.json");
    Optional<Integer> owner = uid(made);
    Optional<Integer> user = uid(Path.of("/proc/self"));
    if (owner.isPresent() && user.isPresent() && !owner.equals(user)) {
      throw new CacheException.InvalidArgument(
          "the store "
              + directory
              + " belongs to user "
              + Integer.toUnsignedString(owner.get())
              + ", and this is user "
              + Integer.toUnsignedString(user.get())
              + ": run the command as that user, or choose another store with --store");
    }
  }

  private static Optional<Integer> uid(Path file) {
    try {
      return Optional.of((Integer) Files.getAttribute(file, "unix:uid"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return Optional.empty(); // It is not there, or this system has no such numbers.
    }
  }

  /** What a link leads to could be anywhere, and would be written to. */
  private static void refuseLinks(Path directory) throws CacheException {
    try {
      // The store itself may be reached by a link: whoever gave the path wants that.
      Files.walkFileTree(directory.toRealPath(), Set.of(), DEPTH, new LinkRefuser());
    } catch (NoSuchFileException e) {
      // Nothing is there, or something has just gone.
    } catch (IOException e) {
      throw CacheException.of("looking into the store " + directory, e);
    }
  }

  private static final class LinkRefuser extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
        throws CacheException {
      if (attributes.isSymbolicLink()) {
        throw new CacheException.InvalidArgument(
            file
                + " is a symbolic link, and nothing in a store may be one; put what it leads to in"
                + " its place");
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }

  /** Has nobody but the owner enter the directory, however it came about. */
  static void makePrivate(Path directory) {
    try {
      Set<PosixFilePermission> found = Files.getPosixFilePermissions(directory);
      Set<PosixFilePermission> others = EnumSet.copyOf(found);
      others.removeAll(PRIVATE);
      if (!others.isEmpty()) {
        Files.setPosixFilePermissions(directory, PRIVATE);
        LOG.log(Level.INFO, "others may not enter {0} any more", directory);
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.log(Level.WARNING, "the permissions of " + directory + " stay as they are", e);
    }
  }
}

package io.unicache.fs.fuse.mount;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Makes sure of a directory before something is mounted on it. */
public final class MountPoint {

  private static final Logger LOG = System.getLogger(MountPoint.class.getName());

  private static final Duration REPAIR_TIMEOUT = Duration.ofSeconds(10);

  /** A crashed daemon can leave as many mounts on top of each other as it was started; few are. */
  private static final int MAX_DEAD_MOUNTS = 16;

  private final Unmounter unmounter;
  private final Unmounter.TableReader table;

  public MountPoint() {
    this(new Unmounter(), MountTable::read);
  }

  MountPoint(Unmounter unmounter, Unmounter.TableReader table) {
    this.unmounter = unmounter;
    this.table = table;
  }

  /**
   * Checks that a directory can be mounted on: it is there, empty, and not a mount point. A mount
   * of UniCache on it whose daemon is dead ("Transport endpoint is not connected") is taken away
   * first.
   *
   * @return the directory, absolute and without symlinks: what the mount table will show
   * @throws MountException if it cannot be mounted on; the message says why and what to do
   */
  public Path prepare(Path directory) throws MountException {
    try {
      Path real = realPath(directory);
      removeDeadMounts(real);
      requireNotMounted(real);
      requireEmptyDirectory(real);
      return real;
    } catch (MountException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new MountException(
          "mount point " + directory + " does not exist: make the directory first", e);
    } catch (FileSystemException e) {
      throw new MountException("cannot use mount point " + directory + ": " + reasonOf(e), e);
    } catch (IOException e) {
      throw new MountException("cannot use mount point " + directory + ": " + e.getMessage(), e);
    }
  }

  /**
   * Resolves symlinks in the parent only and then in the whole: looking at a dead mount itself
   * fails, and its name must be known to repair it.
   */
  private Path realPath(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    Path inParent = parent == null ? absolute : parent.toRealPath().resolve(absolute.getFileName());
    if (table.read().at(inParent).isPresent()) {
      return inParent;
    }
    try {
      return inParent.toRealPath();
    } catch (FileSystemException e) {
      if (Files.isSymbolicLink(inParent) && isNotConnected(e)) {
        Path target = Files.readSymbolicLink(inParent);
        return realPath(inParent.resolveSibling(target));
      }
      throw e;
    }
  }

  private void removeDeadMounts(Path directory) throws IOException {
    for (int i = 0; i < MAX_DEAD_MOUNTS; i++) {
      Optional<MountTable.Mount> mount = table.read().at(directory);
      if (mount.isEmpty() || !mount.get().isUniCache() || !isDead(directory)) {
        return;
      }
      LOG.log(Level.INFO, "removing the mount at {0}: its daemon is gone", directory);
      unmounter.unmountLazily(directory, REPAIR_TIMEOUT);
    }
  }

  /**
   * Returns whether nobody serves the mount at a directory any more. Attributes may come from the
   * kernel's cache, long after the daemon is gone; listing the directory cannot.
   */
  static boolean isDead(Path mountPoint) {
    try {
      Files.getAttribute(mountPoint, "unix:dev", LinkOption.NOFOLLOW_LINKS);
      return !canBeListed(mountPoint);
    } catch (FileSystemException e) {
      return isNotConnected(e);
    } catch (IOException e) {
      return false;
    }
  }

  /** Throws if it cannot. */
  private static boolean canBeListed(Path directory) throws IOException {
    try (DirectoryStream<Path> opened = Files.newDirectoryStream(directory)) {
      return opened != null;
    }
  }

  /**
   * The JDK gives errno only as its text; the text is in the user's language, so both are looked
   * for.
   */
  private static boolean isNotConnected(FileSystemException e) {
    String text = e.getReason() == null ? "" : e.getReason().toLowerCase(Locale.ROOT);
    return text.contains("endpoint") || text.contains("not connected");
  }

  private void requireNotMounted(Path directory) throws IOException {
    Optional<MountTable.Mount> mount = table.read().at(directory);
    if (mount.isPresent()) {
      throw new MountException(
          directory
              + " is a mount point already (type "
              + mount.get().type()
              + "): unmount it first, or choose another directory");
    }
  }

  private static void requireEmptyDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new MountException("mount point " + directory + " is not a directory");
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      if (entries.iterator().hasNext()) {
        throw new MountException(
            "mount point "
                + directory
                + " is not empty, and a mount would hide its files: choose an empty directory");
      }
    }
  }

  private static String reasonOf(FileSystemException e) {
    return e.getReason() == null ? e.toString() : e.getReason();
  }
}

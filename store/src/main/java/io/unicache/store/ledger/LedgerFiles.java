package io.unicache.store.ledger;

import io.unicache.store.error.CacheException;
import io.unicache.store.ledger.LedgerHeader.Role;
import io.unicache.store.os.Directories;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of the files in a ledger's directory. Safe for use by many threads. */
final class LedgerFiles {

  /** A base has this behind its name until it is complete. */
  private static final String UNFINISHED = ".new";

  /** What has to stay free when a base is made: the last of a disk is there to remove files. */
  private static final long MOST_KEPT_BYTES = 64L << 20;

  /** Of a small disk only this part is kept free. */
  private static final int KEPT_PART = 4;

  private static final Pattern NAME = Pattern.compile("([0-9]{1,9})\\.(base|changes)(\\.new)?");

  private final Path directory;
  private final UUID store;

  LedgerFiles(Path directory, UUID store) {
    this.directory = directory;
    this.store = store;
  }

  Path directory() {
    return directory;
  }

  Path path(int number, Role role) {
    return directory.resolve(number + "." + role.suffix());
  }

  private Path pathWhenMade(int number, Role role) {
    Path path = path(number, role);
    return role == Role.BASE ? path.resolveSibling(path.getFileName() + UNFINISHED) : path;
  }

  /** Makes a file with its header; a base under the name that it has until it is published. */
  LedgerWriter create(int number, Role role) throws CacheException {
    Path path = pathWhenMade(number, role);
    try {
      return LedgerWriter.create(path, new LedgerHeader(number, role, store));
    } catch (IOException e) {
      throw CacheException.of("making " + path, e);
    }
  }

  LedgerReader.Summary read(int number, Role role, LedgerReader.RowVisitor visitor)
      throws CacheException {
    return LedgerReader.read(path(number, role), new LedgerHeader(number, role, store), visitor);
  }

  /** Gives a base that is complete its name. */
  void publishBase(int number) throws CacheException {
    Path path = path(number, Role.BASE);
    try {
      Files.move(pathWhenMade(number, Role.BASE), path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw CacheException.of("renaming to " + path, e);
    }
    Directories.sync(directory);
  }

  /** Returns the greatest number that any file has, 0 if there is none. */
  int newest() throws CacheException {
    NavigableSet<Integer> numbers = numbers();
    return numbers.isEmpty() ? 0 : numbers.last();
  }

  /** Returns the numbers that any file has. */
  NavigableSet<Integer> numbers() throws CacheException {
    NavigableSet<Integer> numbers = new TreeSet<>();
    for (Path file : files()) {
      numbers.add(number(file));
    }
    return numbers;
  }

  /** Deletes a base that was not completed. */
  void deleteUnfinished(int number) throws CacheException {
    Path path = pathWhenMade(number, Role.BASE);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw CacheException.of("removing " + path, e);
    }
  }

  void deleteBefore(int number) throws CacheException {
    for (Path file : files()) {
      if (number(file) < number) {
        try {
          Files.deleteIfExists(file);
        } catch (IOException e) {
          throw CacheException.of("removing " + file, e);
        }
      }
    }
  }

  private List<Path> files() throws CacheException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        if (NAME.matcher(child.getFileName().toString()).matches()) {
          files.add(child);
        }
      }
    } catch (IOException e) {
      throw CacheException.of("listing " + directory, e);
    }
    return files;
  }

  private static int number(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    if (!name.matches()) {
      throw new IllegalArgumentException(file.toString());
    }
    return Integer.parseInt(name.group(1));
  }

  /** Throws Full if so many bytes would leave little of the disk to the metadata itself. */
  void requireRoom(long bytes) throws CacheException {
    try {
      FileStore disk = Files.getFileStore(directory);
      long kept = Math.min(MOST_KEPT_BYTES, disk.getTotalSpace() / KEPT_PART);
      if (disk.getUsableSpace() < bytes + kept) {
        throw new CacheException.Full(
            "the disk of " + directory + " has no room for a second copy of the metadata", null);
      }
    } catch (IOException e) {
      throw CacheException.of("measuring the disk of " + directory, e);
    }
  }
}

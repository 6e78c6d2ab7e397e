package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.os.FileUse;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * Own packs as files that others than the set read, or take over: whether they are complete, who
 * has them open, and how they leave the set. Safe for use by many threads.
 */
public final class LendablePacks {

  private final PackSet set;
  private final FileLayer files;
  private final PackPaths paths;

  LendablePacks(PackSet set, FileLayer files, PackPaths paths) {
    this.set = set;
    this.files = files;
    this.paths = paths;
  }

  /** Returns the file of a pack. */
  public Path file(int pack) {
    return paths.pack(pack);
  }

  /** Makes a pack durable and closes it, if that has not been done since its last append. */
  public void settle(int number) throws CacheException {
    Pack pack = set.pack(number);
    if (pack != null && set.isUnsynced(pack)) {
      set.sync();
    }
  }

  /**
   * Returns the length of a pack's file if it is an own pack to which nothing will be appended any
   * more, and of which every record is readable.
   */
  public OptionalLong finishedLength(int number) throws CacheException {
    Pack pack = set.pack(number);
    if (pack == null || !pack.isFinished()) {
      return OptionalLong.empty();
    }
    try (PackFile file = files.open(pack.path(), FileLayer.Mode.READ)) {
      return OptionalLong.of(file.size());
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    } catch (IOException e) {
      throw CacheException.of("looking at " + pack.path(), e);
    }
  }

  /**
   * Tells whether anyone has the file of an own pack open or mapped: then its blocks must not be
   * punched out. A sync that is under way counts as well. Shared packs, and those that a stream
   * appends to, are not given to anyone, so their answer is {@link FileUse#NONE}.
   */
  public FileUse use(int number) throws CacheException {
    Pack pack = set.pack(number);
    if (pack == null || !pack.isOwn() || pack.isAppendedTo()) {
      return FileUse.NONE;
    }
    set.closeReader(pack);
    return use(pack.path());
  }

  /** Tells whether anyone has a file open or mapped that has left the packs. */
  public FileUse use(Path file) throws CacheException {
    try {
      return files.use(file);
    } catch (NoSuchFileException e) {
      return FileUse.NONE;
    } catch (IOException e) {
      throw CacheException.of("looking at " + file, e);
    }
  }

  /**
   * Starts to move the blocks of an own pack elsewhere, so that its file can be used for something
   * else.
   *
   * @param name second name of the file, in the same file system; does not exist yet
   * @throws CacheException.Missing if the pack is not there, or being appended to
   */
  public Evacuation evacuate(int number, Path name) throws CacheException {
    Pack pack = set.pack(number);
    if (pack == null || !pack.isOwn() || !set.beginLeaving(pack)) {
      throw new CacheException.Missing("pack " + number + " is not there, or is in use");
    }
    try {
      files.link(pack.path(), name);
      return new Evacuation(set, files, pack, name);
    } catch (IOException e) {
      pack.stay();
      throw CacheException.of("linking " + pack.path() + " to " + name, e);
    }
  }

  /** Ends a pack's life as a pack. */
  static void withdraw(PackSet set, Pack pack, List<BlockLocation> dead) throws CacheException {
    set.remove(pack);
    Failures failures = new Failures();
    failures.collect(() -> pack.leave(dead));
    failures.collect(() -> set.closeReader(pack));
    failures.throwFirst();
  }
}

package io.unicache.it.powercut;

import io.unicache.it.powercut.DiskLog.Entry;
import io.unicache.it.powercut.DiskLog.Name;
import io.unicache.it.powercut.DiskLog.Names;
import io.unicache.it.powercut.DiskLog.Punch;
import io.unicache.it.powercut.DiskLog.Resize;
import io.unicache.it.powercut.DiskLog.Sync;
import io.unicache.it.powercut.DiskLog.SyncNames;
import io.unicache.it.powercut.DiskLog.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * Makes of a record what a disk may hold when the power is cut at some position of it. What is
 * legal:
 *
 * <ul>
 *   <li><b>Bytes.</b> Everything that was written to a file before its last fsync or fdatasync came
 *       back is there. Of what was written after that each sector is there or not, independently of
 *       all others, as the system writes pages back when it likes and in any order, and a disk
 *       writes sectors: a sector has what some write since the sync left in it, or what it had at
 *       the sync. (Not an earlier write without a later one to the same sector and then the later
 *       one without the earlier: a page is written as it is.)
 *   <li><b>Lengths and holes</b> are in the file system's journal: those of one file become durable
 *       in order, up to any moment at or after its last sync, and independently of its bytes. A
 *       length without its bytes shows zeros: ext4 with data=writeback and XFS leave extents that
 *       are not written; data=ordered is milder. Bytes that a cut or a hole has removed do not come
 *       back once that is durable, and bytes that were written after it are not there before it is.
 *   <li><b>Names</b>, with {@link NameOrder#JOURNALED}: as ext4, XFS and btrfs do it, all
 *       operations on names become durable in the order in which they were made, up to any moment
 *       at or after the last fsync of a directory; lengths and holes are in the same journal. With
 *       {@link NameOrder#INDEPENDENT}, which is more than any of them does: only those of a
 *       directory before its last fsync are durable, and the name that a file was made with before
 *       the file's last fsync, on which RocksDB relies; of all others each is there or not. A
 *       rename is one operation.
 * </ul>
 *
 * <p>The same seed always makes the same of the same record.
 */
final class DiskModel {

  /** How operations on names become durable. */
  enum NameOrder {
    JOURNALED,
    INDEPENDENT
  }

  private static final long ROOT = RecordingFileSystem.ROOT;

  private final List<Entry> entries;
  private final NameOrder order;
  private final Random random;

  /** Up to where the journal is durable. */
  private final int journaled;

  /** Positions behind the last sync of each file, or of names in each directory. */
  private final Map<Long, Integer> synced = new HashMap<>();

  private final Map<Long, List<Integer>> entriesOf = new TreeMap<>();

  private DiskModel(List<Entry> entries, NameOrder order, long seed) {
    this.entries = entries;
    this.order = order;
    this.random = new Random(seed);
    int lastNames = 0;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry instanceof Sync sync) {
        synced.put(sync.inode(), i + 1);
      } else if (entry instanceof SyncNames sync) {
        synced.put(sync.directory(), i + 1);
        lastNames = i + 1;
      } else if (!(entry instanceof Names)) {
        entriesOf.computeIfAbsent(inodeOf(entry), inode -> new ArrayList<>()).add(i);
      }
    }
    journaled = between(lastNames, entries.size());
  }

  /**
   * Returns what may be there.
   *
   * @param directories which inodes are directories
   */
  static DiskImage image(
      List<Entry> entries, NameOrder order, long seed, LongPredicate directories) {
    return new DiskModel(entries, order, seed).image(directories);
  }

  private static long inodeOf(Entry entry) {
    if (entry instanceof Write write) {
      return write.inode();
    }
    return entry instanceof Resize resize ? resize.inode() : ((Punch) entry).inode();
  }

  private int between(int from, int to) {
    return switch (random.nextInt(4)) {
      case 0 -> from;
      case 1 -> to;
      default -> from + random.nextInt(to - from + 1);
    };
  }

  private DiskImage image(LongPredicate directories) {
    Map<Long, Map<String, Long>> names = names();
    DiskImage image = new DiskImage();
    Map<Long, byte[]> contents = new HashMap<>();
    entriesOf.keySet().forEach(inode -> contents.put(inode, content(inode)));
    collect(ROOT, "", names, directories, contents, image);
    return image;
  }

  private static void collect(
      long directory,
      String path,
      Map<Long, Map<String, Long>> names,
      LongPredicate directories,
      Map<Long, byte[]> contents,
      DiskImage image) {
    names
        .getOrDefault(directory, Map.of())
        .forEach(
            (name, inode) -> {
              if (directories.test(inode)) {
                image.directory(path + name);
                collect(inode, path + name + "/", names, directories, contents, image);
              } else {
                image.file(path + name, contents.getOrDefault(inode, new byte[0]));
              }
            });
  }

  private Map<Long, Map<String, Long>> names() {
    boolean all = random.nextInt(4) == 0;
    Map<Long, Map<String, Long>> names = new HashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i) instanceof Names change
          && (order == NameOrder.JOURNALED
              ? i < journaled
              : isSynced(change, i) || all || random.nextBoolean())) {
        for (Name name : change.names()) {
          Map<String, Long> children =
              names.computeIfAbsent(name.directory(), directory -> new TreeMap<>());
          if (name.inode() == 0) {
            children.remove(name.name());
          } else {
            children.put(name.name(), name.inode());
          }
        }
      }
    }
    return names;
  }

  private boolean isSynced(Names change, int position) {
    boolean makes = change.names().size() == 1;
    return change.names().stream()
        .anyMatch(
            name ->
                synced.getOrDefault(name.directory(), 0) > position
                    || (makes && synced.getOrDefault(name.inode(), 0) > position));
  }

  private byte[] content(long inode) {
    int durable = synced.getOrDefault(inode, 0);
    int sizes =
        order == NameOrder.JOURNALED
            ? Math.max(durable, journaled)
            : between(durable, entries.size());
    FileContent content = new FileContent(new Fate(durable, entries.size(), random));
    for (int i : entriesOf.get(inode)) {
      Entry entry = entries.get(i);
      if (entry instanceof Write write) {
        content.write(write, i, i < sizes);
      } else if (i < sizes) {
        content.cut(entry);
      } else {
        content.bar(entry);
      }
    }
    return content.bytes();
  }
}

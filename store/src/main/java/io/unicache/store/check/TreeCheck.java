package io.unicache.store.check;

import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.MetaSnapshot.PlacedEntry;
import io.unicache.store.meta.MetaStore.Mending;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Compares names with inodes: each name leads to an inode of its type and lies in a directory; each
 * inode has as many links as names, its parent for a parent, and can be reached from the root. Goes
 * through all names once for each slice of the inode table. Used once, by one thread.
 */
final class TreeCheck {

  private final Parts parts;
  private final MetaSnapshot snapshot;
  private final Report report;
  private final LostAndFound lostAndFound;
  private final DirectoryPaths paths;
  private final Set<Long> orphans = new HashSet<>();

  /** Directories that are known to lead to the root. */
  private final NumberSet reachable = new NumberSet();

  private long highest;
  private long lastDirectory;
  private boolean lastIsDirectory;

  TreeCheck(Parts parts, MetaSnapshot snapshot, Report report, LostAndFound lostAndFound) {
    this.parts = parts;
    this.snapshot = snapshot;
    this.report = report;
    this.lostAndFound = lostAndFound;
    this.paths = new DirectoryPaths(snapshot);
  }

  void run() throws CacheException {
    snapshot.orphans(orphans::add);
    long from = 0;
    while (from >= 0) {
      InodeSlice slice = new InodeSlice(from, parts.sliceRows());
      snapshot.inodes(from, slice::add);
      snapshot.entries(row -> checkName(row, slice));
      if (report.cancelled()) {
        return;
      }
      for (int i = 0; i < slice.size(); i++) {
        checkInode(slice, i);
      }
      from = slice.next();
    }
    snapshot.inodes(0, this::checkReachable);
    checkNumbers();
    for (long orphan : orphans) {
      if (snapshot.inode(orphan).isEmpty()) {
        report.found(
            Kind.STATE,
            "inode " + orphan,
            "it is noted as removed but open, and does not exist",
            (tx, mender) -> tx.deleteOrphan(orphan));
      }
    }
  }

  private boolean checkName(PlacedEntry row, InodeSlice slice) throws CacheException {
    long directory = row.directory();
    DirectoryEntry entry = row.entry();
    boolean inDirectory = isDirectory(directory);
    if (inDirectory && entry.type() == Inode.Type.DIRECTORY && slice.covers(directory)) {
      slice.countSubdirectory(slice.indexOf(directory));
    }
    if (!slice.covers(entry.inode())) {
      return !report.cancelled();
    }
    highest = Math.max(highest, Math.max(entry.inode(), entry.cookie()));
    Mending takeAway = (tx, mender) -> tx.deleteEntry(directory, entry);
    int inode = slice.indexOf(entry.inode());
    if (!inDirectory) {
      name(row, "inode " + directory + ", which it is in, is no directory", takeAway);
    } else if (inode < 0) {
      name(
          row,
          "its inode " + entry.inode() + " does not exist; a repair takes the name away",
          takeAway);
    } else {
      slice.named(inode, directory);
      if (slice.type(inode) != entry.type()) {
        DirectoryEntry right =
            new DirectoryEntry(entry.name(), entry.inode(), slice.type(inode), entry.cookie());
        name(
            row,
            "it is called a " + entry.type() + ", but is a " + right.type(),
            (tx, mender) -> tx.putEntry(directory, right));
      }
    }
    return !report.cancelled();
  }

  private void name(PlacedEntry row, String problem, Mending fix) throws CacheException {
    report.found(Kind.NAME, paths.of(row.directory(), row.entry().name()), problem, fix);
  }

  /** Names come one directory after the other. */
  private boolean isDirectory(long number) throws CacheException {
    if (number != lastDirectory) {
      lastIsDirectory = snapshot.inode(number).filter(Inode::isDirectory).isPresent();
      lastDirectory = number;
    }
    return lastIsDirectory;
  }

  private void checkInode(InodeSlice slice, int i) throws CacheException {
    long number = slice.number(i);
    highest = Math.max(highest, number);
    boolean isDirectory = slice.type(i) == Inode.Type.DIRECTORY;
    int names = slice.names(i);
    int subdirectories = slice.subdirectories(i);
    if (names == 0 && number != Inode.ROOT) {
      if (slice.links(i) > 0 || !orphans.contains(number)) {
        inode(
            number,
            "it has no name" + LostAndFound.KEPT,
            (tx, mender) -> {
              Optional<Inode> nameless = tx.inode(number);
              if (nameless.isPresent()) {
                lostAndFound.keepInode(tx, nameless.get(), subdirectories);
              }
            });
      }
      return;
    }
    if (orphans.contains(number)) {
      inode(
          number,
          "it is noted as removed, and has a name",
          (tx, mender) -> tx.deleteOrphan(number));
    }
    int links = isDirectory ? 2 + subdirectories : names;
    if (slice.links(i) != links) {
      inode(
          number,
          "it has " + slice.links(i) + " links, and should have " + links,
          (tx, mender) -> {
            Optional<Inode> found = tx.inode(number);
            if (found.isPresent()) {
              tx.putInode(found.get().toBuilder().links(links).build());
            }
          });
    }
    if (isDirectory) {
      checkDirectory(slice, i);
    }
  }

  private void checkDirectory(InodeSlice slice, int i) throws CacheException {
    long number = slice.number(i);
    if (slice.names(i) > (number == Inode.ROOT ? 0 : 1)) {
      report.found(
          Kind.INODE, "inode " + number, "the directory has " + slice.names(i) + " names too many");
    }
    long parent = number == Inode.ROOT ? Inode.ROOT : slice.namedIn(i);
    if (slice.parent(i) != parent) {
      inode(
          number,
          "its parent is " + slice.parent(i) + ", and should be " + parent,
          (tx, mender) -> {
            Optional<Inode> found = tx.inode(number);
            if (found.isPresent()) {
              tx.putInode(found.get().toBuilder().parent(parent).build());
            }
          });
    }
  }

  private void inode(long number, String problem, Mending fix) throws CacheException {
    report.found(Kind.INODE, "inode " + number, problem, fix);
  }

  /** Climbs from a directory until it comes to one that is known to lead to the root. */
  private boolean checkReachable(Inode directory) throws CacheException {
    if (!directory.isDirectory()) {
      return !report.cancelled();
    }
    reachable.add(Inode.ROOT);
    Set<Long> way = new HashSet<>();
    Inode at = directory;
    while (!reachable.contains(at.number())) {
      if (!way.add(at.number())) {
        breakCircle(at);
        break;
      }
      Optional<Inode> parent = snapshot.inode(at.parent());
      if (parent.isEmpty()) {
        break; // Its name was found to be missing, or to be in no directory.
      }
      at = parent.get();
    }
    way.forEach(reachable::add);
    return !report.cancelled();
  }

  private void breakCircle(Inode directory) throws CacheException {
    inode(
        directory.number(),
        "it is in itself, through other directories" + LostAndFound.KEPT,
        (tx, mender) -> {
          Optional<Inode> parent = tx.inode(directory.parent());
          DirectoryEntry[] name = new DirectoryEntry[1];
          snapshot.listing(
              directory.parent(),
              0,
              row -> {
                if (row.directory() == directory.parent()
                    && row.entry().inode() == directory.number()) {
                  name[0] = row.entry();
                }
                return row.directory() == directory.parent();
              });
          if (parent.isPresent() && name[0] != null) {
            tx.deleteEntry(directory.parent(), name[0]);
            tx.putInode(parent.get().toBuilder().links(parent.get().links() - 1).build());
            Inode cut = tx.inode(directory.number()).orElseThrow();
            lostAndFound.keepInode(tx, cut, cut.links() - 2);
          }
        });
  }

  private void checkNumbers() throws CacheException {
    if (snapshot.numbers().orElse(0) <= highest && highest > Inode.ROOT) {
      long used = highest;
      report.found(
          Kind.STATE,
          "metadata",
          "numbers are given out from "
              + snapshot.numbers().orElse(0)
              + " on, but "
              + used
              + " is in use",
          (tx, mender) -> mender.raiseNumbers(used));
    }
  }
}

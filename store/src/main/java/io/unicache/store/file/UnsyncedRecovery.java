package io.unicache.store.file;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.StoredFile;
import io.unicache.store.meta.Unsynced;
import io.unicache.store.read.BlockReader;
import io.unicache.store.tree.Tree;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks, when a store is opened after a crash, at the files that had got a content since the last
 * sync. The metadata may have reached the disk before their blocks did: a file of which a block is
 * not there becomes what it was at the last sync, so that nothing that was durable is lost for
 * something that was not. All that have their blocks keep what they have. Only blocks that came
 * since a sync are read, so this takes no longer than writing them did.
 *
 * <p>To be run before anything else changes the store: a journal that belongs to a content which
 * goes must not be replayed.
 */
final class UnsyncedRecovery {

  private static final System.Logger LOG = System.getLogger(UnsyncedRecovery.class.getName());

  /** Rows that are settled at once. */
  private static final int BATCH = 1024;

  private final MetaStore meta;
  private final Tree tree;
  private final BlockReader blocks;

  /** By pack, the offset before which all blocks are known to be durable. */
  private Map<Integer, Long> durableEnds = Map.of();

  /** A name of an inode, in a directory. */
  private record Place(long directory, Name name) {}

  UnsyncedRecovery(MetaStore meta, Tree tree, BlockReader blocks) {
    this.meta = meta;
    this.tree = tree;
    this.blocks = blocks;
  }

  /** Returns how many files have become what they were before. */
  int run() throws CacheException {
    durableEnds = meta.durableEnds();
    List<Unsynced> good = new ArrayList<>();
    List<Unsynced.OfInode> badFiles = new ArrayList<>();
    List<Unsynced.OfStoredFile> badStored = new ArrayList<>();
    meta.forEachUnsynced(
        row -> {
          if (isSound(row)) {
            good.add(row);
          } else if (row instanceof Unsynced.OfInode file) {
            badFiles.add(file);
          } else {
            badStored.add((Unsynced.OfStoredFile) row);
          }
          return true;
        });
    Map<Long, List<Place>> places = placesOf(badFiles);
    for (Unsynced.OfInode row : badFiles) {
      restore(row, places.getOrDefault(row.inode(), List.of()));
    }
    for (Unsynced.OfStoredFile row : badStored) {
      restore(row);
    }
    for (int from = 0; from < good.size(); from += BATCH) {
      drop(good.subList(from, Math.min(good.size(), from + BATCH)));
    }
    return badFiles.size() + badStored.size();
  }

  private void drop(List<Unsynced> rows) throws CacheException {
    meta.update(
        tx -> {
          for (Unsynced row : rows) {
            tx.dropUnsynced(row);
          }
          return null;
        });
  }

  private boolean isSound(Unsynced row) throws CacheException {
    Optional<ContentId> content =
        row instanceof Unsynced.OfInode file
            ? meta.inode(file.inode()).flatMap(Inode::content)
            : meta.storedFile(((Unsynced.OfStoredFile) row).id()).map(StoredFile::content);
    if (content.isEmpty()) {
      return true;
    }
    Optional<ManifestEntry> manifest = meta.manifest(content.get());
    if (manifest.isEmpty()) {
      return true; // Not the work of a crash: whoever reads the file is told.
    }
    for (BlockHash hash : new HashSet<>(manifest.get().manifest().blocks())) {
      Optional<BlockEntry> block = meta.block(hash);
      if (block.isPresent() && !isSound(block.get())) {
        return false;
      }
    }
    return true;
  }

  private boolean isSound(BlockEntry block) throws CacheException {
    BlockLocation at = block.location();
    if (at.offset() + at.allocated() <= durableEnds.getOrDefault(at.pack(), 0L)) {
      return true;
    }
    try {
      return blocks.isSound(block.hash(), at);
    } catch (CacheException.Storage e) {
      // Perhaps it can be read another time: giving it up is for good.
      LOG.log(Level.WARNING, "it is not known whether block " + block.hash() + " is there", e);
      return true;
    }
  }

  /** No row leads from an inode to its names, so every directory is looked through. */
  private Map<Long, List<Place>> placesOf(List<Unsynced.OfInode> files) throws CacheException {
    Map<Long, List<Place>> places = new HashMap<>();
    files.forEach(file -> places.put(file.inode(), new ArrayList<>()));
    if (!files.isEmpty()) {
      meta.forEachInode(
          inode -> {
            if (inode.isDirectory()) {
              collect(inode.number(), places);
            }
            return true;
          });
    }
    return places;
  }

  private void collect(long directory, Map<Long, List<Place>> places) throws CacheException {
    meta.forEachEntry(
        directory,
        0,
        entry -> {
          List<Place> found = places.get(entry.inode());
          if (found != null) {
            found.add(new Place(directory, entry.name()));
          }
          return true;
        });
  }

  private void restore(Unsynced.OfInode row, List<Place> places) throws CacheException {
    String file =
        "file "
            + (places.isEmpty() ? "" : "\"" + places.get(0).name() + "\" ")
            + "(inode "
            + row.inode()
            + ")";
    if (row.before().isEmpty()) {
      log(file, "it is not in the tree any more; make it again");
      for (Place place : places) {
        tree.unlink(place.directory(), place.name());
      }
    } else {
      log(file, "it has the content that it had at the last sync");
    }
    Unsynced.Before before = row.before().orElse(new Unsynced.Before(tree.now(), Optional.empty()));
    meta.update(
        tx -> {
          Optional<Inode> inode = tx.inode(row.inode());
          if (inode.isPresent()) {
            putBack(tx, inode.get(), before);
            tx.takeUnsynced(row);
          }
          return null;
        });
  }

  private void putBack(Transaction tx, Inode inode, Unsynced.Before before) throws CacheException {
    long size = 0;
    if (before.content().isPresent()) {
      ContentId content = before.content().get();
      size =
          meta.manifest(content)
              .orElseThrow(
                  () -> new CacheException.Corrupt("the manifest " + content + " is missing"))
              .manifest()
              .size();
    }
    if (inode.content().isPresent()) {
      tx.release(inode.content().get());
    }
    tx.putInode(
        inode.toBuilder()
            .content(before.content().orElse(null), size)
            .modified(before.modified())
            .changed(tree.now())
            .build());
    tx.deleteJournal(inode.number()); // What is in it completed the content that has gone.
  }

  private void restore(Unsynced.OfStoredFile row) throws CacheException {
    log(
        "the file with the ID " + row.id(),
        row.before().isPresent()
            ? "it is again what it was at the last sync"
            : "it is not in the store any more; store it again");
    meta.update(
        tx -> {
          ContentId content = tx.storedFile(row.id()).orElseThrow().content();
          if (row.before().isPresent()) {
            tx.putStoredFile(row.before().get());
            tx.takeUnsynced(row);
          } else {
            tx.deleteStoredFile(row.id());
          }
          tx.release(content);
          return null;
        });
  }

  private static void log(String file, String consequence) {
    LOG.log(
        Level.WARNING,
        "{0}: what was written to it in the last seconds before the crash did not reach the disk;"
            + " {1}",
        file,
        consequence);
  }
}

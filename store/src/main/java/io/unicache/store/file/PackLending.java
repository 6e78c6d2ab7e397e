package io.unicache.store.file;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockPins;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.os.FileUse;
import io.unicache.store.pack.Emptying;
import io.unicache.store.pack.Evacuation;
import io.unicache.store.pack.PackSet;
import io.unicache.store.read.BlockReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lends packs to open files: the kernel reads a file whose content lies in a pack byte for byte
 * from the pack itself, and programs map it. A pack is lent to one inode at a time, as whoever
 * writes to that inode must show up in what its readers have open and mapped: the file takes the
 * pack over then, and every block of it moves to another pack before. Safe for use by many threads.
 */
final class PackLending implements AutoCloseable {

  /**
   * Who has a pack, or had it last.
   *
   * @param openings how often it is lent now; if it is not, programs may have it mapped still
   */
  private record Borrower(long inode, int openings) {}

  /** From so many borrowers on, those whose pack is gone are looked for. */
  private static final int REMEMBERED = 4096;

  private final PackSet packs;
  private final MetaStore meta;
  private final BlockReader blocks;
  private final MetadataSync metadata;
  private final PackedContents contents;

  /** By pack; guarded by itself. */
  private final Map<Integer, Borrower> borrowers = new HashMap<>();

  PackLending(PackSet packs, MetaStore meta, BlockReader blocks, MetadataSync metadata) {
    this.packs = packs;
    this.meta = meta;
    this.blocks = blocks;
    this.metadata = metadata;
    this.contents = new PackedContents(packs, meta, blocks);
  }

  /**
   * Lends a content's pack to an open inode until {@link #giveBack}, if it lies in one byte for
   * byte and no other inode's programs have it.
   */
  Optional<Integer> lend(long inode, ContentId id, Manifest manifest) throws CacheException {
    Optional<Integer> pack = contents.find(id, manifest);
    if (pack.isEmpty()) {
      return Optional.empty();
    }
    synchronized (borrowers) {
      Borrower last = borrowers.get(pack.get());
      boolean again = last != null && last.inode() == inode;
      int openings = last == null ? 0 : last.openings();
      if (!again && (openings > 0 || packs.lendable().use(pack.get()) != FileUse.NONE)) {
        return Optional.empty();
      }
      if (packs.sparse().isLeaving(pack.get())) {
        return Optional.empty(); // since it was looked for
      }
      borrowers.put(pack.get(), new Borrower(inode, again ? openings + 1 : 1));
      if (borrowers.size() > REMEMBERED) {
        forgetPacksThatAreGone();
      }
    }
    return pack;
  }

  private void forgetPacksThatAreGone() throws CacheException {
    for (Integer pack : List.copyOf(borrowers.keySet())) {
      if (borrowers.get(pack).openings() == 0 && packs.lendable().finishedLength(pack).isEmpty()) {
        borrowers.remove(pack);
      }
    }
  }

  /** Begins to empty a pack, unless it is lent, or programs have it open or mapped. */
  Optional<Emptying> empty(int pack) throws CacheException {
    synchronized (borrowers) {
      Borrower last = borrowers.get(pack);
      boolean lent = last != null && last.openings() > 0;
      return lent || packs.lendable().use(pack) == FileUse.SOME
          ? Optional.empty()
          : packs.sparse().empty(pack);
    }
  }

  /** The inode is not open any more. */
  void giveBack(long inode, int pack) {
    synchronized (borrowers) {
      borrowers.computeIfPresent(
          pack,
          (p, last) -> last.inode() == inode ? new Borrower(inode, last.openings() - 1) : last);
    }
  }

  /**
   * Returns the pack of a content if programs have it mapped since an earlier lending to an inode.
   */
  Optional<Integer> mapped(long inode, ContentId id, Manifest manifest) throws CacheException {
    synchronized (borrowers) {
      if (borrowers.values().stream().noneMatch(last -> last.inode() == inode)) {
        return Optional.empty();
      }
    }
    Optional<Integer> pack = contents.find(id, manifest);
    if (pack.isEmpty()) {
      return Optional.empty();
    }
    synchronized (borrowers) {
      Borrower last = borrowers.get(pack.get());
      boolean same = last != null && last.inode() == inode;
      return same && packs.lendable().use(pack.get()) == FileUse.SOME ? pack : Optional.empty();
    }
  }

  Path file(int pack) {
    return packs.lendable().file(pack);
  }

  /**
   * Moves all blocks of a pack to another one, durably; then the pack's file is nobody's but the
   * caller's. If that fails nothing has changed.
   *
   * @param manifest of the content that lies in the pack byte for byte; an inode has it all the
   *     while
   * @param name a new name for the file, in {@code staging/}
   */
  void takeOver(int pack, Manifest manifest, Path name) throws CacheException {
    BlockPins pins = meta.pins();
    List<BlockHash> pinned = new ArrayList<>();
    Map<BlockLocation, BlockLocation> copies = new HashMap<>();
    boolean moved = false;
    try (Evacuation evacuation = packs.lendable().evacuate(pack, name)) {
      for (BlockHash hash : manifest.blocks()) {
        // Pinned, so that nobody takes the copy for a leak before the block table knows it.
        Optional<BlockLocation> at = pins.pin(hash);
        pinned.add(hash);
        if (at.isEmpty() || at.get().pack() != pack) {
          throw new CacheException.Busy(
              "pack " + pack + " has just been given up for another; open the file again");
        }
        if (!copies.containsKey(at.get())) {
          copies.put(at.get(), evacuation.copy(hash, at.get()));
        }
      }
      packs.sync();
      relocate(manifest, copies);
      moved = true;
      metadata.sync();
      evacuation.finish();
    } finally {
      if (!moved) {
        free(copies.values());
      }
      pins.unpin(pinned);
    }
    blocks.forget(pack);
    synchronized (borrowers) {
      borrowers.remove(pack);
    }
  }

  private void relocate(Manifest manifest, Map<BlockLocation, BlockLocation> copies)
      throws CacheException {
    meta.update(
        transaction -> {
          for (BlockHash hash : manifest.blocks()) {
            Optional<BlockLocation> from = meta.block(hash).map(row -> row.location());
            if (from.isPresent() && copies.containsKey(from.get())) {
              transaction.relocate(hash, from.get(), copies.get(from.get()));
            }
          }
          return null;
        });
  }

  private void free(Iterable<BlockLocation> copies) throws CacheException {
    meta.update(
        transaction -> {
          for (BlockLocation copy : copies) {
            transaction.putFreed(copy);
          }
          return null;
        });
  }

  @Override
  public void close() throws CacheException {
    contents.close();
  }
}

package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.hash.Blake3;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.StoredFile;

/**
 * Compares manifests with those who have them: each has its hash for a name and as many references
 * as inodes and stored files name it; each that is named is there and as long as they say. Goes
 * through inodes and stored files once for each slice of the manifest table. Used once, by one
 * thread.
 */
final class ContentCheck {

  /** The first slice alone covers it: what no slice is about is its business. */
  private static final BlockHash LEAST = BlockHash.of(new byte[BlockHash.SIZE]);

  private final Parts parts;
  private final MetaSnapshot snapshot;
  private final Report report;
  private final LostContents lost;
  private final LostAndFound lostAndFound;

  ContentCheck(
      Parts parts,
      MetaSnapshot snapshot,
      Report report,
      LostContents lost,
      LostAndFound lostAndFound) {
    this.parts = parts;
    this.snapshot = snapshot;
    this.report = report;
    this.lost = lost;
    this.lostAndFound = lostAndFound;
  }

  void run() throws CacheException {
    BlockHash from = null;
    boolean first = true;
    do {
      HashSlice slice = new HashSlice(from, parts.sliceRows());
      snapshot.manifests(from == null ? null : new ContentId(from), entry -> load(entry, slice));
      boolean counting = first;
      snapshot.inodes(
          0,
          inode -> {
            report.inodes += counting ? 1 : 0;
            check(inode, slice);
            return !report.cancelled();
          });
      snapshot.storedFiles(
          file -> {
            report.storedFiles += counting ? 1 : 0;
            check(file, slice);
            return !report.cancelled();
          });
      snapshot.unsynced(
          row -> {
            row.kept().ifPresent(id -> count(id, slice));
            return !report.cancelled();
          });
      if (report.cancelled()) {
        return;
      }
      compare(slice);
      from = slice.next();
      first = false;
    } while (from != null);
  }

  private boolean load(ManifestEntry entry, HashSlice slice) throws CacheException {
    if (!slice.add(entry.id().hash(), entry.manifest().size(), entry.references())) {
      return false;
    }
    report.contents++;
    if (!idOf(entry.manifest()).equals(entry.id())) {
      lost.add(entry.id(), "its manifest does not have its hash");
    }
    return !report.cancelled();
  }

  static ContentId idOf(Manifest manifest) {
    byte[] encoded = manifest.encode();
    return new ContentId(Blake3.hash(encoded, 0, encoded.length));
  }

  private void check(Inode inode, HashSlice slice) throws CacheException {
    if (inode.content().isEmpty()) {
      if (inode.isRegular() && inode.size() > 0 && slice.covers(LEAST)) {
        report.found(
            Kind.CONTENT,
            "inode " + inode.number(),
            "it has " + inode.size() + " bytes and no content");
      }
      return;
    }
    ContentId id = inode.content().get();
    if (!slice.covers(id.hash())) {
      return;
    }
    int row = slice.indexOf(id.hash());
    if (row < 0) {
      lost.add(id, "its manifest is missing");
      return;
    }
    slice.count(row);
    long size = slice.value(row);
    if (inode.size() != size) {
      report.found(
          Kind.CONTENT,
          "inode " + inode.number(),
          "its size is " + inode.size() + ", but its content has " + size + " bytes",
          (tx, mender) -> {
            var now = tx.inode(inode.number());
            if (now.isPresent()) {
              tx.putInode(now.get().toBuilder().content(id, size).build());
            }
          });
    }
  }

  /** What a file was at the last sync refers to its content as well. */
  private static void count(ContentId id, HashSlice slice) {
    int row = slice.covers(id.hash()) ? slice.indexOf(id.hash()) : -1;
    if (row >= 0) {
      slice.count(row);
    }
  }

  private void check(StoredFile file, HashSlice slice) throws CacheException {
    if (!slice.covers(file.content().hash())) {
      return;
    }
    int row = slice.indexOf(file.content().hash());
    if (row < 0) {
      lost.add(file.content(), "its manifest is missing");
      return;
    }
    slice.count(row);
    long size = slice.value(row);
    if (file.size() != size) {
      StoredFile mended =
          new StoredFile(
              file.id(), file.content(), size, file.name(), file.source(), file.stored());
      report.found(
          Kind.CONTENT,
          "id:" + file.id(),
          "its size is " + file.size() + ", but its content has " + size + " bytes",
          (tx, mender) -> tx.putStoredFile(mended));
    }
  }

  private void compare(HashSlice slice) throws CacheException {
    for (int i = 0; i < slice.size(); i++) {
      ContentId id = new ContentId(slice.hash(i));
      long counted = slice.counted(i);
      if (counted == 0) {
        long size = slice.value(i);
        report.found(
            Kind.REFERENCES,
            "content " + id,
            "no file has it" + LostAndFound.KEPT,
            (tx, mender) -> {
              lostAndFound.keepContent(tx, id, size);
              mender.setReferences(id, 1);
            });
      } else if (counted != slice.references(i)) {
        report.found(
            Kind.REFERENCES,
            "content " + id,
            "it has " + slice.references(i) + " references, but " + counted + " files have it",
            (tx, mender) -> mender.setReferences(id, counted));
      }
    }
  }
}

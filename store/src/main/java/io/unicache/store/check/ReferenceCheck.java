package io.unicache.store.check;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.Manifest;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.MetaSnapshot;

/**
 * Compares manifests with the block table: each block that is named is there, as long as it is said
 * to be, and has as many references as it is named times. Goes through the manifests once for each
 * slice of the block table. Used once, by one thread.
 */
final class ReferenceCheck {

  private final Parts parts;
  private final MetaSnapshot snapshot;
  private final Report report;
  private final DamagedBlocks damaged;

  ReferenceCheck(Parts parts, MetaSnapshot snapshot, Report report, DamagedBlocks damaged) {
    this.parts = parts;
    this.snapshot = snapshot;
    this.report = report;
    this.damaged = damaged;
  }

  void run() throws CacheException {
    BlockHash from = null;
    do {
      HashSlice slice = new HashSlice(from, parts.sliceRows());
      snapshot.blocks(
          from, row -> slice.add(row.hash(), row.location().length(), row.references()));
      snapshot.manifests(
          null,
          entry -> {
            count(entry, slice);
            return !report.cancelled();
          });
      if (report.cancelled()) {
        return;
      }
      compare(slice);
      from = slice.next();
    } while (from != null);
    snapshot.idle(this::checkIdle);
  }

  private void count(ManifestEntry entry, HashSlice slice) throws CacheException {
    Manifest manifest = entry.manifest();
    for (int i = 0; i < manifest.extents(); i++) {
      if (!manifest.isHole(i) && slice.covers(manifest.hash(i))) {
        BlockHash hash = manifest.hash(i);
        int row = slice.indexOf(hash);
        if (row >= 0) {
          slice.count(row);
        }
        if (row < 0) {
          damaged.addMissing(hash, (int) manifest.length(i), "it is not in the block table");
        } else if (slice.value(row) != manifest.length(i)) {
          damaged.addMissing(
              hash,
              (int) manifest.length(i),
              "the block table says that it has " + slice.value(row) + " bytes");
        }
      }
    }
  }

  private void compare(HashSlice slice) throws CacheException {
    for (int i = 0; i < slice.size(); i++) {
      BlockHash hash = slice.hash(i);
      long counted = slice.counted(i);
      if (counted != slice.references(i)) {
        report.found(
            Kind.REFERENCES,
            "block " + hash,
            "it has " + slice.references(i) + " references, but is named " + counted + " times",
            (tx, mender) -> {
              var row = parts.meta().block(hash);
              if (row.isPresent()) {
                mender.putBlock(new BlockEntry(hash, row.get().location(), counted));
              }
            });
      } else if (counted == 0 && !snapshot.isIdle(hash)) {
        report.found(
            Kind.STATE,
            "block " + hash,
            "nothing refers to it, and it is not noted as idle",
            (tx, mender) -> {
              var row = parts.meta().block(hash);
              if (row.isPresent()) {
                mender.putBlock(row.get());
              }
            });
      }
    }
  }

  private boolean checkIdle(BlockHash hash) throws CacheException {
    var row = snapshot.block(hash);
    if (row.isEmpty() || row.get().references() > 0) {
      report.found(
          Kind.STATE,
          "block " + hash,
          "it is noted as idle, but is not",
          (tx, mender) -> mender.deleteIdle(hash));
    }
    return true;
  }
}

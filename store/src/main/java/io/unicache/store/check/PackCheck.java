package io.unicache.store.check;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.pack.PackDamage;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Compares packs, pack indexes, the block table and the freed locations: every row lies within its
 * pack, overlaps no other, and has its record in the index; what is freed is no block's. Used once,
 * by one thread.
 */
final class PackCheck {

  /** What is wrong with one pack index. */
  private static final class IndexProblem {
    private String first;
    private long damages;
    private long unrecorded;

    void damage(PackDamage damage) {
      first = first == null ? describe(damage) : first;
      damages++;
    }

    private static String describe(PackDamage damage) {
      return damage.record() == PackDamage.WHOLE_FILE
          ? damage.problem()
          : "record " + damage.record() + ": " + damage.problem();
    }

    String problem() {
      List<String> parts = new ArrayList<>();
      if (first != null) {
        parts.add(first + (damages > 1 ? ", and " + (damages - 1) + " more records" : ""));
      }
      if (unrecorded > 0) {
        parts.add("it has no record of " + unrecorded + " blocks that the block table has in it");
      }
      return String.join("; ", parts);
    }
  }

  private final Parts parts;
  private final MetaSnapshot snapshot;
  private final Report report;
  private final DamagedBlocks damaged;
  private final Map<Integer, Long> lengths = new HashMap<>();
  private final Map<Integer, IndexProblem> problems = new TreeMap<>();

  /** Pages of rows; later, of those of which no index record has been seen. */
  private final PageMap rows = new PageMap();

  /** Pages that several rows name. */
  private final PageMap disputed = new PageMap();

  /** Of these, the ones in which a block was found that has its hash. */
  private final PageMap owned = new PageMap();

  PackCheck(Parts parts, MetaSnapshot snapshot, Report report, DamagedBlocks damaged) {
    this.parts = parts;
    this.snapshot = snapshot;
    this.report = report;
    this.damaged = damaged;
  }

  void run() throws CacheException {
    for (int pack : parts.packs().numbers()) {
      long length =
          parts
              .packs()
              .inspectPack(
                  pack,
                  (number, damage) ->
                      report.found(Kind.PACK, damage.file().toString(), damage.problem()));
      lengths.put(pack, length);
    }
    snapshot.blocks(null, this::checkRow);
    if (!disputed.isEmpty()) {
      snapshot.blocks(null, this::checkDisputed);
    }
    snapshot.freed(this::checkFreed);
    for (int pack : parts.packs().numbers()) {
      parts
          .packs()
          .inspectIndex(
              pack, this::checkRecord, (number, damage) -> problem(number).damage(damage));
    }
    if (!rows.isEmpty()) {
      snapshot.blocks(null, this::findUnrecorded);
    }
    for (Map.Entry<Integer, IndexProblem> entry : problems.entrySet()) {
      settle(entry.getKey(), entry.getValue().problem());
    }
  }

  private IndexProblem problem(int pack) {
    return problems.computeIfAbsent(pack, n -> new IndexProblem());
  }

  private boolean checkRow(BlockEntry row) throws CacheException {
    report.blocks++;
    BlockLocation at = row.location();
    long length = lengths.getOrDefault(at.pack(), -1L);
    if (length < 0) {
      damaged.add(row, "pack " + at.pack() + " is missing");
    } else if (at.offset() + at.length() > length) {
      damaged.add(row, "pack " + at.pack() + " ends at " + length + ", before the end of " + at);
    }
    if (!rows.take(at)) {
      disputed.take(at);
    }
    return !report.cancelled();
  }

  /** Of rows that name the same place, those are wrong whose block does not lie there. */
  private boolean checkDisputed(BlockEntry row) throws CacheException {
    BlockLocation at = row.location();
    if (disputed.touches(at) && isPresent(row)) {
      if (!damaged.isSound(row)) {
        damaged.add(row, at + " is another block's place");
      } else if (!owned.take(at)) {
        report.found(Kind.BLOCK, "block " + row.hash(), at + " is another block's place as well");
      }
    }
    return !report.cancelled();
  }

  /** Tells whether a row is as it was: what has changed since the snapshot is no damage. */
  private boolean isPresent(BlockEntry row) throws CacheException {
    return parts
        .meta()
        .block(row.hash())
        .filter(now -> now.location().equals(row.location()))
        .isPresent();
  }

  private boolean checkFreed(BlockLocation freed) throws CacheException {
    if (rows.touches(freed)) {
      report.found(
          Kind.STATE,
          "metadata",
          freed + " is to be given back, but a block lies there",
          (tx, mender) -> mender.deleteFreed(freed));
    }
    return true;
  }

  private void checkRecord(IndexedBlock block) throws CacheException {
    boolean known =
        snapshot
            .block(block.hash())
            .filter(row -> row.location().equals(block.location()))
            .isPresent();
    if (known) {
      rows.leave(block.location());
    } else {
      report.leakedBytes += block.location().allocated();
    }
  }

  private boolean findUnrecorded(BlockEntry row) throws CacheException {
    int pack = row.location().pack();
    boolean packThere = lengths.getOrDefault(pack, -1L) >= 0;
    if (packThere && rows.touches(row.location()) && isPresent(row)) {
      problem(pack).unrecorded++;
    }
    return true;
  }

  /** Tells whether a row's block has been found to be in no index, and still is. */
  boolean isUnrecorded(BlockLocation location) {
    return lengths.getOrDefault(location.pack(), -1L) >= 0 && rows.touches(location);
  }

  private void settle(int pack, String problem) throws CacheException {
    String file = String.format("packs/%08d.index", pack);
    if (report.repairs() && lengths.getOrDefault(pack, -1L) >= 0) {
      parts.packs().rewriteIndex(pack, blocksOf(pack));
      report.repaired(Kind.PACK, file, problem);
    } else {
      report.found(Kind.PACK, file, problem);
    }
  }

  /**
   * Returns what the block table has in a pack, and what else the index has records of: blocks that
   * nothing refers to, whose space is to be found again, or whose rows are lost.
   */
  private List<IndexedBlock> blocksOf(int pack) throws CacheException {
    Map<Long, IndexedBlock> blocks = new HashMap<>();
    parts
        .packs()
        .inspectIndex(
            pack, block -> blocks.put(block.location().offset(), block), (n, damage) -> {});
    snapshot.blocks(
        null,
        row -> {
          if (row.location().pack() == pack) {
            blocks.put(row.location().offset(), new IndexedBlock(row.hash(), row.location()));
          }
          return true;
        });
    List<IndexedBlock> sorted = new ArrayList<>(blocks.values());
    sorted.sort(Comparator.comparingLong(block -> block.location().offset()));
    return sorted;
  }
}

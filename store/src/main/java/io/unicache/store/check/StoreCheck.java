package io.unicache.store.check;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.MetaStore.DerivedTable;
import io.unicache.store.pack.PackSet;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Checks an open store, and repairs it. A check changes nothing, and may run while others are at
 * work: each step looks at a state of the metadata that stands still, and what has changed since is
 * not taken for damage. A repair needs the store for itself.
 *
 * <p>A repair changes only what follows from the rest: it never deletes a file, an inode, a
 * manifest or a block's bytes. What it cannot mend stays as it is, and a second look tells of it.
 */
public final class StoreCheck {

  /**
   * What to do.
   *
   * @param readData whether every block is read and compared with its hash
   * @param repair whether to mend what is found
   * @param from files and directories where blocks are looked for that are damaged
   */
  public record Options(boolean readData, boolean repair, List<Path> from) {}

  @FunctionalInterface
  private interface Step {
    void run(MetaSnapshot snapshot) throws CacheException;
  }

  private final Parts parts;
  private final Path staging;
  private final RangeFetcher fetcher;
  private final LostAndFound lostAndFound;

  /**
   * @param staging where journals are that could not be put into their files
   * @param fetcher asked for damaged blocks of files that were downloaded
   */
  public StoreCheck(
      PackSet packs,
      MetaStore meta,
      int blockSize,
      Path staging,
      RangeFetcher fetcher,
      Clock clock) {
    this(new Parts(packs, meta, blockSize, HashSlice.ROWS), staging, fetcher, clock);
  }

  /** For tests: with smaller slices. */
  StoreCheck(Parts parts, Path staging, RangeFetcher fetcher, Clock clock) {
    this.parts = parts;
    this.staging = staging;
    this.fetcher = fetcher;
    this.lostAndFound = new LostAndFound(clock);
  }

  /**
   * Runs.
   *
   * @throws CacheException.Busy if the listener cancels
   */
  public CheckSummary run(Options options, CheckListener listener) throws CacheException {
    Report report =
        new Report(
            parts.meta(), listener, options.repair() ? Report.Mode.REPAIR : Report.Mode.CHECK);
    new Pass(options, report).run();
    if (options.repair() && !report.cancelled()) {
      renewLedger();
      report.verify();
      new Pass(new Options(false, false, List.of()), report).run();
    }
    if (report.cancelled()) {
      throw new CacheException.Busy("the check was stopped before its end; start it again");
    }
    return report.summary();
  }

  /** Rows may have gone with their table, without the ledger's being told. */
  private void renewLedger() throws CacheException {
    try {
      parts.meta().renewLedger();
    } catch (CacheException.Corrupt e) {
      // A table cannot be read; that is told, and the older copy stays until it can.
    }
  }

  /** One look at everything. */
  private final class Pass {
    private final Options options;
    private final Report report;
    private final DamagedBlocks damaged;
    private final LostContents lost;
    private Predicate<BlockLocation> unrecorded = location -> false;

    /** Whether a table cannot be read, so that steps end where they come to it. */
    private boolean unreadable;

    Pass(Options options, Report report) {
      this.options = options;
      this.report = report;
      List<BlockRestore.Source> sources =
          List.of(
              new PackCopies(parts.packs()),
              new FileCopies(options.from(), parts.blockSize()),
              new SourceCopies(parts.meta(), fetcher));
      damaged = new DamagedBlocks(parts, report, new BlockRestore(parts, report, sources));
      lost = new LostContents(parts, report, new ContentRestore(parts, report, options.from()));
    }

    void run() throws CacheException {
      checkRows();
      step(this::checkPacks);
      step(this::checkContents);
      step(this::checkReferences);
      if (options.readData()) {
        step(snapshot -> new DataCheck(parts, report, damaged).run(unrecorded));
      }
      step(snapshot -> damaged.settle());
      if (report.repairs()) {
        forgetMissingPacks();
        step(this::checkReferences);
        step(snapshot -> damaged.settle());
        step(this::checkContents);
        step(this::checkTree); // What it mends may show what else is wrong.
      }
      step(this::checkTree);
      checkJournals();
      if (report.repairs() && report.isTrusted()) {
        parts.meta().recount();
      }
    }

    /** Runs a step on the metadata as it is now, and makes the changes that it asks for. */
    private void step(Step step) throws CacheException {
      if (report.cancelled()) {
        return;
      }
      try (MetaSnapshot snapshot = parts.meta().snapshot()) {
        step.run(snapshot);
        report.mend();
      } catch (CacheException.Corrupt e) {
        if (!unreadable) {
          throw e;
        }
        report.dropPending();
      }
    }

    private void checkRows() throws CacheException {
      for (String damage : parts.meta().ledgerDamage()) {
        if (report.repairs()) {
          report.repaired(Kind.METADATA, "ledger/", damage); // At the end, with what else changes.
        } else {
          report.found(Kind.METADATA, "ledger/", damage);
        }
      }
      RowCheck rows = new RowCheck(parts, report);
      rows.files();
      try (MetaSnapshot snapshot = parts.meta().snapshot()) {
        rows.rows(snapshot);
        report.mend();
      }
      for (Map.Entry<String, String> table : rows.unreadable().entrySet()) {
        if (report.repairs() && RowCheck.isDerived(table.getKey()) && report.isTrusted()) {
          makeAnew(table.getKey());
          report.repaired(Kind.METADATA, "table " + table.getKey(), table.getValue());
        } else {
          report.found(Kind.METADATA, "table " + table.getKey(), table.getValue());
          unreadable = true;
        }
      }
    }

    private void makeAnew(String title) throws CacheException {
      for (DerivedTable table : DerivedTable.values()) {
        if (table.title().equals(title)) {
          parts.meta().clear(table);
          switch (table) {
            case BLOCKS ->
                new BlockTableRebuild(parts.packs(), parts.meta(), options.readData()).run();
            case ENTRIES, LISTING -> fillFromTheOther();
            case FREED, IDLE, ORPHANS -> {} // The steps that follow find what should be in them.
          }
        }
      }
    }

    /** Each of the two tables of names follows from the other. */
    private void fillFromTheOther() throws CacheException {
      Report silent = new Report(parts.meta(), finding -> {}, Report.Mode.REPAIR);
      try (MetaSnapshot snapshot = parts.meta().snapshot()) {
        new NameCheck(snapshot, silent).run();
        silent.mend();
      }
    }

    private void checkPacks(MetaSnapshot snapshot) throws CacheException {
      PackCheck packs = new PackCheck(parts, snapshot, report, damaged);
      packs.run();
      unrecorded = packs::isUnrecorded;
    }

    private void checkContents(MetaSnapshot snapshot) throws CacheException {
      report.contents = 0;
      report.inodes = 0;
      report.storedFiles = 0;
      new ContentCheck(parts, snapshot, report, lost, lostAndFound).run();
      lost.settle();
    }

    private void checkReferences(MetaSnapshot snapshot) throws CacheException {
      new ReferenceCheck(parts, snapshot, report, damaged).run();
    }

    private void checkTree(MetaSnapshot snapshot) throws CacheException {
      report.names = 0;
      new NameCheck(snapshot, report).run();
      new TreeCheck(parts, snapshot, report, lostAndFound).run();
    }

    /** A pack whose file is gone and that no row names any more leaves only its index. */
    private void forgetMissingPacks() throws CacheException {
      Map<Integer, String> missing = new TreeMap<>();
      for (int pack : parts.packs().numbers()) {
        parts
            .packs()
            .inspectPack(pack, (number, damage) -> missing.put(number, damage.file().toString()));
      }
      if (missing.isEmpty() || unreadable) {
        return;
      }
      Map<Integer, String> unnamed = new TreeMap<>(missing);
      parts
          .meta()
          .forEachBlock(
              row -> {
                unnamed.remove(row.location().pack());
                return true;
              });
      for (Map.Entry<Integer, String> pack : unnamed.entrySet()) {
        parts.packs().forgetMissing(pack.getKey());
        report.repaired(
            Kind.PACK, pack.getValue(), "it is missing; all that was needed of it is elsewhere");
      }
    }

    private void checkJournals() throws CacheException {
      if (!Files.isDirectory(staging) || report.repairs()) {
        return;
      }
      try (DirectoryStream<Path> files = Files.newDirectoryStream(staging, "*.damaged")) {
        for (Path file : files) {
          report.found(
              Kind.JOURNAL,
              file.toString(),
              "what a file had saved before a crash could not be put into it; delete it when it is"
                  + " not needed");
        }
      } catch (IOException e) {
        throw CacheException.of("looking into " + staging, e);
      }
    }
  }
}

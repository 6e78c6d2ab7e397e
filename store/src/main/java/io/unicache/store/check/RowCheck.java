package io.unicache.store.check;

import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.MetaStore.DerivedTable;
import io.unicache.store.meta.MetaStore.Totals;
import io.unicache.store.meta.MetaStore.Visitor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads all of the metadata: the files with their checksums, every row of every table, and the
 * totals. Used once, by one thread.
 */
final class RowCheck {

  private static final String TOTALS = "the totals";

  @FunctionalInterface
  private interface Scan {
    void run() throws CacheException;
  }

  private final Parts parts;
  private final Report report;

  /** Tables that cannot be read as a whole, and why. */
  private final Map<String, String> unreadable = new LinkedHashMap<>();

  private boolean rowsUnreadable;
  private long files;
  private long logicalBytes;
  private long blocks;
  private long storedBytes;

  RowCheck(Parts parts, Report report) {
    this.parts = parts;
    this.report = report;
  }

  /** Returns the tables that cannot be read as a whole, and what to say of each. */
  Map<String, String> unreadable() {
    return unreadable;
  }

  /** Looks at the files. */
  void files() throws CacheException {
    parts
        .meta()
        .verifyFiles(
            (file, table, problem) ->
                unreadable.putIfAbsent(table, file + " is damaged: " + problem));
  }

  /** Reads the rows. */
  void rows(MetaSnapshot snapshot) throws CacheException {
    snapshot.onDamage(
        (table, problem) -> {
          report.found(Kind.ROW, "table " + table, problem.getMessage());
          rowsUnreadable = true;
        });
    scan(
        "blocks",
        () ->
            snapshot.blocks(
                null,
                row -> {
                  blocks++;
                  storedBytes += row.location().length();
                  return !report.cancelled();
                }));
    scan(
        "inodes",
        () ->
            snapshot.inodes(
                0,
                row -> {
                  files += row.isRegular() ? 1 : 0;
                  logicalBytes += row.isRegular() ? row.size() : 0;
                  return !report.cancelled();
                }));
    scan(
        "files",
        () ->
            snapshot.storedFiles(
                row -> {
                  files++;
                  logicalBytes += row.size();
                  return true;
                }));
    scan("manifests", () -> snapshot.manifests(null, anything()));
    scan("entries", () -> snapshot.entries(anything()));
    scan("listing", () -> snapshot.listing(anything()));
    scan("xattrs", () -> snapshot.attributes(anything()));
    scan("freed", () -> snapshot.freed(anything()));
    scan("idle", () -> snapshot.idle(anything()));
    scan("orphans", () -> snapshot.orphans(anything()));
    scan("journals", () -> snapshot.journals(anything()));
    if (rowsUnreadable || unreadable.keySet().stream().anyMatch(table -> !isDerived(table))) {
      report.distrust();
    } else if (unreadable.isEmpty() && !report.cancelled()) {
      checkTotals(snapshot);
    }
  }

  private <T> Visitor<T> anything() {
    return row -> !report.cancelled();
  }

  private void scan(String table, Scan scan) throws CacheException {
    try {
      scan.run();
    } catch (CacheException.Corrupt e) {
      unreadable.putIfAbsent(table, e.getMessage());
    }
  }

  static boolean isDerived(String table) {
    for (DerivedTable derived : DerivedTable.values()) {
      if (derived.title().equals(table)) {
        return true;
      }
    }
    return false;
  }

  private void checkTotals(MetaSnapshot snapshot) throws CacheException {
    Totals counted = new Totals(files, logicalBytes, blocks, storedBytes);
    Optional<Totals> kept = snapshot.totals();
    boolean nothing = kept.isEmpty() && counted.equals(new Totals(0, 0, 0, 0));
    if (!nothing && !kept.equals(Optional.of(counted))) {
      String says = kept.map(Totals::toString).orElse("nothing");
      // A repair counts them anew at its end, whatever it has changed.
      report.found(
          Kind.STATE, TOTALS, "they say " + says + ", and are " + counted, (tx, mender) -> {});
    }
  }
}

package io.unicache.store.check;

import io.unicache.store.check.Finding.Kind;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.MetaSnapshot;
import io.unicache.store.meta.MetaSnapshot.PlacedEntry;
import java.util.Optional;

/**
 * Compares the two rows that each name has: the one by which it is found, and the one that lists
 * it. Where both are there, the first one counts. Used once, by one thread.
 */
final class NameCheck {

  private final MetaSnapshot snapshot;
  private final Report report;
  private final DirectoryPaths paths;

  NameCheck(MetaSnapshot snapshot, Report report) {
    this.snapshot = snapshot;
    this.report = report;
    this.paths = new DirectoryPaths(snapshot);
  }

  void run() throws CacheException {
    snapshot.entries(this::checkEntry);
    snapshot.listing(this::checkListed);
  }

  private boolean checkEntry(PlacedEntry row) throws CacheException {
    report.names++;
    long directory = row.directory();
    DirectoryEntry entry = row.entry();
    Optional<DirectoryEntry> listed = snapshot.listed(directory, entry.cookie());
    if (listed.isEmpty() || !listed.get().equals(entry)) {
      boolean cookieIsAnothers = listed.isPresent() && isFound(directory, listed.get(), entry);
      report.found(
          Kind.NAME,
          paths.of(directory, entry.name()),
          listed.isEmpty() ? "it is not listed" : "it is listed as " + listed.get(),
          (tx, mender) -> {
            long cookie = cookieIsAnothers ? tx.nextNumber() : entry.cookie();
            if (cookieIsAnothers) {
              mender.deleteEntry(directory, entry.name());
            }
            tx.putEntry(
                directory, new DirectoryEntry(entry.name(), entry.inode(), entry.type(), cookie));
          });
    }
    return !report.cancelled();
  }

  /** Tells whether a listed name is found as it is listed, and is not just another state of one. */
  private boolean isFound(long directory, DirectoryEntry listed, DirectoryEntry other)
      throws CacheException {
    return !listed.name().equals(other.name())
        && snapshot.entry(directory, listed.name()).filter(listed::equals).isPresent();
  }

  private boolean checkListed(PlacedEntry row) throws CacheException {
    long directory = row.directory();
    DirectoryEntry listed = row.entry();
    Optional<DirectoryEntry> entry = snapshot.entry(directory, listed.name());
    if (entry.isEmpty()) {
      report.found(
          Kind.NAME,
          paths.of(directory, listed.name()),
          "it is listed, but is not found",
          (tx, mender) -> {
            if (tx.entry(directory, listed.name()).isEmpty()) {
              tx.putEntry(directory, listed);
            }
          });
    } else if (entry.get().cookie() != listed.cookie()) {
      report.found(
          Kind.NAME,
          paths.of(directory, listed.name()),
          "it is listed twice",
          (tx, mender) -> mender.deleteListing(directory, listed.cookie()));
    }
    return !report.cancelled();
  }
}

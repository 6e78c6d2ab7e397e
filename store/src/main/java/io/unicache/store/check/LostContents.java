package io.unicache.store.check;

import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaSnapshot;
import java.util.HashMap;
import java.util.Map;

/**
 * Contents whose manifest is missing or damaged: whole files that cannot be read. Told by path when
 * there are many, and at the end. Used by one thread.
 */
final class LostContents {

  private final Parts parts;
  private final Report report;
  private final ContentRestore restore;
  private final Map<ContentId, String> contents = new HashMap<>();

  LostContents(Parts parts, Report report, ContentRestore restore) {
    this.parts = parts;
    this.report = report;
    this.restore = restore;
  }

  void add(ContentId id, String problem) throws CacheException {
    contents.putIfAbsent(id, problem);
    if (contents.size() > DamagedBlocks.LIMIT) {
      settle();
    }
  }

  /** Restores what can be restored; the look that follows a repair tells of the rest. */
  void settle() throws CacheException {
    if (contents.isEmpty()) {
      return;
    }
    if (report.repairs()) {
      restore.run(contents);
    } else {
      try (MetaSnapshot snapshot = parts.meta().snapshot()) {
        new Holders(snapshot, report).ofContents(contents);
      }
    }
    contents.clear();
  }
}

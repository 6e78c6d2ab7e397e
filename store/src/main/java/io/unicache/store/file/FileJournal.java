package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import io.unicache.store.meta.JournalEntry;
import io.unicache.store.meta.Timestamp;

/**
 * The journal of one open file, if it has one. Guarded by its live file's lock, but for {@link
 * Journal#force}.
 */
final class FileJournal {

  private final long inode;
  private final Journals journals;

  /** Null while nothing is kept that is not committed. */
  private Journal current;

  FileJournal(long inode, Journals journals) {
    this.inode = inode;
    this.journals = journals;
  }

  /** Tells whether something that is not committed would survive a crash. */
  boolean isInUse() {
    return current != null;
  }

  /** Tells whether what was kept has to be kept again, as it cannot be made durable. */
  boolean isBroken() {
    return current != null && current.isBroken();
  }

  /** Tells whether most of what is kept is out of date. */
  boolean isBloated() {
    return current != null && current.isBloated();
  }

  /** Keeps what has changed since the last time. */
  void save(Draft draft, Timestamp modified) throws CacheException {
    if (current == null || current.isBroken() || current.isBloated()) {
      begin(draft, modified);
    } else {
      current.append(draft, draft.changes().unsaved(), modified);
    }
    journals.appended(current);
    draft.changes().saved(draft.size());
  }

  /** Writes another journal, with nothing in it that is out of date. */
  private void begin(Draft draft, Timestamp modified) throws CacheException {
    Journal journal = journals.create(inode, draft.changes().committedSize());
    boolean published = false;
    try {
      journal.append(draft, draft.changes().uncommitted(), modified);
      if (current != null) {
        // The metadata may become durable at any moment from here on, and the old one be forgotten.
        journals.force(journal);
      }
      journals.publish(journal);
      published = true;
    } catch (CacheException.Full e) {
      if (current == null || current.isBroken()) {
        throw e;
      }
      current.append(draft, draft.changes().unsaved(), modified); // It takes far less room.
      return;
    } finally {
      if (!published) {
        journal.delete();
      }
    }
    detach();
    current = journal;
  }

  /** Keeps what a journal of an earlier process has kept, by that journal. */
  void adopt(JournalEntry entry) throws CacheException {
    current = journals.adopt(entry);
  }

  /** Lets go of the journal: the metadata has forgotten it. */
  void detach() {
    Journal old = current;
    current = null;
    if (old != null) {
      journals.retire(old);
    }
  }
}

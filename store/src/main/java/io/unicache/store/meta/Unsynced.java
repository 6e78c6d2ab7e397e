package io.unicache.store.meta;

import io.unicache.store.block.ContentId;
import java.util.Optional;

/**
 * A file that has got a content since the last sync, and what it was before: what it becomes again
 * where a power cut takes blocks of the new content that the metadata names already. The row refers
 * to the content of before, so that its blocks stay.
 */
public sealed interface Unsynced {

  /** Returns the content that the row refers to, if any. */
  Optional<ContentId> kept();

  /**
   * A regular file of the tree.
   *
   * @param before what it was; empty if it was not there
   */
  record OfInode(long inode, Optional<Before> before) implements Unsynced {
    @Override
    public Optional<ContentId> kept() {
      return before.flatMap(Before::content);
    }
  }

  /**
   * A file that is stored under an ID.
   *
   * @param before what it was; empty if it was not there
   */
  record OfStoredFile(String id, Optional<StoredFile> before) implements Unsynced {
    @Override
    public Optional<ContentId> kept() {
      return before.map(StoredFile::content);
    }
  }

  /**
   * What a file of the tree was.
   *
   * @param modified time of the last modification
   * @param content empty for the empty file
   */
  record Before(Timestamp modified, Optional<ContentId> content) {}
}

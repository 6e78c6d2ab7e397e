package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import java.util.Optional;

/** The files that are open. Safe for use by many threads. */
public final class LiveFiles {

  private LiveFiles() {}

  /** Opens an inode's content, or counts another opening of it. */
  public LiveFile open(long inode) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Returns the live file of an inode that is open at this moment; not counted. */
  public Optional<LiveFile> find(long inode) {
    throw new UnsupportedOperationException();
  }

  /** Commits every file that has something to commit; the first failure is thrown at the end. */
  public void commitAll() throws CacheException {
    throw new UnsupportedOperationException();
  }
}

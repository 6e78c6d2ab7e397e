package io.unicache.store;

import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFiles;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.block.ContentId;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.tree.Tree;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * An open store: the one owner of its directory, and the place where its parts are put together. Safe
 * for use by many threads.
 */
public final class Store implements AutoCloseable {

  private Store() {}

  /**
   * Opens or makes a store and becomes its owner.
   *
   * @throws CacheException.Busy if another process owns it; the message says which
   */
  public static Store open(StoreConfig config) throws CacheException {
    throw new UnsupportedOperationException();
  }

  public Path directory() {
    throw new UnsupportedOperationException();
  }

  public int blockSize() {
    throw new UnsupportedOperationException();
  }

  public boolean readOnly() {
    throw new UnsupportedOperationException();
  }

  public MetaStore meta() {
    throw new UnsupportedOperationException();
  }

  public Tree tree() {
    throw new UnsupportedOperationException();
  }

  public LiveFiles files() {
    throw new UnsupportedOperationException();
  }

  /** Starts a stream of bytes into blocks; {@code expectedBytes} is -1 if it is not known. */
  public ContentWriter writer(long expectedBytes) {
    throw new UnsupportedOperationException();
  }

  /**
   * Reads from a content that is stored, verified.
   *
   * @return bytes read; fewer than there is room for only at the end
   */
  public int read(ContentId content, long offset, ByteBuffer into) throws CacheException {
    throw new UnsupportedOperationException();
  }

  /** Makes all that was committed durable and gives freed space back. */
  public void sync() throws CacheException {
    throw new UnsupportedOperationException();
  }

  public CacheStats stats() throws CacheException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws CacheException {
    throw new UnsupportedOperationException();
  }
}

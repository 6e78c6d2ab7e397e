package io.unicache.store.ingest;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;

/**
 * Bytes in: cuts a stream into blocks, hashes them side by side, appends those that are new, and
 * ends with the manifest. The blocks stay pinned until {@link #close}, so the caller commits
 * between {@link #finish} and {@code close}:
 *
 * <pre>{@code
 * try (ContentWriter writer = ingest.writer(size)) {
 *   writer.append(buffer);
 *   Content content = writer.finish();
 *   meta.update(tx -> { tx.retain(content.id(), content.manifest()); ... });
 * }
 * }</pre>
 *
 * <p>Closed without a commit, it leaves nothing behind. Used by one thread at a time.
 */
public interface ContentWriter extends AutoCloseable {

  /**
   * Takes the buffer's remaining bytes; waits while too many blocks are on their way to the disk.
   */
  void append(ByteBuffer bytes) throws CacheException;

  /** Appends zeros without storing them. */
  void appendZeros(long bytes) throws CacheException;

  /** Returns the bytes taken so far. */
  long size();

  /**
   * Waits until every block is in its pack and returns the content; nothing can be appended then.
   */
  Content finish() throws CacheException;

  /** Unpins the blocks; those that no commit refers to are freed. */
  @Override
  void close() throws CacheException;
}

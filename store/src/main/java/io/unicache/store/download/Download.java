package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import java.util.Optional;

/**
 * A download that is complete but not yet committed. It owns the writer that keeps the blocks
 * pinned, so the caller commits, then closes it:
 *
 * <pre>{@code
 * try (Download download = downloader.fetch(url, store::writer, progress, cancelled)) {
 *   meta.update(tx -> tx.retain(download.content().id(), download.content().manifest()));
 * }
 * }</pre>
 *
 * <p>Closed without a commit, it leaves nothing behind. Used by one thread at a time.
 */
public final class Download implements AutoCloseable {

  private final ContentWriter writer;
  private final Content content;
  private final Description description;

  /**
   * What is known of a download besides its bytes.
   *
   * @param suggestedName see {@link Download#suggestedName}
   * @param sourceUrl the URL that was asked for, without user info
   * @param finalUrl the URL that the bytes came from, without user info
   * @param etag as the server sent it, quotes included
   * @param size bytes
   */
  record Description(
      String suggestedName, String sourceUrl, String finalUrl, Optional<String> etag, long size) {}

  /** Takes over the writer, which is finished and open. */
  Download(ContentWriter writer, Content content, Description description) {
    this.writer = writer;
    this.content = content;
    this.description = description;
  }

  /** Returns the content; its blocks are pinned until {@link #close}. */
  public Content content() {
    return content;
  }

  /**
   * Returns a name for the file, from Content-Disposition or else from the URL. It can be a name in
   * a directory: no '/', no control characters, not "." or "..", 1 to 255 bytes of UTF-8.
   */
  public String suggestedName() {
    return description.suggestedName();
  }

  /** Returns the URL that was asked for, without user info: what may be kept and shown. */
  public String sourceUrl() {
    return description.sourceUrl();
  }

  /**
   * Returns the URL after all redirects, without user info. Its query may be a signature that
   * expires, so {@link #sourceUrl} is the better one to keep.
   */
  public String finalUrl() {
    return description.finalUrl();
  }

  /** Returns the server's entity tag, quotes included, if it gave one. */
  public Optional<String> etag() {
    return description.etag();
  }

  /** Returns the number of bytes. */
  public long size() {
    return description.size();
  }

  /** Unpins the blocks; those that no commit refers to are freed. */
  @Override
  public void close() throws CacheException {
    writer.close();
  }
}

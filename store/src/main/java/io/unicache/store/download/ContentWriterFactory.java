package io.unicache.store.download;

import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.ContentWriter;

/** Gives a download the writer that its bytes go to. */
@FunctionalInterface
public interface ContentWriterFactory {

  /**
   * Starts a stream of bytes. Called once the source has agreed to send; the downloader closes the
   * writer, or hands it over in a {@link Download}.
   *
   * @param expectedBytes what the source says that it sends, or -1 if it does not say
   */
  ContentWriter open(long expectedBytes) throws CacheException;
}

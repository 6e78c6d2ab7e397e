package io.unicache.store.download;

import java.util.OptionalLong;

/** Told how far a download is. */
@FunctionalInterface
public interface ProgressListener {

  /**
   * Called at the start, at most four times a second after that, and once at the end of a download
   * that succeeds; always by the thread that fetches, which waits meanwhile.
   *
   * @param receivedBytes bytes of the body so far
   * @param totalBytes bytes to come in all, if the source says so
   */
  void progress(long receivedBytes, OptionalLong totalBytes);
}

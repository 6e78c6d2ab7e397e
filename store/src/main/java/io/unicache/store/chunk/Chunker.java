package io.unicache.store.chunk;

/**
 * Decides where a stream of bytes is cut into blocks. Boundaries are a pure function of the bytes,
 * so that equal content is cut alike wherever it comes from. Stateless; safe for use by many
 * threads.
 */
public interface Chunker {

  /** Returns the longest block in bytes; a buffer of this size always holds a whole one. */
  int maxLength();

  /**
   * Returns the length of the next block.
   *
   * @param bytes holds the bytes from {@code from} on that have not been cut yet
   * @param length how many they are, at most {@link #maxLength()}
   * @param end whether the stream ends behind them
   * @return 1 to {@code length}, or 0 if more bytes are needed to decide
   */
  int cut(byte[] bytes, int from, int length, boolean end);
}

package io.unicache.store.chunk;

/** Cuts on a fixed grid; the last block may be shorter. */
public final class FixedChunker implements Chunker {

  private final int blockSize;

  /**
   * @param blockSize bytes, at least 1
   */
  public FixedChunker(int blockSize) {
    if (blockSize < 1) {
      throw new IllegalArgumentException("block size " + blockSize);
    }
    this.blockSize = blockSize;
  }

  @Override
  public int maxLength() {
    return blockSize;
  }

  @Override
  public int cut(byte[] bytes, int from, int length, boolean end) {
    return length >= blockSize ? blockSize : end ? length : 0;
  }
}

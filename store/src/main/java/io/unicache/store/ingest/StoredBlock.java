package io.unicache.store.ingest;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import java.nio.ByteBuffer;

/**
 * A block on its way into the store. Until it has a location its bytes can be read from memory.
 * Safe for use by many threads.
 */
public final class StoredBlock {

  private final int length;

  /** Null once the block has its location: then the buffer may be in use for another block. */
  private byte[] bytes;

  private BlockHash hash;
  private BlockLocation location;

  StoredBlock(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  /** Returns bytes, at least 1. */
  public int length() {
    return length;
  }

  /** Returns the hash, or null while it is being computed. */
  public synchronized BlockHash hash() {
    return hash;
  }

  /** Returns where the block lies, or null while it is on its way. */
  public synchronized BlockLocation location() {
    return location;
  }

  /**
   * Copies bytes from memory.
   *
   * @param offset first byte within the block
   * @return false, and nothing copied, if the block has left memory: then it has a location
   */
  public synchronized boolean copyFromMemory(int offset, ByteBuffer into, int count) {
    if (bytes == null) {
      return false;
    }
    into.put(bytes, offset, count);
    return true;
  }

  synchronized byte[] bytes() {
    return bytes;
  }

  synchronized void hashed(BlockHash newHash) {
    hash = newHash;
  }

  /** Records the location and returns the buffer, which is free then. */
  synchronized byte[] stored(BlockLocation newLocation) {
    location = newLocation;
    byte[] free = bytes;
    bytes = null;
    return free;
  }
}

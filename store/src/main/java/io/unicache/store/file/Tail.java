package io.unicache.store.file;

import io.unicache.store.error.CacheException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The last bytes of a draft, not yet a whole block: in memory, where it grows with what is written,
 * so that a small file takes little; or in a staging file where all memory for this is taken.
 * Guarded by its draft's lock.
 */
final class Tail implements AutoCloseable {

  private static final int FIRST_CAPACITY = 4 << 10;
  private static final int ZEROS = 64 << 10;

  private final int maxLength;
  private final Supplier<byte[]> wholeBuffers;
  private final DraftMemory memory;
  private final Draft.Staging staging;
  private byte[] bytes = new byte[0];
  private int length;

  /** Whether a block has been filled: then the next one is likely to be filled as well. */
  private boolean longStream;

  /** Where the bytes are if there was no memory for them; kept for the next time. */
  private Overlay file;

  private boolean inFile;

  /**
   * @param maxLength bytes of a whole block
   * @param wholeBuffers gives buffers of that length, with whatever bytes are in them
   */
  Tail(int maxLength, Supplier<byte[]> wholeBuffers, DraftMemory memory, Draft.Staging staging) {
    this.maxLength = maxLength;
    this.wholeBuffers = wholeBuffers;
    this.memory = memory;
    this.staging = staging;
  }

  int length() {
    return length;
  }

  boolean isFull() {
    return length == maxLength;
  }

  /** Writes {@code count} bytes at {@code offset}; a gap before them becomes zeros. */
  void write(int offset, ByteBuffer from, int count) throws CacheException {
    extend(offset);
    if (reserve(offset + count)) {
      from.get(bytes, offset, count);
    } else {
      file.write(offset, from, count);
    }
    length = Math.max(length, offset + count);
  }

  /** Appends zeros up to {@code newLength}; does nothing if it is as long already. */
  void extend(int newLength) throws CacheException {
    if (newLength <= length) {
      return;
    }
    if (reserve(newLength)) {
      Arrays.fill(bytes, length, newLength, (byte) 0);
    } else {
      ByteBuffer zeros = ByteBuffer.allocate(Math.min(newLength - length, ZEROS));
      for (int at = length; at < newLength; at += zeros.capacity()) {
        file.write(at, zeros.clear(), Math.min(zeros.capacity(), newLength - at));
      }
    }
    length = newLength;
  }

  void cutAt(int newLength) {
    length = Math.min(length, newLength);
  }

  void read(int offset, ByteBuffer into, int count) throws CacheException {
    if (inFile) {
      file.read(offset, into, count);
    } else {
      into.put(bytes, offset, count);
    }
  }

  /** Returns a copy of the bytes. */
  byte[] copy() throws CacheException {
    if (!inFile) {
      return Arrays.copyOf(bytes, length);
    }
    return loaded(new byte[length]);
  }

  /**
   * Returns the bytes of a tail that is full, as an array of that length: its own, which has to
   * stay as it is until {@link #detach}.
   */
  byte[] whole() throws CacheException {
    return inFile ? loaded(wholeBuffers.get()) : bytes;
  }

  private byte[] loaded(byte[] into) throws CacheException {
    file.read(0, ByteBuffer.wrap(into), length);
    return into;
  }

  /** Begins anew: what {@link #whole} has returned is somebody else's. */
  void detach() throws CacheException {
    if (inFile) {
      file.clear();
      inFile = false;
    }
    giveMemory();
    length = 0;
    longStream = true;
  }

  private void giveMemory() {
    memory.give(bytes.length);
    bytes = new byte[0];
  }

  /** Makes room; returns whether it is in memory, else it is in the file. */
  private boolean reserve(int capacity) throws CacheException {
    if (inFile) {
      return false;
    }
    if (capacity <= bytes.length) {
      return true;
    }
    boolean whole = longStream && length == 0;
    int grown = Math.max(capacity, Math.max(FIRST_CAPACITY, bytes.length * 4));
    int wanted = whole ? maxLength : Math.min(maxLength, grown);
    if (!memory.take(wanted - bytes.length)) {
      moveToFile();
      return false;
    }
    bytes = whole ? wholeBuffers.get() : Arrays.copyOf(bytes, wanted);
    return true;
  }

  private void moveToFile() throws CacheException {
    if (file == null) {
      file = staging.newOverlay();
    }
    file.write(0, ByteBuffer.wrap(bytes, 0, length), length);
    inFile = true;
    giveMemory();
  }

  @Override
  public void close() throws CacheException {
    giveMemory();
    if (file != null) {
      file.close();
    }
  }
}

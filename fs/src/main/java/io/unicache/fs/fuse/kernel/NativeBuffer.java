package io.unicache.fs.fuse.kernel;

import com.kenai.jffi.MemoryIO;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that both Java and system calls use: page-aligned, in the machine's byte order. It lives
 * as long as this object, so whoever uses the bytes or an address keeps that too.
 */
final class NativeBuffer {

  private static final int PAGE = 4096;

  private static final MemoryIO MEMORY = MemoryIO.getInstance();
  private static final Cleaner CLEANER = Cleaner.create();

  private final ByteBuffer bytes;
  private final long address;
  private final Cleaner.Cleanable memory;

  /** Allocates zeroed memory. */
  NativeBuffer(int size) {
    this(size, true);
  }

  private NativeBuffer(int size, boolean zeroed) {
    long start = MEMORY.allocateMemory((long) size + PAGE, zeroed);
    if (start == 0) {
      throw new OutOfMemoryError("no memory for a buffer of " + size + " bytes");
    }
    memory = CLEANER.register(this, () -> MEMORY.freeMemory(start));
    address = (start + PAGE - 1) & -PAGE;
    bytes = MEMORY.newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
  }

  /**
   * Allocates memory with whatever is in it: of a large buffer, only the pages that are used come
   * into being.
   */
  static NativeBuffer uncleared(int size) {
    return new NativeBuffer(size, false);
  }

  /** Returns the memory; always the same buffer, whose position and limit are its user's affair. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Returns where the byte at an offset is. */
  long address(int offset) {
    return address + offset;
  }

  /** Gives the memory back at once; it must not be used any more. */
  void free() {
    memory.clean();
  }

  int capacity() {
    return bytes.capacity();
  }
}

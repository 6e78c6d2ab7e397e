package io.unicache.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Memory that both Java and system calls use: page-aligned, in the machine's byte order. */
final class NativeBuffer {

  private static final int PAGE = 4096;

  private final ByteBuffer bytes;
  private final long address;

  /** Allocates zeroed memory, which lives as long as this object. */
  NativeBuffer(int size) {
    bytes =
        ByteBuffer.allocateDirect((size + PAGE - 1) / PAGE * PAGE + PAGE)
            .alignedSlice(PAGE)
            .limit(size)
            .slice()
            .order(ByteOrder.nativeOrder());
    address = Pointer.wrap(Runtime.getSystemRuntime(), bytes).address();
  }

  /** Returns the memory; always the same buffer, whose position and limit are its user's affair. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Returns where the byte at an offset is. */
  long address(int offset) {
    return address + offset;
  }

  int capacity() {
    return bytes.capacity();
  }
}

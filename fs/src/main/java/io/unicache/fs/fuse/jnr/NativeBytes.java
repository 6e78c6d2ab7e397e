package io.unicache.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/** Bytes in native memory that libfuse lends for the time of a callback. */
final class NativeBytes {

  private NativeBytes() {}

  /** Copies a string without its closing zero. */
  static byte[] string(Pointer text) {
    byte[] bytes = new byte[text.indexOf(0, (byte) 0)];
    text.get(0, bytes, 0, bytes.length);
    return bytes;
  }

  /** Returns the memory itself as a buffer, without a copy. */
  static ByteBuffer buffer(Pointer memory, long size) {
    return MemoryIO.getInstance().newDirectByteBuffer(memory.address(), Math.toIntExact(size));
  }

  /**
   * Answers a call that asks for bytes: with their number if it gave no room, else with the bytes.
   *
   * @return the length
   * @throws FileSystemException ERANGE if the room is too small
   */
  static int reply(byte[] value, Pointer room, long size) throws FileSystemException {
    if (size == 0) {
      return value.length;
    }
    if (value.length > size) {
      throw new FileSystemException(
          Errno.ERANGE, value.length + " bytes, and room for " + size + " only");
    }
    room.put(0, value, 0, value.length);
    return value.length;
  }
}

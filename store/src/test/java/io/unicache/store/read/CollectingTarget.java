package io.unicache.store.read;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** Takes what it is given as a system call would: mapped memory is looked at on delivery. */
public final class CollectingTarget implements ReadTarget {

  private record Piece(ByteBuffer copied, long address, int count) {}

  private final List<Piece> pieces = new ArrayList<>();
  private final ByteArrayOutputStream delivered = new ByteArrayOutputStream();

  /** How often it was told that the reader may wait. */
  public int waits;

  /** Bytes that came as addresses. */
  public int mappedBytes;

  /** How often there was a delivery. */
  public int deliveries;

  @Override
  public ByteBuffer room(int count) {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    pieces.add(new Piece(buffer, 0, count));
    return buffer;
  }

  @Override
  public void mapped(long address, int count) {
    pieces.add(new Piece(null, address, count));
    mappedBytes += count;
  }

  @Override
  public void mayWait() {
    waits++;
  }

  @Override
  public void deliver() {
    deliveries++;
    for (Piece piece : pieces) {
      byte[] bytes = new byte[piece.count()];
      if (piece.copied() != null) {
        if (piece.copied().hasRemaining()) {
          throw new IllegalStateException(piece.copied().remaining() + " bytes were not filled");
        }
        piece.copied().flip().get(bytes);
      } else {
        Pointer.wrap(Runtime.getSystemRuntime(), piece.address()).get(0, bytes, 0, bytes.length);
      }
      delivered.writeBytes(bytes);
    }
    pieces.clear();
  }

  /** Returns all that was delivered. */
  public byte[] bytes() {
    return delivered.toByteArray();
  }
}

package io.unicache.store.ipc;

import io.unicache.store.ipc.Connection.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The bytes that a client sends to be stored. Ends only after END: a client that hangs up is an
 * error, so that half a file is never taken for a whole one.
 */
final class UploadStream extends InputStream {

  private final Connection connection;
  private final Runnable onEnd;
  private ByteBuffer chunk = ByteBuffer.allocate(0);
  private long received;
  private boolean ended;

  /**
   * @param onEnd called when END has come: the client sends nothing more and waits for the answer
   */
  UploadStream(Connection connection, Runnable onEnd) {
    this.connection = connection;
    this.onEnd = onEnd;
  }

  @Override
  public int read() throws IOException {
    return await() ? chunk.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length == 0) {
      return 0;
    }
    if (!await()) {
      return -1;
    }
    int count = Math.min(length, chunk.remaining());
    chunk.get(bytes, offset, count);
    return count;
  }

  @Override
  public int available() {
    return chunk.remaining();
  }

  /** Takes in and forgets the rest, as a client that is still sending does not read an answer. */
  void drain() throws IOException {
    while (await()) {
      chunk.position(chunk.limit());
    }
  }

  private boolean await() throws IOException {
    while (!chunk.hasRemaining() && !ended) {
      Frame frame = connection.read(Connection.NO_LIMIT);
      if (frame == null) {
        throw new EOFException("the client hung up after " + received + " bytes of the file");
      }
      take(frame);
    }
    return chunk.hasRemaining();
  }

  private void take(Frame frame) throws ProtocolException {
    if (frame.payload().remaining() < Long.BYTES) {
      throw new ProtocolException("found a short " + frame.type() + " in a stream of DATA");
    }
    long position = frame.payload().getLong();
    if (position != received) {
      throw new ProtocolException(
          "expected byte " + received + " of the stream, found " + frame.type() + " " + position);
    }
    switch (frame.type()) {
      case DATA -> {
        chunk = frame.payload();
        received += chunk.remaining();
      }
      case END -> {
        ended = true;
        onEnd.run();
      }
      default -> throw new ProtocolException("found " + frame.type() + " in a stream of DATA");
    }
  }
}

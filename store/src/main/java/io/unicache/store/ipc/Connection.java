package io.unicache.store.ipc;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Frames over a socket, with time limits (which need a selector: a Unix-domain channel has no
 * timeouts of its own). Any thread may send; one thread at a time reads; {@link #close} may be
 * called by any thread and ends what the others wait for.
 */
final class Connection implements Closeable {

  /**
   * Bytes of file content in a frame; larger frames gain nothing, as socket buffers are smaller.
   */
  static final int CHUNK_BYTES = 256 << 10;

  static final int MAX_PAYLOAD_BYTES = (1 << 20) + (64 << 10);
  static final long NO_LIMIT = 0;

  /** A frame that has begun has to be complete in this time. */
  private static final long FRAME_TIMEOUT_MILLIS = 30_000;

  private static final int HEADER_BYTES = 5;
  private static final int FIRST_BUFFER_BYTES = 8 << 10;

  /**
   * @param payload valid until the next frame is read
   */
  record Frame(FrameType type, ByteBuffer payload) {}

  private final SocketChannel channel;
  private final Selector readable;
  private final Selector writable;
  private final long sendTimeoutMillis;
  private final ReentrantLock sendLock = new ReentrantLock();
  private final ByteBuffer readHeader = ByteBuffer.allocateDirect(HEADER_BYTES);
  private final ByteBuffer sendHeader = ByteBuffer.allocateDirect(HEADER_BYTES);
  private ByteBuffer payload = ByteBuffer.allocateDirect(FIRST_BUFFER_BYTES);
  private volatile long lastSentNanos = System.nanoTime();

  /**
   * @param channel a connected channel, which now belongs to this connection
   * @param sendTimeoutMillis how long the peer may take nothing before sending fails
   */
  Connection(SocketChannel channel, long sendTimeoutMillis) throws IOException {
    this.channel = channel;
    this.sendTimeoutMillis = sendTimeoutMillis;
    channel.configureBlocking(false);
    readable = Selector.open();
    writable = Selector.open();
    channel.register(readable, SelectionKey.OP_READ);
    channel.register(writable, SelectionKey.OP_WRITE);
  }

  void send(FrameType type, byte[] body) throws IOException {
    send(type, ByteBuffer.wrap(body));
  }

  /** Sends a frame whose payload is the parts' remaining bytes. */
  void send(FrameType type, ByteBuffer... parts) throws IOException {
    long length = 0;
    for (ByteBuffer part : parts) {
      length += part.remaining();
    }
    if (length > MAX_PAYLOAD_BYTES) {
      throw new ProtocolException(
          type
              + " of "
              + length
              + " bytes is larger than the "
              + MAX_PAYLOAD_BYTES
              + " of a frame");
    }
    ByteBuffer[] buffers = new ByteBuffer[parts.length + 1];
    System.arraycopy(parts, 0, buffers, 1, parts.length);
    sendLock.lock();
    try {
      buffers[0] = sendHeader.clear().putInt((int) length).put(type.code()).flip();
      writeFully(buffers);
      lastSentNanos = System.nanoTime();
    } finally {
      sendLock.unlock();
    }
  }

  /** Sends bytes of a file as DATA frames. */
  void sendData(long offset, ByteBuffer bytes) throws IOException {
    long position = offset;
    while (bytes.hasRemaining()) {
      int length = Math.min(bytes.remaining(), CHUNK_BYTES);
      ByteBuffer chunk = bytes.slice(bytes.position(), length);
      send(FrameType.DATA, ByteBuffer.allocate(Long.BYTES).putLong(position).flip(), chunk);
      bytes.position(bytes.position() + length);
      position += length;
    }
  }

  /** Sends a frame whose payload is one number. */
  void sendNumber(FrameType type, long number) throws IOException {
    send(type, ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  /**
   * Sends ALIVE if nothing has been sent for a while and it can be done without waiting: if the
   * peer has not even taken what it was sent before, it needs no sign of life.
   */
  void keepAlive(long intervalMillis) throws IOException {
    if (System.nanoTime() - lastSentNanos < TimeUnit.MILLISECONDS.toNanos(intervalMillis)
        || !sendLock.tryLock()) {
      return;
    }
    try {
      ByteBuffer header = sendHeader.clear().putInt(0).put(FrameType.ALIVE.code()).flip();
      int written = channel.write(header);
      if (written > 0 && header.hasRemaining()) {
        close(); // Half a frame cannot be taken back; no socket does this to five bytes.
      }
      lastSentNanos = System.nanoTime();
    } finally {
      sendLock.unlock();
    }
  }

  /**
   * Reads a frame.
   *
   * @param timeoutMillis how long to wait for its first byte
   * @return null if the peer has hung up between two frames
   * @throws SocketTimeoutException if the time has run out
   * @throws ProtocolException if what came is no frame
   */
  Frame read(long timeoutMillis) throws IOException {
    readHeader.clear();
    if (!fill(readHeader, timeoutMillis, true)) {
      return null;
    }
    readHeader.flip();
    int length = readHeader.getInt();
    FrameType type = FrameType.of(readHeader.get());
    if (type == null || length < 0 || length > MAX_PAYLOAD_BYTES) {
      throw new ProtocolException("found bytes that are no frame of UniCache's protocol");
    }
    if (length > payload.capacity()) {
      int capacity = length <= CHUNK_BYTES + Long.BYTES ? CHUNK_BYTES + Long.BYTES : length;
      payload = ByteBuffer.allocateDirect(capacity);
    }
    payload.clear().limit(length);
    fill(payload, FRAME_TIMEOUT_MILLIS, false);
    return new Frame(type, payload.flip());
  }

  /** Tells whether a frame, or the peer's hanging up, can be read without waiting. */
  boolean hasInput() throws IOException {
    try {
      int ready = readable.selectNow();
      readable.selectedKeys().clear();
      return ready > 0;
    } catch (ClosedSelectorException e) {
      throw closedMeanwhile(e);
    }
  }

  /**
   * Tells whether a peer from which nothing is expected has hung up (or sends what it should not).
   * Not to be called while another thread reads.
   */
  boolean peerHasGone() {
    try {
      return channel.read(ByteBuffer.allocate(1)) != 0;
    } catch (IOException e) {
      return true;
    }
  }

  SocketChannel channel() {
    return channel;
  }

  @Override
  public void close() {
    // Closing a socket or a selector fails only if it is closed, which is what is wanted.
    closeQuietly(channel);
    closeQuietly(readable);
    closeQuietly(writable);
  }

  private static void closeQuietly(Closeable resource) {
    try {
      resource.close();
    } catch (IOException e) {
      System.getLogger(Connection.class.getName())
          .log(System.Logger.Level.DEBUG, "closing a socket", e);
    }
  }

  private boolean fill(ByteBuffer buffer, long timeoutMillis, boolean endAllowed)
      throws IOException {
    long limit = timeoutMillis;
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer);
      if (count < 0) {
        if (endAllowed && buffer.position() == 0) {
          return false;
        }
        throw new EOFException("the other side hung up in the middle of a frame");
      }
      if (count == 0) {
        await(readable, limit);
      } else {
        limit = FRAME_TIMEOUT_MILLIS;
      }
    }
    return true;
  }

  private void writeFully(ByteBuffer[] buffers) throws IOException {
    ByteBuffer last = buffers[buffers.length - 1];
    while (hasRemaining(buffers, last)) {
      if (channel.write(buffers) == 0) {
        await(writable, sendTimeoutMillis);
      }
    }
  }

  private static boolean hasRemaining(ByteBuffer[] buffers, ByteBuffer last) {
    if (last.hasRemaining()) {
      return true;
    }
    for (ByteBuffer buffer : buffers) {
      if (buffer.hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  private static void await(Selector selector, long timeoutMillis) throws IOException {
    try {
      int ready = selector.select(timeoutMillis);
      selector.selectedKeys().clear();
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while waiting for the other side");
      }
      if (ready == 0 && timeoutMillis != NO_LIMIT) {
        throw new SocketTimeoutException(
            "the other side was silent for " + timeoutMillis / 1_000 + " s");
      }
    } catch (ClosedSelectorException e) {
      throw closedMeanwhile(e);
    }
  }

  private static AsynchronousCloseException closedMeanwhile(ClosedSelectorException cause) {
    AsynchronousCloseException closed = new AsynchronousCloseException();
    closed.initCause(cause);
    return closed;
  }
}

package io.unicache.cli;

import io.unicache.store.CacheService;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;

/** Writes a file to a stream, such as standard output; holes become zeros. */
final class StreamSink implements CacheService.Sink {

  private static final int ZEROS = 64 << 10;

  private final WritableByteChannel out;
  private final String name;
  private long position;
  private long size;

  /**
   * @param name of the stream, for errors
   */
  StreamSink(OutputStream out, String name) {
    this.out = Channels.newChannel(out);
    this.name = name;
  }

  @Override
  public void begin(long bytes) {
    size = bytes;
  }

  @Override
  public void write(long offset, ByteBuffer bytes) throws CacheException {
    if (offset < position) {
      throw new CacheException.Corrupt(
          "bytes came out of order: expected offset " + position + ", found " + offset);
    }
    zerosUpTo(offset);
    put(bytes);
  }

  /** Writes the hole at the end, if there is one. */
  void finish() throws CacheException {
    zerosUpTo(size);
  }

  private void zerosUpTo(long offset) throws CacheException {
    ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(ZEROS, Math.max(0, offset - position)));
    while (position < offset) {
      put(zeros.clear().limit((int) Math.min(zeros.capacity(), offset - position)));
    }
  }

  private void put(ByteBuffer bytes) throws CacheException {
    try {
      while (bytes.hasRemaining()) {
        position += out.write(bytes);
      }
    } catch (IOException e) {
      throw CacheException.of("writing " + name, e);
    }
  }
}

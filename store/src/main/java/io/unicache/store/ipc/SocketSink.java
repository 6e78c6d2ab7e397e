package io.unicache.store.ipc;

import io.unicache.store.CacheService;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Sends a file's bytes to the client as they come; fails, and so stops them, if it has gone. */
final class SocketSink implements CacheService.Sink {

  private final Connection connection;

  SocketSink(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void begin(long size) throws CacheException {
    try {
      connection.sendNumber(FrameType.BEGIN, size);
    } catch (IOException e) {
      throw ItemBatch.lost(e);
    }
  }

  @Override
  public void write(long offset, ByteBuffer bytes) throws CacheException {
    try {
      connection.sendData(offset, bytes);
    } catch (IOException e) {
      throw ItemBatch.lost(e);
    }
  }
}

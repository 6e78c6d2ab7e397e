package io.unicache.store.ipc;

import io.unicache.store.CacheService;
import io.unicache.store.ipc.Messages.ProgressMessage;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** Sends a download's progress to the client; a client that has gone cancels it. */
final class ProgressSender implements CacheService.Progress {

  private final Connection connection;
  private final BooleanSupplier clientGone;
  private volatile boolean failed;

  ProgressSender(Connection connection, BooleanSupplier clientGone) {
    this.connection = connection;
    this.clientGone = clientGone;
  }

  @Override
  public void report(long receivedBytes, OptionalLong totalBytes) {
    if (cancelled()) {
      return;
    }
    ProgressMessage message = new ProgressMessage(receivedBytes, totalBytes.orElse(-1));
    try {
      connection.send(FrameType.PROGRESS, Json.encode(message));
    } catch (IOException e) {
      failed = true;
      System.getLogger(ProgressSender.class.getName())
          .log(Level.DEBUG, "the client of a download has gone", e);
    }
  }

  @Override
  public boolean cancelled() {
    return failed || clientGone.getAsBoolean();
  }
}

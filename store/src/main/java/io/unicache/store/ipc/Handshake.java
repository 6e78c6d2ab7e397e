package io.unicache.store.ipc;

import io.unicache.store.error.CacheException;
import io.unicache.store.ipc.Connection.Frame;
import io.unicache.store.ipc.Messages.ErrorMessage;
import io.unicache.store.ipc.Messages.Hello;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** The client's half of the first two frames, and what is said if they do not fit. */
final class Handshake {

  private static final Logger LOG = System.getLogger(Handshake.class.getName());

  /**
   * Exchanges HELLO.
   *
   * @throws CacheException.Version if the daemon speaks another protocol
   * @throws CacheException.Busy if it has no room for another client
   */
  static void greet(Connection connection, Hello client, long timeoutMillis) throws IOException {
    try {
      connection.send(FrameType.HELLO, Json.encode(client));
    } catch (IOException e) {
      // "Broken pipe" or "Connection reset", by how far the daemon is: one that is busy says so and
      // hangs up. What it said can still be read; if there is nothing, reading fails as well.
      LOG.log(Level.DEBUG, "the daemon hung up before HELLO", e);
    }
    Frame frame = connection.read(timeoutMillis);
    if (frame == null) {
      throw new ProtocolException("the daemon hung up without a word");
    }
    switch (frame.type()) {
      case HELLO -> {
        Hello daemon = Json.decode(frame.payload(), Hello.class);
        if (daemon.protocol() != client.protocol()) {
          throw new CacheException.Version(mismatch(client, daemon));
        }
      }
      case ERROR -> throw Errors.toException(Json.decode(frame.payload(), ErrorMessage.class));
      default -> throw new ProtocolException("expected HELLO, found " + frame.type());
    }
  }

  static String mismatch(Hello client, Hello daemon) {
    return "this is UniCache "
        + client.version()
        + " (protocol "
        + client.protocol()
        + "), but the daemon that owns the store is "
        + daemon.version()
        + " (protocol "
        + daemon.protocol()
        + "); unmount and mount again, so that both are the same";
  }

  private Handshake() {}
}

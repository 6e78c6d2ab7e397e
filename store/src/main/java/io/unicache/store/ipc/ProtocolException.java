package io.unicache.store.ipc;

import java.io.IOException;

/** The other side sent something that is not in the protocol; the connection is of no more use. */
final class ProtocolException extends IOException {

  private static final long serialVersionUID = 1L;

  ProtocolException(String message) {
    super(message);
  }

  ProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}

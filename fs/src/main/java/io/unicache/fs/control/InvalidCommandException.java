package io.unicache.fs.control;

/** A line that is not a command; the message says why. */
final class InvalidCommandException extends Exception {

  private static final long serialVersionUID = 1L;

  InvalidCommandException(String message) {
    super(message, null, false, false);
  }
}

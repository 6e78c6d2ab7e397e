package io.unicache.fs.ops;

/**
 * An operation's answer when it cannot be done. Most are ordinary answers (a lookup of a name that
 * is not there), so no stack is walked; what deserves a trace has been logged where it happened.
 */
public final class FileSystemException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Errno errno;

  public FileSystemException(Errno errno, String message) {
    super(message, null, false, false);
    this.errno = errno;
  }

  public FileSystemException(Errno errno, String message, Throwable cause) {
    super(message, cause, false, false);
    this.errno = errno;
  }

  /** Returns the error for the program that asked. */
  public Errno errno() {
    return errno;
  }
}

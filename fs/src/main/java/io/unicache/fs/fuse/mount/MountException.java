package io.unicache.fs.fuse.mount;

import java.io.IOException;

/** Mounting or unmounting failed; the message names the directory, the reason and what to do. */
public final class MountException extends IOException {

  private static final long serialVersionUID = 1L;

  public MountException(String message) {
    super(message);
  }

  public MountException(String message, Throwable cause) {
    super(message, cause);
  }
}

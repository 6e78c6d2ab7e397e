package io.unicache.fs.fuse.jnr;

import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** The border to native code, which no exception may cross. */
final class Guard {

  private static final Logger LOG = System.getLogger(Guard.class.getName());

  /** A callback's work. */
  @FunctionalInterface
  interface Work {
    /** Returns what the callback returns if all went well: 0 or a count. */
    int run() throws FileSystemException;
  }

  private Guard() {}

  /**
   * Runs a callback's work and turns what it throws into a negative errno. Anything but a {@link
   * FileSystemException} is a bug, or memory that ran out: it is logged, and the program gets EIO.
   */
  @SuppressWarnings("CatchAndPrintStackTrace")
  static int call(String operation, Work work) {
    try {
      return work.run();
    } catch (FileSystemException e) {
      return -e.errno().number();
    } catch (Throwable e) { // what goes on into native code ends the process
      log(operation, e);
      return -Errno.EIO.number();
    }
  }

  private static void log(String operation, Throwable failure) {
    try {
      LOG.log(Level.ERROR, operation + " failed; the program got EIO", failure);
    } catch (Throwable e) { // no memory to log with, say: the answer is EIO all the same
      failure.addSuppressed(e);
    }
  }
}

package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.mount.MountTable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How far the kernel reads a mount's files ahead: 128 KiB, whatever INIT says, unless root sets it
 * to more.
 */
final class ReadAhead {

  private static final System.Logger LOG = System.getLogger(ReadAhead.class.getName());

  /** Much more makes page faults of mapped files slow. */
  static final int KIBIBYTES = 1024;

  private ReadAhead() {}

  /** Sets it, where that is allowed. */
  static void raise(MountTable.Mount mount) {
    Path setting =
        Path.of("/sys/class/bdi/" + mount.major() + ":" + mount.minor() + "/read_ahead_kb");
    if (!Files.isWritable(setting)) {
      return; // Not root, or /sys is read-only in this container.
    }
    try {
      Files.write(setting, Integer.toString(KIBIBYTES).getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "read-ahead stays as it is", e);
    }
  }
}

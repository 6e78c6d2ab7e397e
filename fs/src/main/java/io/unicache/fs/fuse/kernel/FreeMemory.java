package io.unicache.fs.fuse.kernel;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory can be had without taking it from programs. */
final class FreeMemory {

  private static final System.Logger LOG = System.getLogger(FreeMemory.class.getName());

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";
  private static final int UNIT = 1024;

  private FreeMemory() {}

  /** Returns bytes; 0 if it cannot be known. */
  static long bytes() {
    try {
      for (String line : Files.readAllLines(MEMINFO)) {
        if (line.startsWith(AVAILABLE)) {
          return Long.parseLong(line.substring(AVAILABLE.length(), line.length() - 2).trim())
              * UNIT;
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.log(Level.DEBUG, "free memory is not known", e);
    }
    return 0;
  }
}

package io.unicache.fs.ops;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether a caller is in a group. A request carries the caller's primary group only; the others are
 * looked up in {@code /proc} where there is one, and count as absent where there is none.
 */
final class Groups {

  private static final String FIELD = "Groups:";

  private Groups() {}

  static boolean contains(Caller caller, int gid) {
    return caller.gid() == gid || (caller.pid() > 0 && supplementary(caller.pid(), gid));
  }

  private static boolean supplementary(int pid, int gid) {
    String wanted = Integer.toUnsignedString(gid);
    for (String line : status(pid)) {
      if (line.startsWith(FIELD)) {
        return List.of(line.substring(FIELD.length()).strip().split("\\s+")).contains(wanted);
      }
    }
    return false;
  }

  private static List<String> status(int pid) {
    try {
      Path file = Path.of("/proc", Integer.toString(pid), "status");
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // No /proc (macOS), or the process has ended: then nothing is known but the primary group.
      return List.of();
    }
  }
}

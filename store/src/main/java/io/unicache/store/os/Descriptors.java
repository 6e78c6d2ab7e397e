package io.unicache.store.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How many files this process may have open, and how that is shared out. */
public final class Descriptors {

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern LINE = Pattern.compile("Max open files\\s+(\\d+)\\s.*");

  /** What most systems give. */
  private static final int USUAL = 1024;

  private Descriptors() {}

  /** Returns the limit; the usual one where it cannot be known. */
  public static int limit() {
    try (Stream<String> lines = Files.lines(LIMITS)) {
      return lines
          .map(LINE::matcher)
          .filter(Matcher::matches)
          .map(line -> (int) Math.min(Long.parseLong(line.group(1)), Integer.MAX_VALUE))
          .findFirst()
          .orElse(USUAL);
    } catch (IOException e) {
      return USUAL;
    }
  }

  /**
   * Returns how many files a part of the program may keep open.
   *
   * @param part one of so many that share the limit
   * @param least what it needs in any case
   * @param most what it has use for
   */
  public static int share(int part, int least, int most) {
    return Math.max(least, Math.min(most, limit() / part));
  }
}

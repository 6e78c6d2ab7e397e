package io.unicache.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes, as people write and read them. */
final class Sizes {

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final Map<String, Integer> SHIFTS =
      Map.of("", 0, "K", 10, "M", 20, "G", 30, "T", 40);
  private static final Pattern TEXT =
      Pattern.compile("(\\d{1,18})([KMGT]?)(?:I?B)?", Pattern.CASE_INSENSITIVE);

  /** Returns "17 B", "1.5 KiB", "123 MiB": three digits at least, and rounded. */
  static String human(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = 0;
    while (value >= 1023.5 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    // 9.995 would be shown as 10.00, so each limit is half a digit below the round number.
    String format = value < 9.995 ? "%.2f %s" : value < 99.95 ? "%.1f %s" : "%.0f %s";
    return String.format(Locale.ROOT, format, value, UNITS[unit]);
  }

  /** Returns "17 B", "1.5 KiB (1536 bytes)": rounded, and to the byte. */
  static String exact(long bytes) {
    return bytes < 1024 ? human(bytes) : human(bytes) + " (" + bytes + " bytes)";
  }

  /**
   * Parses "65536", "64K", "64KiB", "1M": powers of 1024.
   *
   * @throws IllegalArgumentException if it is none of those, or too large
   */
  static long parse(String text) {
    Matcher matcher = TEXT.matcher(text.trim());
    if (matcher.matches()) {
      int shift = SHIFTS.get(matcher.group(2).toUpperCase(Locale.ROOT));
      long number = Long.parseLong(matcher.group(1));
      if (number <= Long.MAX_VALUE >> shift) {
        return number << shift;
      }
    }
    throw new IllegalArgumentException(
        "'" + text + "' is not a size; write a number with or without K, M, G or T, as in 64K");
  }

  /** For options. */
  static final class Converter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        return Math.toIntExact(parse(text));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private Sizes() {}
}

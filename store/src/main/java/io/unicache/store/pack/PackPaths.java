package io.unicache.store.pack;

import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of packs and pack indexes: the number in eight decimal digits, and {@code .pack} or
 * {@code .index}.
 *
 * @param directory where they are
 */
record PackPaths(Path directory) {

  private static final Pattern NAME = Pattern.compile("([0-9]{8,10})\\.(pack|index)");

  Path pack(int number) {
    return directory.resolve(String.format("%08d.pack", number));
  }

  Path index(int number) {
    return directory.resolve(String.format("%08d.index", number));
  }

  /** Returns where an index is written before it takes the place of another one. */
  Path newIndex(int number) {
    return directory.resolve(String.format("%08d.index.new", number));
  }

  /** Returns the number in the name of a pack or pack index; nothing for any other name. */
  static OptionalInt numberOf(Path file) {
    Matcher matcher = NAME.matcher(file.getFileName().toString());
    if (!matcher.matches()) {
      return OptionalInt.empty();
    }
    long number = Long.parseLong(matcher.group(1));
    return number < 1 || number > Integer.MAX_VALUE
        ? OptionalInt.empty()
        : OptionalInt.of((int) number);
  }
}

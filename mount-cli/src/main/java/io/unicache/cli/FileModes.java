package io.unicache.cli;

/** Modes as ls shows them. */
final class FileModes {

  private static final int TYPE_MASK = 0170000;

  /** Returns ten characters, as in "-rw-r--r--". */
  static String text(int mode) {
    StringBuilder text = new StringBuilder(10).append(type(mode));
    triple(text, mode >> 6, (mode & 04000) != 0, 's');
    triple(text, mode >> 3, (mode & 02000) != 0, 's');
    triple(text, mode, (mode & 01000) != 0, 't');
    return text.toString();
  }

  private static char type(int mode) {
    return switch (mode & TYPE_MASK) {
      case 0040000 -> 'd';
      case 0120000 -> 'l';
      case 0010000 -> 'p';
      case 0140000 -> 's';
      case 0020000 -> 'c';
      case 0060000 -> 'b';
      default -> '-';
    };
  }

  private static void triple(StringBuilder text, int bits, boolean special, char mark) {
    text.append((bits & 4) != 0 ? 'r' : '-').append((bits & 2) != 0 ? 'w' : '-');
    boolean execute = (bits & 1) != 0;
    if (special) {
      text.append(execute ? mark : Character.toUpperCase(mark));
    } else {
      text.append(execute ? 'x' : '-');
    }
  }

  private FileModes() {}
}

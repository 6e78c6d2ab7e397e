package io.unicache.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a command reads and writes.
 *
 * @param in standard input
 * @param bytes standard output for file contents, not buffered
 * @param out standard output for text; flushed when the command ends
 * @param err for errors and progress
 * @param outIsTerminal whether a person reads {@code out}
 * @param errIsTerminal whether a person reads {@code err}
 */
record CliIo(
    InputStream in,
    OutputStream bytes,
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal) {

  static CliIo system() {
    FileOutputStream bytes = new FileOutputStream(FileDescriptor.out);
    PrintStream out =
        new PrintStream(new BufferedOutputStream(bytes, 8192), false, Charset.defaultCharset());
    return new CliIo(System.in, bytes, out, System.err, isTerminal(1), isTerminal(2));
  }

  private static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false; // No Linux: the JDK alone cannot tell.
    }
  }

  /** Returns a name as it can be shown: on a terminal, control characters would be commands. */
  String shown(String name) {
    if (!outIsTerminal) {
      return name;
    }
    StringBuilder shown = new StringBuilder(name.length());
    name.codePoints().forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return shown.toString();
  }
}

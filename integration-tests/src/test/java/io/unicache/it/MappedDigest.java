package io.unicache.it;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A program that maps a file and prints the SHA-256 of what it sees, of the second half first. It
 * is a program of its own because a JVM keeps a file mapped for as long as it likes, and a mount
 * with a mapped file cannot be unmounted.
 */
final class MappedDigest {

  private MappedDigest() {}

  public static void main(String[] arguments) throws Exception {
    try (FileChannel channel = FileChannel.open(Path.of(arguments[0]))) {
      long size = channel.size();
      var map = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(map.slice((int) (size / 2), (int) (size - size / 2)));
      digest.update(map.slice(0, (int) (size / 2)));
      System.out.println(HexFormat.of().formatHex(digest.digest()));
    }
  }

  /** Runs it on a file; returns what it printed. */
  static String of(Path file) throws Exception {
    Path classes =
        Path.of(MappedDigest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return Program.output(
        Path.of(System.getProperty("java.home"), "bin", "java"),
        "-cp",
        classes,
        MappedDigest.class.getName(),
        file);
  }
}

package io.unicache.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program that has a file mapped, and looks at it and changes it as it is told. It is a program
 * of its own because a JVM keeps a file mapped for as long as it likes.
 */
final class MappedView implements AutoCloseable {

  private static final long END_SECONDS = 60;

  private final Process process;
  private final PrintStream to;
  private final BufferedReader from;

  private MappedView(Process process) {
    this.process = process;
    this.to = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
    this.from =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
  }

  /** Maps a file in a new process. */
  static MappedView of(Path file, boolean writable) throws Exception {
    Path classes =
        Path.of(MappedView.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    MappedView view =
        new MappedView(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    classes.toString(),
                    MappedView.class.getName(),
                    file.toString(),
                    Boolean.toString(writable))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    view.answer();
    return view;
  }

  byte[] get(int offset, int length) throws IOException {
    to.println("get " + offset + " " + length);
    return HexFormat.of().parseHex(answer());
  }

  void put(int offset, byte[] bytes) throws IOException {
    to.println("put " + offset + " " + HexFormat.of().formatHex(bytes));
    answer();
  }

  /** Closes the descriptor; the mapping stays. */
  void closeDescriptor() throws IOException {
    to.println("close");
    answer();
  }

  private String answer() throws IOException {
    String line = from.readLine();
    if (line == null) {
      throw new AssertionError("the program with the mapping has ended");
    }
    return line;
  }

  /** Ends the process, and with it the mapping. */
  @Override
  public void close() {
    to.close();
    try {
      process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
      throw new AssertionError("the program with the mapping does not end", e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    boolean writable = Boolean.parseBoolean(arguments[1]);
    try (FileChannel channel =
        FileChannel.open(
            Path.of(arguments[0]),
            writable
                ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
                : Set.of(StandardOpenOption.READ))) {
      MappedByteBuffer map =
          channel.map(
              writable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY,
              0,
              channel.size());
      System.out.println("mapped");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(obey(line.split(" ", -1), map, channel));
      }
    }
  }

  private static String obey(String[] words, MappedByteBuffer map, FileChannel channel)
      throws IOException {
    return switch (words[0]) {
      case "get" -> {
        byte[] bytes = new byte[Integer.parseInt(words[2])];
        map.get(Integer.parseInt(words[1]), bytes);
        yield HexFormat.of().formatHex(bytes);
      }
      case "put" -> {
        map.put(Integer.parseInt(words[1]), HexFormat.of().parseHex(words[2]));
        yield "put";
      }
      case "close" -> {
        channel.close();
        yield "closed";
      }
      default -> throw new IllegalArgumentException(words[0]);
    };
  }
}

package io.unicache.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in the Javadoc of the API are programs: here they run, as they stand there. */
class JavadocExampleTest {

  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* }</pre>", Pattern.DOTALL);

  @TempDir Path directory;

  private static String example(Class<?> type) throws IOException {
    Path source = Path.of("src/main/java", type.getName().replace('.', '/') + ".java");
    Matcher matcher = EXAMPLE.matcher(Files.readString(source));
    assertTrue(matcher.find(), "an example in " + source);
    return matcher.group(1).replaceAll("(?m)^ \\* ?", "");
  }

  /** Runs an example in a Java of its own, whose home and working directory are the test's. */
  private String run(Class<?> type) throws IOException, InterruptedException {
    Path program = directory.resolve("Example.java");
    Files.writeString(
        program,
        "import io.unicache.store.*;\nimport java.nio.file.*;\n"
            + "class Example { public static void main(String[] args) throws Exception {\n"
            + example(type)
            + "\n} }\n");
    Path output = directory.resolve("output");
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(List.of("-Duser.home=" + directory, "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(classPath());
    command.add(program.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().removeAll(List.of("UNICACHE_STORE", "XDG_CACHE_HOME"));
    Process process = builder.start();
    boolean ended = process.waitFor(120, TimeUnit.SECONDS);
    process.destroyForcibly();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertTrue(ended && process.exitValue() == 0, text);
    return text;
  }

  private static String classPath() {
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      entries.add(new File(entry).getAbsolutePath());
    }
    return String.join(File.pathSeparator, entries);
  }

  @Test
  void uniCache() throws Exception {
    Files.write(directory.resolve("model.onnx"), new byte[] {1, 2, 3});
    String output = run(UniCache.class);
    assertTrue(output.contains("model.onnx has 3 bytes"), output);
    assertTrue(output.contains("0 bytes saved"), output);
    assertEquals(
        -1, Files.mismatch(directory.resolve("model.onnx"), directory.resolve("copy.onnx")));
    assertTrue(StoreAccess.exists(directory.resolve(".cache/unicache")));
  }

  @Test
  void cache() throws Exception {
    Files.write(directory.resolve("data.bin"), new byte[] {1, 2, 3});
    String output = run(Cache.class);
    assertTrue(output.contains("1 blocks of 65536"), output);
    assertEquals(-1, Files.mismatch(directory.resolve("data.bin"), directory.resolve("copy.bin")));
  }
}

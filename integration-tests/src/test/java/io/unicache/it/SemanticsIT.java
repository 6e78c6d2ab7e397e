package io.unicache.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The examples in SEMANTICS.md: each shows what really happens. */
class SemanticsIT {

  private static final Path PAGE = Path.of("..", "fs", "SEMANTICS.md");
  private static final String BEGIN = "```console";
  private static final String END = "```";
  private static final String PROMPT = "$ ";

  @RegisterExtension static final SharedMount MOUNT = new SharedMount("--allow-other");

  /**
   * An example.
   *
   * @param section heading that it stands under
   * @param line of the page at which it begins
   * @param kernel whether it is for the kernel adapter only
   * @param text what the shell shows: prompts, commands and output
   */
  private record Example(String section, int line, boolean kernel, List<String> text) {

    List<String> commands() {
      return text.stream()
          .filter(line -> line.startsWith(PROMPT))
          .map(line -> line.substring(PROMPT.length()))
          .toList();
    }

    /** Returns a script that shows each command, as a shell does, and runs it. */
    String script() {
      StringBuilder script = new StringBuilder("exec 2>&1\n");
      for (String command : commands()) {
        script.append("cat <<'COMMAND'\n").append(PROMPT).append(command).append("\nCOMMAND\n");
        script.append(command).append('\n');
      }
      return script.toString();
    }
  }

  @TestFactory
  Stream<DynamicTest> examples() throws IOException {
    List<Example> examples = read(Files.readAllLines(PAGE));
    assertTrue(examples.size() > 5, "there are examples");
    boolean kernel = MOUNT.store().speaksTheProtocol();
    return examples.stream()
        .filter(example -> kernel || !example.kernel())
        .map(
            example ->
                DynamicTest.dynamicTest(
                    example.section() + ", line " + example.line(), () -> run(example)));
  }

  private static void run(Example example) throws IOException {
    Path directory = Files.createDirectory(MOUNT.directory().resolve("line-" + example.line()));
    Result result =
        Program.of("bash", "-c", example.script())
            .in(directory)
            .with("MOUNT", MOUNT.store().root().toString())
            .run();
    assertEquals(String.join("\n", example.text()).stripTrailing(), result.text().stripTrailing());
  }

  private static List<Example> read(List<String> page) {
    List<Example> examples = new ArrayList<>();
    String section = "";
    for (int i = 0; i < page.size(); i++) {
      String line = page.get(i);
      if (line.startsWith("## ")) {
        section = line.substring(3);
      }
      if (line.startsWith(BEGIN)) {
        int end = i + 1;
        while (!page.get(end).equals(END)) {
          end++;
        }
        boolean kernel = line.endsWith(" kernel");
        examples.add(new Example(section, i + 1, kernel, List.copyOf(page.subList(i + 1, end))));
        i = end;
      }
    }
    return examples;
  }
}

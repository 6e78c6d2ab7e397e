package io.unicache.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.AssertionFailedError;

/**
 * A mount beside a directory of a local file system (a tmpfs, or one in the directory that {@code
 * unicache.it.reference} names): the same system calls are done in both, and every answer has to be
 * the same, as have to be all files after every call. Needs root, to act as several users.
 *
 * <p>A <em>script</em> is system calls, one to a line, as {@code syscalls.c} reads them; {@code
 * ~N~} stands for a text of N bytes. It runs in an empty directory that everybody may write to. A
 * line that starts with {@code #} is left out; one that starts with {@code =} belongs to the
 * preparations, after which files are not compared.
 */
final class ComparedMount implements BeforeAllCallback, AfterAllCallback {

  static final boolean LIBFUSE =
      System.getProperty("unicache.it.transport", "auto").equals("libfuse");

  private static final String NAMED_REFERENCE = System.getProperty("unicache.it.reference");

  /** Lines of a script that are shown before the one that failed. */
  private static final int SHOWN_LINES = 60;

  private MountedStore mounted;
  private Path reference;
  private Path program;
  private SystemCalls here;
  private SystemCalls there;
  private int scripts;

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    assumeTrue(
        Program.output("id", "-u").equals("0"), "acting as several users takes a root that may");
    mounted = MountedStore.mounted("--allow-other");
    reference = reference(mounted.outside());
    program = SystemCalls.compile("syscalls", mounted.outside());
    here = SystemCalls.start(program, mounted.root());
    there = SystemCalls.start(program, reference);
  }

  /** Devices and set-ID programs are not to work there either. */
  private static Path reference(Path directory) throws IOException {
    if (NAMED_REFERENCE != null) {
      return Files.createTempDirectory(Path.of(NAMED_REFERENCE), "unicache-reference");
    }
    Path made = Files.createDirectory(directory.resolve("reference"));
    Program.of("mount", "-t", "tmpfs", "-o", "nosuid,nodev,relatime,mode=755", "reference", made)
        .run()
        .expect(0);
    return made;
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    try {
      if (here != null) {
        here.close();
      }
      if (there != null) {
        there.close();
      }
    } finally {
      if (reference != null && NAMED_REFERENCE == null) {
        Program.of("umount", "-l", reference).run();
      } else if (reference != null) {
        Program.of("rm", "-rf", "--one-file-system", reference).run();
      }
      if (mounted != null) {
        mounted.close();
      }
    }
  }

  MountedStore store() {
    return mounted;
  }

  /** Starts another process for system calls, in a new directory of the mount. */
  SystemCalls process(Path directory) throws IOException {
    return SystemCalls.start(program, directory);
  }

  /** Runs a script on both sides. Throws at the first difference. */
  void run(String script) throws IOException {
    String failure = difference(script);
    if (failure != null) {
      throw new AssertionFailedError(failure + daemonLog());
    }
  }

  /** Runs many scripts; all that differ are told together. */
  void all(Stream<String> many) throws IOException {
    List<String> failures = new ArrayList<>();
    int total = 0;
    for (String script : (Iterable<String>) many::iterator) {
      total++;
      String failure = difference(script);
      if (failure != null) {
        failures.add(failure);
      }
    }
    if (!failures.isEmpty()) {
      throw new AssertionFailedError(
          failures.size() + " of " + total + " scripts:\n" + String.join("\n", failures));
    }
  }

  /**
   * Runs single calls on the same files, which are made anew after each call that goes well. All
   * that differ are told together.
   *
   * @param preparation script that makes the files
   * @param calls of which each either fails and changes nothing, or goes well
   */
  void changes(String preparation, Stream<String> calls) throws IOException {
    table(preparation, calls, false);
  }

  /** Runs calls one after the other on the same files. */
  void steps(String preparation, Stream<String> calls) throws IOException {
    run(preparation + "\n" + calls.collect(Collectors.joining("\n")));
  }

  /** Runs single calls that change nothing, whether they go well or not. */
  void questions(String preparation, Stream<String> calls) throws IOException {
    table(preparation, calls, true);
  }

  private void table(String preparation, Stream<String> calls, boolean asking) throws IOException {
    List<String> failures = new ArrayList<>();
    boolean prepared = false;
    for (String call : (Iterable<String>) calls::iterator) {
      if (!prepared) {
        String failure = difference(preparation);
        if (failure != null) {
          throw new AssertionFailedError(failure);
        }
        pace(!asking);
      }
      List<String> answers = both(expand(call));
      prepared = asking || !answers.get(0).startsWith("ok");
      String failure = differenceOf(answers, !prepared);
      if (failure != null) {
        failures.add(call + "\n    " + failure);
        prepared = asking;
      }
    }
    if (prepared && !asking) {
      List<String> trees = both("tree");
      if (!trees.get(0).equals(trees.get(1))) {
        failures.add("calls that failed had effects\n    " + treeDifference(trees));
      }
    }
    if (!failures.isEmpty()) {
      throw new AssertionFailedError(
          failures.size()
              + " calls:\n"
              + String.join("\n", failures)
              + "\nafter\n"
              + preparation
              + daemonLog());
    }
  }

  /**
   * Makes files, mounts both sides anew for reading only, and runs calls there, after which the
   * mount is not good for anything else.
   */
  void readOnly(String preparation, Stream<String> calls) throws IOException {
    run(preparation);
    String directory = "script" + scripts + "/work";
    here.close();
    there.close();
    mounted.unmount();
    mounted.mount("--allow-other", "--read-only");
    Program.of("mount", "-o", "remount,ro,nosuid,nodev,relatime", reference).run().expect(0);
    here = SystemCalls.start(program, mounted.root().resolve(directory));
    there = SystemCalls.start(program, reference.resolve(directory));
    List<String> failures = new ArrayList<>();
    for (String call : (Iterable<String>) calls::iterator) {
      String failure = compare(expand(call), false);
      if (failure != null) {
        failures.add(call + "\n    " + failure);
      }
    }
    if (!failures.isEmpty()) {
      throw new AssertionFailedError(String.join("\n", failures) + daemonLog());
    }
  }

  private String daemonLog() {
    return "\nThe daemon's log ends:\n" + mounted.log();
  }

  /** Returns what differs, or null. */
  String difference(String script) throws IOException {
    start();
    List<String> trace = new ArrayList<>();
    boolean comparing = true;
    for (String line : script.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      boolean changes = !line.startsWith("=");
      if (comparing != changes) {
        comparing = changes;
        pace(comparing);
      }
      trace.add(line);
      String failure = compare(expand(changes ? line : line.substring(1).strip()), comparing);
      if (failure != null) {
        int from = Math.max(0, trace.size() - SHOWN_LINES);
        return String.join("\n  ", trace.subList(from, trace.size())) + "\n    " + failure + "\n";
      }
    }
    return null;
  }

  private void start() throws IOException {
    String name = "script" + ++scripts;
    for (SystemCalls side : List.of(here, there)) {
      Path parent = (side == here ? mounted.root() : reference).resolve(name);
      Path directory = Files.createDirectories(parent.resolve("work"));
      side.ok("reset " + directory);
      side.ok("chmod . 0777");
      side.ok("pace 1");
    }
    both("tree");
  }

  private void pace(boolean paced) throws IOException {
    both("pace " + (paced ? 1 : 0));
    if (paced) {
      both("tree");
    }
  }

  private String compare(String order, boolean withTree) throws IOException {
    return differenceOf(both(order), withTree);
  }

  private String differenceOf(List<String> answers, boolean withTree) throws IOException {
    String failure = null;
    if (!answers.get(0).equals(answers.get(1))) {
      failure = "here  " + answers.get(0) + "\n    there " + answers.get(1);
    } else if (withTree) {
      List<String> trees = both("tree");
      failure = trees.get(0).equals(trees.get(1)) ? null : treeDifference(trees);
    }
    return failure;
  }

  private List<String> both(String order) throws IOException {
    here.order(order);
    there.order(order);
    return List.of(here.answer(), there.answer());
  }

  private static String treeDifference(List<String> trees) {
    List<String> ours = new ArrayList<>(nodes(trees.get(0)));
    List<String> theirs = new ArrayList<>(nodes(trees.get(1)));
    List<String> same = new ArrayList<>(ours);
    same.retainAll(theirs);
    ours.removeAll(same);
    theirs.removeAll(same);
    return "here  "
        + String.join("\n          ", ours)
        + "\n    there "
        + String.join("\n          ", theirs);
  }

  private static List<String> nodes(String tree) {
    return Arrays.asList(tree.split(" \\| ", -1));
  }

  private static String expand(String line) {
    String[] parts = line.split("~", -1);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      text.append(i % 2 == 0 ? parts[i] : "x".repeat(Integer.parseInt(parts[i])));
    }
    return text.toString();
  }
}

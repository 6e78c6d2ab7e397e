package io.unicache.cli;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts this program again as a daemon: in a session of its own, so that the terminal's signals do
 * not reach it, with its errors in the log. The child says on its standard output in one line that
 * it is ready, or why not, and writes nothing there after that.
 */
final class DaemonLauncher {

  static final String READY = "ready";
  static final String ERROR = "error: ";

  private static final String CHILD_OPTION = "--daemon-child";
  private static final long EXIT_SECONDS = 10;

  /** Starting failed; the message is the child's. */
  static final class LaunchException extends IOException {
    private static final long serialVersionUID = 1L;

    LaunchException(String message) {
      super(message);
    }
  }

  private final Path store;

  DaemonLauncher(Path store) {
    this.store = store;
  }

  /**
   * Starts a daemon and returns when it serves. If this process is told to end meanwhile, so is it.
   */
  void launch(List<String> mountArguments) throws IOException {
    Path log = DaemonLog.of(store);
    Files.createDirectories(log.getParent());
    List<String> command = new ArrayList<>(setsid());
    command.addAll(thisProgram());
    command.add("mount");
    command.addAll(mountArguments);
    command.add(CHILD_OPTION);
    await(
        new ProcessBuilder(command)
            .directory(log.getParent().toFile()) // Not one that someone wants to unmount or remove.
            .redirectInput(new File("/dev/null"))
            .redirectError(Redirect.appendTo(log.toFile())),
        log);
  }

  /** Starts a child and reads its line. */
  static void await(ProcessBuilder builder, Path log) throws IOException {
    Process child = builder.start();
    Thread hook = new Thread(child::destroy, "unicache-stop-child");
    Runtime.getRuntime().addShutdownHook(hook);
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), Charset.defaultCharset()))) {
      String line = lines.readLine();
      while (line != null && !line.equals(READY) && !line.startsWith(ERROR)) {
        line = lines.readLine(); // The launcher may have something to say: that it builds, say.
      }
      if (line == null) {
        throw new LaunchException(
            "the daemon ended " + exitStatus(child) + "without saying why; its log is " + log);
      }
      if (line.startsWith(ERROR)) {
        throw new LaunchException(line.substring(ERROR.length()));
      }
    } finally {
      removeHook(hook);
    }
  }

  private static String exitStatus(Process child) {
    try {
      return child.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)
          ? "with status " + child.exitValue() + " "
          : "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      System.getLogger(DaemonLauncher.class.getName())
          .log(System.Logger.Level.DEBUG, "ending already; the daemon is told to end", e);
    }
  }

  private static List<String> setsid() {
    for (String directory : System.getenv().getOrDefault("PATH", "/usr/bin").split(":", -1)) {
      Path program = Path.of(directory, "setsid");
      if (Files.isExecutable(program)) {
        return List.of(program.toString());
      }
    }
    return List.of(); // No Linux: Ctrl-C in this terminal would end the daemon, in order.
  }

  private static List<String> thisProgram() {
    String launcher = System.getProperty("unicache.launcher", "");
    if (!launcher.isEmpty()) {
      return List.of(launcher);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-cp");
    command.add(absoluteClassPath());
    command.add(Main.class.getName());
    return command;
  }

  private static String absoluteClassPath() {
    List<String> entries = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      entries.add(new File(entry).getAbsolutePath());
    }
    return String.join(File.pathSeparator, entries);
  }
}

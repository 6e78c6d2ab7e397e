package io.unicache.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.logging.LogManager;

/**
 * What a command shows of the log: nothing, as what a person has to know is said in one line by the
 * command itself; but all with {@code --debug}, and what a daemon would log if it stays in the
 * foreground. The JDK makes this class when something is logged first, so that other commands need
 * not load the logging.
 */
public final class LogSettings {

  private static final String LEVEL = "unicache.log.level";

  /** Called by the JDK, as {@code java.util.logging.config.class}. */
  public LogSettings() throws IOException {
    String level = System.getProperty(LEVEL, "OFF");
    String settings =
        "handlers=java.util.logging.ConsoleHandler\n"
            + "java.util.logging.ConsoleHandler.level=ALL\n"
            + ".level=INFO\n"
            + "io.unicache.level="
            + level
            + "\n";
    LogManager.getLogManager()
        .readConfiguration(
            new ByteArrayInputStream(settings.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** Chooses the level for a command line; {@link DaemonLog#install} overrides it. */
  static void prepare(String[] args, String debugVariable) {
    System.setProperty("java.util.logging.config.class", LogSettings.class.getName());
    System.setProperty(LEVEL, level(Arrays.asList(args), debugVariable));
  }

  static String level(List<String> args, String debugVariable) {
    if (args.contains("--debug") || "1".equals(debugVariable)) {
      return "FINE";
    }
    return args.contains("-f") || args.contains("--foreground") ? "INFO" : "OFF";
  }
}

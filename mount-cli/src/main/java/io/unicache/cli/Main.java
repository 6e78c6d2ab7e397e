package io.unicache.cli;

import io.unicache.store.StoreAccess;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The program {@code unicache}. Exit status 0: done; 1: failed, with one line on standard error; 2:
 * wrong usage.
 */
public final class Main {

  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  public static void main(String[] args) {
    LogSettings.prepare(args, System.getenv("UNICACHE_DEBUG"));
    System.exit(run(CliIo.system(), StoreAccess::open, FuseMounter::new, args));
  }

  /** Runs a command and returns its exit status. */
  static int run(CliIo io, Services services, Supplier<Mounter> mounters, String... args) {
    UniCacheCommand root = new UniCacheCommand(io, services, mounters);
    CommandLine line = new CommandLine(root);
    line.setOut(new PrintWriter(io.out(), true, Charset.defaultCharset()))
        .setErr(new PrintWriter(io.err(), true, Charset.defaultCharset()))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler((e, command, parsed) -> failed(e, root));
    int status = line.execute(args);
    boolean written = !io.out().checkError(); // Flushes. False if the reader has gone.
    return status == DONE && !written ? FAILED : status;
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("unicache: " + oneLine(e.getMessage()));
    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return WRONG_USAGE;
  }

  private static int failed(Exception e, UniCacheCommand root) {
    root.io().out().flush(); // What was done comes before what was not.
    root.io().err().println("unicache: " + describe(e));
    if (root.debug()) {
      e.printStackTrace(root.io().err());
    }
    return FAILED;
  }

  /** Returns what to tell a person, in one line. */
  static String describe(Throwable e) {
    if (e instanceof CacheException) {
      return oneLine(String.valueOf(e.getMessage()));
    }
    if (e instanceof UncheckedIOException && e.getCause() != null) {
      return describe(e.getCause());
    }
    if (e instanceof FileSystemException file && file.getReason() == null) {
      return oneLine(file.getFile() + ": " + reason(file));
    }
    if (e instanceof IOException) {
      return oneLine(String.valueOf(e.getMessage()));
    }
    return oneLine("internal error (" + e + "); run it again with --debug and report what it says");
  }

  /** The JDK's most common file errors have no message but their class. */
  private static String reason(FileSystemException e) {
    return switch (e.getClass().getSimpleName()) {
      case "NoSuchFileException" -> "no such file or directory";
      case "AccessDeniedException" -> "permission denied";
      case "FileAlreadyExistsException" -> "it exists, and is no directory";
      default -> e.getClass().getSimpleName();
    };
  }

  static String oneLine(String text) {
    return text.replaceAll("\\s*\\R\\s*", " ");
  }

  private Main() {}
}

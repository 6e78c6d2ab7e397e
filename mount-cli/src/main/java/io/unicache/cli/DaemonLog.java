package io.unicache.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.logging.ErrorManager;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/**
 * The daemon's log: {@code <store>/log/daemon.log}, and the one before it, {@code daemon.log.1};
 * both together never take more than twice {@link #MAX_BYTES}.
 */
final class DaemonLog extends Handler {

  static final long MAX_BYTES = 4 << 20;

  private final Path file;
  private final long maxBytes;
  private OutputStream out;
  private long size;

  DaemonLog(Path file, long maxBytes) throws IOException {
    this.file = file;
    this.maxBytes = maxBytes;
    setFormatter(new SimpleFormatter());
    open();
  }

  /** Returns where a store's daemon logs. */
  static Path of(Path store) {
    return store.resolve("log").resolve("daemon.log");
  }

  /** Sends everything that this process logs there, and nowhere else. */
  static void install(Path store) throws IOException {
    Path file = of(store);
    Files.createDirectories(file.getParent());
    LogManager.getLogManager().reset();
    Logger.getLogger("io.unicache").setLevel(null); // As the root's: INFO.
    Logger.getLogger("").addHandler(new DaemonLog(file, MAX_BYTES));
  }

  @Override
  public synchronized void publish(LogRecord logged) {
    if (!isLoggable(logged)) {
      return;
    }
    try {
      byte[] text = getFormatter().format(logged).getBytes(StandardCharsets.UTF_8);
      if (size > 0 && size + text.length > maxBytes) {
        rotate();
      }
      out.write(text);
      size += text.length;
    } catch (IOException e) {
      reportError("writing " + file, e, ErrorManager.WRITE_FAILURE);
    }
  }

  @Override
  public void flush() {} // Nothing is kept back.

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      reportError("closing " + file, e, ErrorManager.CLOSE_FAILURE);
    }
  }

  private void rotate() throws IOException {
    out.close();
    Files.move(
        file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    open();
  }

  private void open() throws IOException {
    out =
        Files.newOutputStream(
            file, StandardOpenOption.CREATE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
    size = Files.size(file);
  }
}

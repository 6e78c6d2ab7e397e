package io.unicache.fs.control;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.Errno;
import io.unicache.fs.ops.FileSystemException;
import io.unicache.fs.ops.FileSystemOps;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What one handle writes to {@code control}: cut into lines, read as commands, started. A write
 * starts all of its complete lines or none. Thread-safe.
 */
final class ControlInput {

  /** Longest line in bytes. */
  static final int MAX_LINE_BYTES = 64 << 10;

  private final FileSystemOps files;
  private final CommandRunner runner;
  private final CommandLog log;

  /** The beginning of a line whose end has not come yet. */
  private byte[] pending = new byte[0];

  ControlInput(FileSystemOps files, CommandRunner runner, CommandLog log) {
    this.files = files;
    this.runner = runner;
    this.log = log;
  }

  /** Takes all of the buffer. Throws EINVAL for what is no command, EEXIST, EAGAIN. */
  synchronized int write(ByteBuffer from) throws FileSystemException {
    int count = from.remaining();
    ByteArrayOutputStream line = new ByteArrayOutputStream(pending.length + 128);
    line.writeBytes(pending);
    List<String> lines = new ArrayList<>();
    for (int i = from.position(); i < from.limit(); i++) {
      byte b = from.get(i);
      if (b == '\n') {
        lines.add(line.toString(StandardCharsets.UTF_8));
        line.reset();
      } else {
        line.write(b);
      }
      if (line.size() > MAX_LINE_BYTES) {
        pending = new byte[0];
        throw refused("a line of more than " + MAX_LINE_BYTES + " bytes", "…", Errno.EINVAL);
      }
    }
    start(lines);
    // Only now: after EAGAIN the program may write the same bytes once more.
    pending = line.toByteArray();
    from.position(from.limit());
    return count;
  }

  /** The descriptor was closed: what is left is a line, though without an end. */
  synchronized void flush() throws FileSystemException {
    String rest = new String(pending, StandardCharsets.UTF_8);
    pending = new byte[0];
    start(List.of(rest));
  }

  private void start(List<String> lines) throws FileSystemException {
    List<Command> accepted = new ArrayList<>();
    for (String line : lines) {
      if (!line.isBlank()) {
        accepted.add(checked(line));
      }
    }
    if (!accepted.isEmpty()) {
      runner.start(accepted);
    }
  }

  private Command checked(String line) throws FileSystemException {
    Command command;
    try {
      command = Command.parse(line);
    } catch (InvalidCommandException e) {
      pending = new byte[0];
      throw refused(e.getMessage(), line, Errno.EINVAL);
    }
    if (command instanceof Command.Download download && !download.chosen()) {
      checkFree(download, line);
    }
    return command;
  }

  private void checkFree(Command.Download download, String line) throws FileSystemException {
    byte[] name = download.path().substring(1).getBytes(StandardCharsets.UTF_8);
    Attributes existing;
    try {
      existing = files.lookup(FileSystemOps.ROOT, name, Caller.ROOT);
    } catch (FileSystemException e) {
      if (e.errno() == Errno.ENOENT) {
        return;
      }
      throw e;
    }
    pending = new byte[0];
    String reason = download.path() + " exists (inode " + existing.inode() + "); say another path";
    throw refused(reason, line, Errno.EEXIST);
  }

  private FileSystemException refused(String reason, String line, Errno errno) {
    log.add(line.strip()).failed(reason);
    return new FileSystemException(errno, reason);
  }
}

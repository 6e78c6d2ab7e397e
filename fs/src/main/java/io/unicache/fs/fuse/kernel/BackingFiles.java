package io.unicache.fs.fuse.kernel;

import java.nio.file.Path;

/** Files that the kernel reads by itself; tests put others in their place. Thread-safe. */
interface BackingFiles {

  /**
   * Has the kernel know a file.
   *
   * @return an ID for it, or a negative errno; {@code -ENOENT} if the file is not there
   */
  int open(Path file);

  /** Gives an ID back; what is open by it stays open. */
  void close(int id);
}

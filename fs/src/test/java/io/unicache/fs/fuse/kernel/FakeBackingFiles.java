package io.unicache.fs.fuse.kernel;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Counts files instead of opening them. */
final class FakeBackingFiles implements BackingFiles {

  final List<String> calls = new ArrayList<>();

  /** Negative: what {@link #open} returns instead of an ID. */
  volatile int errno;

  /** Whether {@link #open} has a bug. */
  volatile boolean broken;

  private int last;

  @Override
  public synchronized int open(Path file) {
    if (broken) {
      throw new IllegalStateException("prepared");
    }
    calls.add("open " + file);
    return errno < 0 ? errno : ++last;
  }

  @Override
  public synchronized void close(int id) {
    calls.add("close " + id);
  }
}

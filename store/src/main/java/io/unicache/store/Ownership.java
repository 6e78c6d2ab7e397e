package io.unicache.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whose a store is: its directory's owner also owns a new tree's root directory. */
final class Ownership {

  private Ownership() {}

  static int uid(Path directory) {
    return attribute(directory, "unix:uid");
  }

  static int gid(Path directory) {
    return attribute(directory, "unix:gid");
  }

  private static int attribute(Path directory, String name) {
    try {
      return (Integer) Files.getAttribute(directory, name);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return 0; // a system without numeric owners
    }
  }
}

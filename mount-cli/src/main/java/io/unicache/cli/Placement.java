package io.unicache.cli;

import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** Options of commands that bring files in: what they are to be called, and where they go. */
final class Placement {

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "A name of your own for the file, instead of its content ID.")
  private String id;

  @Option(
      names = "--as",
      paramLabel = "PATH",
      description = "Where to put it in the mounted tree; with a / at the end, the directory.")
  private String as;

  @Option(names = "--replace", description = "Replace the file that has that ID or path.")
  private boolean replace;

  Optional<String> id() {
    return Optional.ofNullable(id);
  }

  /** Returns the path in the tree, made by {@code toPath} of what was given. */
  Optional<String> path(UnaryOperator<String> toPath) {
    return Optional.ofNullable(as).map(toPath);
  }

  /** Tells whether a directory was given rather than a path. */
  boolean namesDirectory() {
    return as != null && as.endsWith("/");
  }

  boolean hasPath() {
    return as != null;
  }

  boolean replaces() {
    return replace;
  }
}

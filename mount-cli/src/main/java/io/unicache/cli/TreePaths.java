package io.unicache.cli;

/** Paths in the mounted tree, as people write them. */
final class TreePaths {

  /** Returns the path from the root: "a/b" and "/a/b" are the same. */
  static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }

  /** Returns where a file goes that is stored "as" {@code to}. */
  static String place(String to, String name, boolean intoDirectory) {
    String path = absolute(to);
    if (!intoDirectory) {
      return path;
    }
    return path.endsWith("/") ? path + name : path + "/" + name;
  }

  private TreePaths() {}
}

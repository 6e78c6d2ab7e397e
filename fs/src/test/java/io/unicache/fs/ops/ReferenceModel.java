package io.unicache.fs.ops;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a file system is to do, as simply as it can be said: directories are maps, contents are
 * arrays, hard links are two names of one object.
 */
final class ReferenceModel {

  /** A file or a directory. */
  static final class Node {
    final Map<String, Node> children;
    byte[] content = new byte[0];
    int links;

    private Node(boolean directory) {
      children = directory ? new TreeMap<>() : null;
    }

    boolean isDirectory() {
      return children != null;
    }
  }

  final Node root = new Node(true);

  Optional<Errno> create(Node parent, String name) {
    return make(parent, name, false);
  }

  Optional<Errno> mkdir(Node parent, String name) {
    return make(parent, name, true);
  }

  private static Optional<Errno> make(Node parent, String name, boolean directory) {
    if (parent.children.containsKey(name)) {
      return Optional.of(Errno.EEXIST);
    }
    Node made = new Node(directory);
    made.links = 1;
    parent.children.put(name, made);
    return Optional.empty();
  }

  Optional<Errno> unlink(Node parent, String name) {
    Node node = parent.children.get(name);
    if (node == null) {
      return Optional.of(Errno.ENOENT);
    }
    if (node.isDirectory()) {
      return Optional.of(Errno.EISDIR);
    }
    parent.children.remove(name);
    node.links--;
    return Optional.empty();
  }

  Optional<Errno> rmdir(Node parent, String name) {
    Node node = parent.children.get(name);
    if (node == null) {
      return Optional.of(Errno.ENOENT);
    }
    if (!node.isDirectory()) {
      return Optional.of(Errno.ENOTDIR);
    }
    if (!node.children.isEmpty()) {
      return Optional.of(Errno.ENOTEMPTY);
    }
    parent.children.remove(name);
    return Optional.empty();
  }

  Optional<Errno> link(Node node, Node parent, String name) {
    if (parent.children.containsKey(name)) {
      return Optional.of(Errno.EEXIST);
    }
    parent.children.put(name, node);
    node.links++;
    return Optional.empty();
  }

  Optional<Errno> rename(Node from, String name, Node to, String newName) {
    Node node = from.children.get(name);
    Node target = to.children.get(newName);
    if (node == null) {
      return Optional.of(Errno.ENOENT);
    }
    if (node == target) {
      return Optional.empty();
    }
    if (node.isDirectory() && contains(node, to)) {
      return Optional.of(Errno.EINVAL);
    }
    if (target != null) {
      if (node.isDirectory() != target.isDirectory()) {
        return Optional.of(target.isDirectory() ? Errno.EISDIR : Errno.ENOTDIR);
      }
      if (target.isDirectory() && !target.children.isEmpty()) {
        return Optional.of(Errno.ENOTEMPTY);
      }
      target.links--;
    }
    from.children.remove(name);
    to.children.put(newName, node);
    return Optional.empty();
  }

  private static boolean contains(Node outer, Node inner) {
    return outer == inner
        || outer.children.values().stream()
            .anyMatch(child -> child.isDirectory() && contains(child, inner));
  }

  static void write(Node file, int offset, byte[] bytes) {
    int end = offset + bytes.length;
    if (end > file.content.length) {
      file.content = Arrays.copyOf(file.content, end);
    }
    System.arraycopy(bytes, 0, file.content, offset, bytes.length);
  }

  static void truncate(Node file, int size) {
    file.content = Arrays.copyOf(file.content, size);
  }
}

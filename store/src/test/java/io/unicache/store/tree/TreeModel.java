package io.unicache.store.tree;

import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.Inode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What POSIX says of a namespace, as simply as it can be said: nodes that know their children. The
 * tree under test is compared with it.
 */
final class TreeModel {

  /** A rule was broken. */
  static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final Reason reason;

    Broken(Reason reason) {
      super(reason.name());
      this.reason = reason;
    }
  }

  static final class Node {
    final Inode.Type type;
    final Map<String, Node> children = new TreeMap<>();
    long number;
    Node parent;
    boolean removed;
    boolean neverNamed;
    int holds;

    Node(Inode.Type type) {
      this.type = type;
    }

    boolean isDirectory() {
      return type == Inode.Type.DIRECTORY;
    }

    /** Whether this is {@code other} or above it. */
    boolean contains(Node other) {
      for (Node at = other; at != null; at = at.parent) {
        if (at == this) {
          return true;
        }
      }
      return false;
    }
  }

  final Map<Long, Node> nodes = new HashMap<>();
  final Node root = new Node(Inode.Type.DIRECTORY);

  TreeModel() {
    root.number = Inode.ROOT;
    nodes.put(root.number, root);
  }

  Node node(long number) {
    Node node = nodes.get(number);
    if (node == null) {
      throw new Broken(Reason.STALE);
    }
    return node;
  }

  private Node directory(long number) {
    Node node = node(number);
    if (!node.isDirectory()) {
      throw new Broken(Reason.NOT_A_DIRECTORY);
    }
    return node;
  }

  private Node live(long number) {
    Node node = directory(number);
    if (node.removed) {
      throw new Broken(Reason.NOT_FOUND);
    }
    return node;
  }

  Node lookup(long directory, String name) {
    Node child = directory(directory).children.get(name);
    if (child == null) {
      throw new Broken(Reason.NOT_FOUND);
    }
    return child;
  }

  /** Makes a node; the caller sets its number and calls {@link #register}. */
  Node create(long directory, String name, Inode.Type type) {
    Node parent = live(directory);
    if (parent.children.containsKey(name)) {
      throw new Broken(Reason.EXISTS);
    }
    Node node = new Node(type);
    node.parent = type == Inode.Type.DIRECTORY ? parent : null;
    parent.children.put(name, node);
    return node;
  }

  Node createUnnamed(long directory) {
    live(directory);
    Node node = new Node(Inode.Type.REGULAR);
    node.neverNamed = true;
    node.holds = 1;
    return node;
  }

  void register(Node node, long number) {
    node.number = number;
    nodes.put(number, node);
  }

  void link(long number, long directory, String name) {
    Node node = node(number);
    if (node.isDirectory()) {
      throw new Broken(Reason.NOT_PERMITTED);
    }
    Node parent = live(directory);
    if (parent.children.containsKey(name)) {
      throw new Broken(Reason.EXISTS);
    }
    if (links(node) == 0 && !node.neverNamed) {
      throw new Broken(Reason.NOT_FOUND);
    }
    node.neverNamed = false;
    parent.children.put(name, node);
  }

  void unlink(long directory, String name) {
    Node node = lookup(directory, name);
    if (node.isDirectory()) {
      throw new Broken(Reason.IS_A_DIRECTORY);
    }
    directory(directory).children.remove(name);
    letGo(node);
  }

  void removeDirectory(long directory, String name) {
    Node node = lookup(directory, name);
    if (!node.isDirectory()) {
      throw new Broken(Reason.NOT_A_DIRECTORY);
    }
    if (!node.children.isEmpty()) {
      throw new Broken(Reason.NOT_EMPTY);
    }
    directory(directory).children.remove(name);
    node.removed = true;
    letGo(node);
  }

  void rename(long from, String name, long to, String newName, Tree.RenameMode mode) {
    Node source = lookup(from, name);
    Node target = live(to).children.get(newName);
    if (mode == Tree.RenameMode.NO_REPLACE && target != null) {
      throw new Broken(Reason.EXISTS);
    }
    boolean exchange = mode == Tree.RenameMode.EXCHANGE;
    if (exchange && target == null) {
      throw new Broken(Reason.NOT_FOUND);
    }
    if (source.isDirectory() && source.contains(node(to))) {
      throw new Broken(Reason.INVALID);
    }
    if (target != null && target.isDirectory() && target.contains(node(from))) {
      throw new Broken(exchange ? Reason.INVALID : Reason.NOT_EMPTY);
    }
    if (target == source) {
      return;
    }
    if (!exchange && target != null) {
      checkReplace(source, target);
    }
    put(to, newName, source);
    if (exchange) {
      put(from, name, target);
    } else {
      node(from).children.remove(name);
      if (target != null) {
        target.removed = true;
        letGo(target);
      }
    }
  }

  private static void checkReplace(Node source, Node target) {
    if (source.isDirectory() && !target.isDirectory()) {
      throw new Broken(Reason.NOT_A_DIRECTORY);
    }
    if (!source.isDirectory() && target.isDirectory()) {
      throw new Broken(Reason.IS_A_DIRECTORY);
    }
    if (!target.children.isEmpty()) {
      throw new Broken(Reason.NOT_EMPTY);
    }
  }

  private void put(long directory, String name, Node node) {
    node(directory).children.put(name, node);
    if (node.isDirectory()) {
      node.parent = node(directory);
    }
  }

  void drop(Node node) {
    node.holds--;
    letGo(node);
  }

  private void letGo(Node node) {
    if (node.holds == 0 && links(node) == 0) {
      nodes.remove(node.number);
    }
  }

  /** What a crash, or closing, does: nobody holds anything. */
  void dropAll() {
    for (Node node : List.copyOf(nodes.values())) {
      node.holds = 0;
      letGo(node);
    }
  }

  /** Returns st_nlink, by counting. */
  int links(Node node) {
    if (node.isDirectory()) {
      boolean gone = node != root && !node.parent.children.containsValue(node);
      return gone ? 0 : 2 + (int) node.children.values().stream().filter(Node::isDirectory).count();
    }
    int links = 0;
    Set<Node> seen = new HashSet<>();
    List<Node> left = new ArrayList<>(List.of(root));
    while (!left.isEmpty()) {
      Node at = left.remove(left.size() - 1);
      if (seen.add(at)) {
        for (Node child : at.children.values()) {
          links += child == node ? 1 : 0;
          left.add(child);
        }
      }
    }
    return links;
  }

  /** Returns the paths of a node, sorted. */
  List<String> paths(Node wanted) {
    List<String> paths = new ArrayList<>();
    collect(root, "", wanted, paths);
    paths.sort(null);
    return paths;
  }

  private static void collect(Node at, String path, Node wanted, List<String> paths) {
    if (at == wanted) {
      paths.add(path.isEmpty() ? "/" : path);
    }
    at.children.forEach((name, child) -> collect(child, path + "/" + name, wanted, paths));
  }
}

package io.unicache.store.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random operations on the tree and on {@link TreeModel}: both must say the same all the time. */
class TreeModelTest {

  private static final List<Tree.RenameMode> MODES = List.of(Tree.RenameMode.values());

  private static final Tree.NewFile FILE = new Tree.NewFile(0644, 1000, 1000);
  private static final int OPERATIONS = 1500;

  /** An operation on the tree; returns an inode if it makes one. */
  private interface OnTree {
    Inode run() throws CacheException;
  }

  private interface OnModel {
    TreeModel.Node run();
  }

  @TempDir Path directory;
  private MetaStore meta;
  private Tree tree;
  private final TreeModel model = new TreeModel();
  private final Set<Reason> met = EnumSet.noneOf(Reason.class);
  private Random random;
  private final List<Long> everMade = new ArrayList<>(List.of(Inode.ROOT));

  @BeforeEach
  void open() throws CacheException {
    meta = MetaStore.open(directory);
    tree = Tree.open(meta, Clock.systemUTC(), 0, 0);
  }

  @AfterEach
  void close() throws CacheException {
    meta.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void treeDoesWhatTheModelSays(int seed) throws CacheException {
    random = new Random(seed);
    for (int i = 0; i < OPERATIONS; i++) {
      operate();
      if (i % 100 == 0) {
        assertSame();
      }
      if (i % 500 == 499) {
        close();
        open();
        model.dropAll();
        assertSame();
      }
    }
    assertEquals(
        EnumSet.of(
            Reason.NOT_FOUND,
            Reason.EXISTS,
            Reason.NOT_A_DIRECTORY,
            Reason.IS_A_DIRECTORY,
            Reason.NOT_EMPTY,
            Reason.INVALID,
            Reason.NOT_PERMITTED,
            Reason.STALE),
        met,
        "errors that the operations have met");
  }

  private void operate() throws CacheException {
    long a = anyDirectory();
    long b = anyDirectory();
    String name = anyName();
    String other = anyName();
    switch (random.nextInt(14)) {
      case 0, 1, 2 ->
          both(
              () -> tree.createDirectory(a, Name.of(name), FILE),
              () -> model.create(a, name, Inode.Type.DIRECTORY));
      case 3, 4 ->
          both(
              () -> tree.createFile(a, Name.of(name), Inode.Type.REGULAR, 0, FILE),
              () -> model.create(a, name, Inode.Type.REGULAR));
      case 5 ->
          both(
              () -> tree.createSymlink(a, Name.of(name), "to", FILE),
              () -> model.create(a, name, Inode.Type.SYMLINK));
      case 6 -> both(() -> tree.createUnnamed(a, FILE), () -> model.createUnnamed(a));
      case 7 -> {
        long number = anything();
        both(
            () -> nothing(tree.link(number, a, Name.of(name))),
            () -> nothing(() -> model.link(number, a, name)));
      }
      case 8 ->
          both(
              () -> nothing(tree.unlink(a, Name.of(name))),
              () -> nothing(() -> model.unlink(a, name)));
      case 9 ->
          both(
              () -> nothing(tree.removeDirectory(a, Name.of(name))),
              () -> nothing(() -> model.removeDirectory(a, name)));
      case 10, 11 -> rename(a, name, b, other);
      case 12 -> hold(anything());
      default -> dropSomething();
    }
  }

  private void rename(long from, String name, long to, String newName) throws CacheException {
    Tree.RenameMode mode = MODES.get(random.nextInt(MODES.size()));
    both(
        () -> nothing(tree.rename(from, Name.of(name), to, Name.of(newName), mode).moved()),
        () -> nothing(() -> model.rename(from, name, to, newName, mode)));
  }

  private void hold(long number) throws CacheException {
    both(
        () -> {
          tree.hold(number);
          return null;
        },
        () -> nothing(() -> model.node(number).holds++));
  }

  private void dropSomething() throws CacheException {
    List<TreeModel.Node> held =
        model.nodes.values().stream().filter(node -> node.holds > 0).toList();
    if (!held.isEmpty()) {
      TreeModel.Node node = held.get(random.nextInt(held.size()));
      tree.drop(node.number);
      model.drop(node);
    }
  }

  private static Inode nothing(Inode ignored) {
    assertFalse(ignored == null);
    return null;
  }

  private static TreeModel.Node nothing(Runnable action) {
    action.run();
    return null;
  }

  /** Runs both and compares the outcome. */
  private void both(OnTree onTree, OnModel onModel) throws CacheException {
    Reason expected = null;
    TreeModel.Node node = null;
    try {
      node = onModel.run();
    } catch (TreeModel.Broken e) {
      expected = e.reason;
      met.add(expected);
    }
    Reason found = null;
    Inode inode = null;
    try {
      inode = onTree.run();
    } catch (Namespace e) {
      found = e.reason();
    }
    assertEquals(expected, found);
    if (node != null) {
      model.register(node, inode.number());
      everMade.add(inode.number());
    }
  }

  /** Mostly a directory, now and then anything at all. */
  private long anyDirectory() {
    if (random.nextInt(20) == 0) {
      return anything();
    }
    List<Long> directories =
        model.nodes.values().stream()
            .filter(TreeModel.Node::isDirectory)
            .map(node -> node.number)
            .sorted()
            .toList();
    return directories.get(random.nextInt(Math.min(directories.size(), 12)));
  }

  /** An inode that there is or was. */
  private long anything() {
    return everMade.get(random.nextInt(everMade.size()));
  }

  private String anyName() {
    return String.valueOf((char) ('a' + random.nextInt(5)));
  }

  private void assertSame() throws CacheException {
    Map<Long, Inode> inodes = new HashMap<>();
    meta.forEachInode(
        inode -> {
          inodes.put(inode.number(), inode);
          return true;
        });
    assertEquals(model.nodes.keySet(), inodes.keySet());
    for (TreeModel.Node node : model.nodes.values()) {
      Inode inode = inodes.get(node.number);
      assertEquals(node.type, inode.type());
      assertEquals(model.links(node), inode.links(), "links of " + inode);
      if (node.isDirectory()) {
        Map<String, Long> children = new HashMap<>();
        node.children.forEach((name, child) -> children.put(name, child.number));
        assertEquals(children, listed(node.number));
        if (node != model.root && !node.removed) {
          assertEquals(node.parent.number, inode.parent());
        }
      }
    }
    TreeModel.Node any = model.nodes.get(anythingLive());
    assertEquals(model.paths(any), tree.pathsOf(any.number));
    assertEquals(meta.totals(), meta.recount());
  }

  private long anythingLive() {
    List<Long> numbers = model.nodes.keySet().stream().sorted().toList();
    return numbers.get(random.nextInt(numbers.size()));
  }

  private Map<String, Long> listed(long number) throws CacheException {
    Map<String, Long> listed = new HashMap<>();
    for (DirectoryEntry entry : tree.list(number, 0, 100)) {
      assertEquals(entry, meta.entry(number, entry.name()).orElseThrow());
      assertEquals(entry.inode(), tree.lookup(number, entry.name()).number());
      listed.put(entry.name().toString(), entry.inode());
    }
    return listed;
  }

  @Test
  void listingSeesWhatStaysExactlyOnce() throws CacheException {
    random = new Random(5);
    for (int i = 0; i < 100; i++) {
      tree.createFile(Inode.ROOT, Name.of("stays" + i), Inode.Type.REGULAR, 0, FILE);
      tree.createFile(Inode.ROOT, Name.of("goes" + i), Inode.Type.REGULAR, 0, FILE);
    }
    List<String> seen = new ArrayList<>();
    long cookie = 0;
    int round = 0;
    while (true) {
      List<DirectoryEntry> page = tree.list(Inode.ROOT, cookie, 7);
      page.stream().map(entry -> entry.name().toString()).forEach(seen::add);
      if (page.size() < 7) {
        break;
      }
      cookie = page.get(page.size() - 1).cookie();
      disturb(round++);
    }
    for (int i = 0; i < 100; i++) {
      String name = "stays" + i;
      assertEquals(1, seen.stream().filter(name::equals).count(), name);
    }
  }

  /** Removes, adds, replaces and exchanges; every "stays" name is there all the while. */
  private void disturb(int round) throws CacheException {
    Name goes = Name.of("goes" + round);
    tree.rename(
        Inode.ROOT,
        goes,
        Inode.ROOT,
        Name.of("stays" + random.nextInt(100)),
        Tree.RenameMode.REPLACE);
    tree.rename(
        Inode.ROOT,
        Name.of("stays" + random.nextInt(100)),
        Inode.ROOT,
        Name.of("stays" + random.nextInt(100)),
        Tree.RenameMode.EXCHANGE);
    tree.createFile(Inode.ROOT, Name.of("z" + round), Inode.Type.REGULAR, 0, FILE);
    tree.unlink(Inode.ROOT, Name.of("goes" + (99 - round)));
  }
}

package io.unicache.fs.ops;

import static io.unicache.fs.ops.TestFileSystem.ALICE;
import static io.unicache.fs.ops.TestFileSystem.BLOCK;
import static io.unicache.fs.ops.TestFileSystem.name;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.FileSystemOps.Entry;
import io.unicache.fs.ops.ReferenceModel.Node;
import io.unicache.store.StoreConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Does the same random operations to a file system and to {@link ReferenceModel}, and compares
 * results, errors and, now and then, everything; the store is closed and opened in between.
 */
class RandomOperationsTest {

  private static final int OPERATIONS = 240;
  private static final int REOPEN_EVERY = 100;
  private static final int COMPARE_EVERY = 40;
  private static final int MAX_FILE = 2 * BLOCK;

  @TempDir Path temporary;

  private Random random;
  private TestFileSystem t;
  private ReferenceModel model;

  /** Inode numbers of the model's nodes. */
  private final IdentityHashMap<Node, Long> inodes = new IdentityHashMap<>();

  /** Handles that are open, with the model's node; a node may have no name any more. */
  private final Map<Long, Node> handles = new HashMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void behavesLikeTheModel(long seed) throws Exception {
    random = new Random(seed);
    model = new ReferenceModel();
    inodes.put(model.root, FileSystemOps.ROOT);
    open();
    for (int i = 1; i <= OPERATIONS; i++) {
      step();
      if (i % COMPARE_EVERY == 0) {
        compare(model.root);
      }
      if (i % REOPEN_EVERY == 0) {
        closeHandles();
        t.close();
        open();
        compare(model.root);
      }
    }
    closeHandles();
    compare(model.root);
    t.close();
  }

  private void open() throws Exception {
    t = new TestFileSystem(StoreConfig.at(temporary.resolve("store")).withBlockSize(BLOCK));
  }

  private void step() throws Exception {
    Node parent = pick(directories());
    String name = "n" + random.nextInt(5);
    long directory = inodes.get(parent);
    byte[] bytes = name(name);
    switch (random.nextInt(13)) {
      case 0, 1 -> {
        Optional<Errno> expected = model.create(parent, name);
        Optional<Errno> actual =
            outcome(() -> t.fs.mknod(directory, bytes, 0644, 0, ALICE).inode());
        note(expected, actual, parent, name);
      }
      case 2 -> {
        Optional<Errno> expected = model.mkdir(parent, name);
        note(expected, outcome(() -> t.fs.mkdir(directory, bytes, 0755, ALICE)), parent, name);
      }
      case 3 ->
          assertEquals(
              model.unlink(parent, name), outcome(() -> unlink(directory, bytes)), "unlink");
      case 4 ->
          assertEquals(model.rmdir(parent, name), outcome(() -> rmdir(directory, bytes)), "rmdir");
      case 5 -> rename(parent, name);
      case 6 -> link(parent, name);
      case 7, 8, 9, 10 -> write();
      case 11 -> truncate();
      default -> openOrClose();
    }
  }

  private int unlink(long directory, byte[] name) throws FileSystemException {
    t.fs.unlink(directory, name, ALICE);
    return 0;
  }

  private int rmdir(long directory, byte[] name) throws FileSystemException {
    t.fs.rmdir(directory, name, ALICE);
    return 0;
  }

  private void rename(Node from, String name) {
    Node to = pick(directories());
    String newName = "n" + random.nextInt(5);
    Optional<Errno> expected = model.rename(from, name, to, newName);
    Optional<Errno> actual =
        outcome(
            () -> {
              t.fs.rename(inodes.get(from), name(name), inodes.get(to), name(newName), 0, ALICE);
              return 0;
            });
    assertEquals(expected, actual, "rename");
  }

  private void link(Node parent, String name) {
    List<Node> files = files();
    if (!files.isEmpty()) {
      Node file = pick(files);
      long inode = inodes.get(file);
      Optional<Errno> expected = model.link(file, parent, name);
      assertEquals(
          expected, outcome(() -> t.fs.link(inode, inodes.get(parent), name(name), ALICE)), "link");
    }
  }

  private void write() throws Exception {
    if (handles.isEmpty()) {
      openOrClose();
      return;
    }
    long handle = pick(new ArrayList<>(handles.keySet()));
    Node file = handles.get(handle);
    boolean append = random.nextInt(3) > 0;
    int offset = append ? file.content.length : random.nextInt(MAX_FILE);
    byte[] bytes = data();
    if (offset + bytes.length <= MAX_FILE + BLOCK) {
      t.write(handle, offset, bytes);
      ReferenceModel.write(file, offset, bytes);
      assertArrayEquals(bytes, t.read(handle, offset, bytes.length));
    }
    if (random.nextInt(4) == 0) {
      t.fs.flush(handle);
    }
  }

  /** A few letters, or a run of blocks that may well be there already, or zeros. */
  private byte[] data() {
    byte[] bytes =
        new byte[random.nextBoolean() ? random.nextInt(100) : random.nextInt(BLOCK + BLOCK / 2)];
    if (random.nextInt(4) > 0) {
      Arrays.fill(bytes, (byte) ('a' + random.nextInt(3)));
    }
    return bytes;
  }

  private void truncate() throws Exception {
    List<Node> files = files();
    if (!files.isEmpty()) {
      Node file = pick(files);
      int size = random.nextInt(MAX_FILE);
      t.fs.setattr(inodes.get(file), AttributeChange.size(size), ALICE);
      ReferenceModel.truncate(file, size);
    }
  }

  private void openOrClose() throws Exception {
    if (handles.size() > 3) {
      long handle = pick(new ArrayList<>(handles.keySet()));
      t.close(handle);
      handles.remove(handle);
    } else if (!files().isEmpty()) {
      Node file = pick(files());
      handles.put(t.open(inodes.get(file), OpenFlags.READ_WRITE), file);
    }
  }

  private void closeHandles() throws Exception {
    for (long handle : handles.keySet()) {
      t.close(handle);
    }
    handles.clear();
  }

  private void note(Optional<Errno> expected, Optional<Errno> actual, Node parent, String name)
      throws Exception {
    assertEquals(expected, actual, "making " + name);
    if (expected.isEmpty()) {
      long inode = t.fs.lookup(inodes.get(parent), name(name), ALICE).inode();
      inodes.put(parent.children.get(name), inode);
    }
  }

  private void compare(Node directory) throws Exception {
    long number = inodes.get(directory);
    List<Entry> entries = TestFileSystem.list(t.fs, number, 3);
    List<String> expected = new ArrayList<>(List.of(".", ".."));
    expected.addAll(directory.children.keySet());
    assertEquals(expected, TestFileSystem.names(entries));
    long subdirectories = 0;
    for (Map.Entry<String, Node> child : directory.children.entrySet()) {
      Node node = child.getValue();
      Attributes attributes = t.fs.lookup(number, name(child.getKey()), ALICE);
      assertEquals(inodes.get(node), attributes.inode());
      if (node.isDirectory()) {
        subdirectories++;
        compare(node);
      } else {
        assertEquals(node.content.length, attributes.size());
        assertEquals(node.links, attributes.links());
        assertTrue(attributes.blocks() <= (node.content.length + 511) / 512);
        assertArrayEquals(node.content, t.content(attributes.inode()));
      }
    }
    assertEquals(2 + subdirectories, t.fs.getattr(number).links());
  }

  private List<Node> directories() {
    List<Node> found = new ArrayList<>();
    collect(model.root, found, true);
    return found;
  }

  private List<Node> files() {
    List<Node> found = new ArrayList<>();
    collect(model.root, found, false);
    return found;
  }

  private static void collect(Node node, List<Node> found, boolean wantDirectories) {
    if (node.isDirectory() == wantDirectories) {
      found.add(node);
    }
    if (node.isDirectory()) {
      node.children.values().forEach(child -> collect(child, found, wantDirectories));
    }
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private interface Operation<T> {
    T run() throws FileSystemException;
  }

  private static <T> Optional<Errno> outcome(Operation<T> operation) {
    try {
      operation.run();
      return Optional.empty();
    } catch (FileSystemException e) {
      return Optional.of(e.errno());
    }
  }
}

package io.unicache.store.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.DirectoryEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class TreeTest {

  /** Stands still until it is told to go on. */
  private static final class ManualClock extends Clock {
    private long seconds = 1000;

    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(seconds);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    Timestamp tick() {
      seconds++;
      return Timestamp.of(instant());
    }
  }

  private static final Tree.NewFile FILE = new Tree.NewFile(0640, 5, 6);
  private static final Tree.AttributeChange NO_CHANGE =
      new Tree.AttributeChange(null, null, null, null, null);

  @TempDir Path directory;
  private final ManualClock clock = new ManualClock();
  private MetaStore meta;
  private Tree tree;

  @BeforeEach
  void open() throws CacheException {
    meta = MetaStore.open(directory);
    tree = Tree.open(meta, clock, 3, 4);
  }

  @AfterEach
  void close() throws CacheException {
    meta.close();
  }

  private static Name name(String text) throws CacheException {
    return Name.of(text);
  }

  private Inode file(long parent, String name) throws CacheException {
    return tree.createFile(parent, name(name), Inode.Type.REGULAR, 0, FILE);
  }

  private Inode dir(long parent, String name) throws CacheException {
    return tree.createDirectory(parent, name(name), FILE);
  }

  private static void assertBroken(Reason reason, Executable executable) {
    assertEquals(reason, assertThrows(Namespace.class, executable).reason());
  }

  /** Stores one block and returns its manifest; the block stays pinned. */
  private Manifest manifest(int number) throws CacheException {
    byte[] bytes = new byte[BlockHash.SIZE];
    bytes[0] = (byte) number;
    BlockHash hash = BlockHash.of(bytes);
    if (meta.pins().pin(hash).isEmpty()) {
      meta.pins().located(hash, new BlockLocation(1, number * 4096L, 100));
    }
    return new Manifest.Builder().addBlock(hash, 100).build();
  }

  private static ContentId id(int number) {
    byte[] bytes = new byte[BlockHash.SIZE];
    bytes[1] = (byte) number;
    return new ContentId(BlockHash.of(bytes));
  }

  private long references(int content) throws CacheException {
    return meta.manifest(id(content)).map(entry -> entry.references()).orElse(0L);
  }

  @Test
  void rootBelongsToWhoMadeIt() throws CacheException {
    Inode root = tree.inode(Inode.ROOT);
    assertEquals(Inode.Type.DIRECTORY.bits() | 0755, root.mode());
    assertEquals(3, root.uid());
    assertEquals(4, root.gid());
    assertEquals(2, root.links());
    Tree again = Tree.open(meta, clock, 8, 9);
    assertEquals(root, again.inode(Inode.ROOT));
  }

  @Test
  void newFilesHaveWhatTheyWereGiven() throws CacheException {
    Timestamp now = clock.tick();
    Inode file = file(Inode.ROOT, "f");
    assertEquals(0100640, file.mode());
    assertEquals(5, file.uid());
    assertEquals(6, file.gid());
    assertEquals(1, file.links());
    assertEquals(List.of(now, now, now, now), times(file));
    Inode device = tree.createFile(Inode.ROOT, name("d"), Inode.Type.CHARACTER_DEVICE, 259, FILE);
    assertEquals(259, device.device());
    assertEquals(0, tree.createFile(Inode.ROOT, name("p"), Inode.Type.FIFO, 259, FILE).device());
    assertEquals(file, tree.lookup(Inode.ROOT, name("f")));
    Inode root = tree.inode(Inode.ROOT);
    assertEquals(now, root.modified());
    assertEquals(now, root.changed());
    assertThrows(
        IllegalArgumentException.class,
        () -> tree.createFile(Inode.ROOT, name("x"), Inode.Type.DIRECTORY, 0, FILE));
  }

  private static List<Timestamp> times(Inode inode) {
    return List.of(inode.accessed(), inode.modified(), inode.changed(), inode.born());
  }

  @Test
  void setGroupIdDirectoryHandsItsGroupDown() throws CacheException {
    Inode top = dir(Inode.ROOT, "top");
    tree.change(top.number(), new Tree.AttributeChange(02775, null, 77, null, null));
    Inode below = dir(top.number(), "below");
    assertEquals(77, below.gid());
    assertEquals(02640, below.permissions());
    Inode file = file(below.number(), "f");
    assertEquals(77, file.gid());
    assertEquals(0640, file.permissions());
    assertEquals(77, tree.createUnnamed(below.number(), FILE).gid());
  }

  @Test
  void symlinksKeepTheirTargetByteForByte() throws CacheException {
    Inode link = tree.createSymlink(Inode.ROOT, name("l"), "a/\u00ff", FILE);
    assertEquals("a/\u00ff", tree.inode(link.number()).target());
    assertEquals(3, link.size());
    assertBroken(Reason.NOT_FOUND, () -> tree.createSymlink(Inode.ROOT, name("m"), "", FILE));
    assertBroken(
        Reason.NAME_TOO_LONG,
        () -> tree.createSymlink(Inode.ROOT, name("m"), "x".repeat(4096), FILE));
    assertBroken(Reason.INVALID, () -> tree.createSymlink(Inode.ROOT, name("m"), "\u20ac", FILE));
    assertBroken(Reason.NOT_A_DIRECTORY, () -> tree.lookup(link.number(), name("x")));
  }

  @Test
  void timesFollowPosix() throws CacheException {
    Inode a = dir(Inode.ROOT, "a");
    Inode b = dir(Inode.ROOT, "b");
    Inode file = file(a.number(), "f");
    Timestamp linked = clock.tick();
    tree.link(file.number(), b.number(), name("g"));
    assertChanged(linked, b.number());
    assertEquals(linked, tree.inode(file.number()).changed());
    assertEquals(file.modified(), tree.inode(file.number()).modified());
    assertEquals(file.changed(), tree.inode(a.number()).changed());

    Timestamp unlinked = clock.tick();
    assertEquals(1, tree.unlink(b.number(), name("g")).links());
    assertChanged(unlinked, b.number());
    assertEquals(unlinked, tree.inode(file.number()).changed());

    Timestamp renamed = clock.tick();
    tree.rename(a.number(), name("f"), b.number(), name("h"), Tree.RenameMode.REPLACE);
    assertChanged(renamed, a.number());
    assertChanged(renamed, b.number());
    assertEquals(renamed, tree.inode(file.number()).changed());
    assertEquals(file.modified(), tree.inode(file.number()).modified());

    Timestamp changed = clock.tick();
    tree.change(file.number(), NO_CHANGE);
    assertEquals(changed, tree.inode(file.number()).changed());
    clock.tick();
    tree.touchAccessed(file.number(), new Timestamp(7, 7));
    assertEquals(changed, tree.inode(file.number()).changed());
    assertEquals(new Timestamp(7, 7), tree.inode(file.number()).accessed());

    Timestamp removed = clock.tick();
    tree.removeDirectory(Inode.ROOT, name("a"));
    assertChanged(removed, Inode.ROOT);
  }

  private void assertChanged(Timestamp time, long number) throws CacheException {
    assertEquals(time, tree.inode(number).modified());
    assertEquals(time, tree.inode(number).changed());
  }

  @Test
  void noOpRenameChangesNothing() throws CacheException {
    Inode file = file(Inode.ROOT, "f");
    Inode linked = tree.link(file.number(), Inode.ROOT, name("g"));
    clock.tick();
    Tree.Renamed renamed =
        tree.rename(Inode.ROOT, name("f"), Inode.ROOT, name("g"), Tree.RenameMode.REPLACE);
    assertEquals(new Tree.Renamed(linked, Optional.empty()), renamed);
    assertEquals(2, tree.list(Inode.ROOT, 0, 10).size());
  }

  @Test
  void exchangedDirectoriesTakeTheirParentsAlong() throws CacheException {
    Inode a = dir(Inode.ROOT, "a");
    Inode b = dir(Inode.ROOT, "b");
    Inode below = dir(a.number(), "d");
    Inode file = file(b.number(), "f");
    Tree.Renamed done =
        tree.rename(a.number(), name("d"), b.number(), name("f"), Tree.RenameMode.EXCHANGE);
    assertEquals(below.number(), done.moved().number());
    assertEquals(file.number(), done.other().orElseThrow().number());
    assertEquals(b.number(), tree.inode(below.number()).parent());
    assertEquals(2, tree.inode(a.number()).links());
    assertEquals(3, tree.inode(b.number()).links());
    assertEquals(List.of("/b/f"), tree.pathsOf(below.number()));
    assertEquals(List.of("/a/d"), tree.pathsOf(file.number()));
    assertBroken(
        Reason.INVALID,
        () -> tree.rename(Inode.ROOT, name("b"), b.number(), name("f"), Tree.RenameMode.EXCHANGE));
  }

  @Test
  void replacedInodeIsReported() throws CacheException {
    file(Inode.ROOT, "f");
    Inode old = file(Inode.ROOT, "g");
    Tree.Renamed done =
        tree.rename(Inode.ROOT, name("f"), Inode.ROOT, name("g"), Tree.RenameMode.REPLACE);
    assertEquals(old.number(), done.other().orElseThrow().number());
    assertEquals(0, done.other().orElseThrow().links());
    assertBroken(Reason.STALE, () -> tree.inode(old.number()));
  }

  @Test
  void pathsAreFollowedAndMade() throws CacheException {
    Inode made = tree.makeDirectories("/x//y/./z/", FILE);
    assertEquals(made, tree.resolve("x/y/z"));
    assertEquals(made, tree.resolve("/x/y/../../x/y/z"));
    assertEquals(made, tree.makeDirectories("/x/../x/y/z", FILE));
    assertEquals(Inode.ROOT, tree.resolve("/").number());
    assertEquals(Inode.ROOT, tree.resolve("/../..").number());
    assertEquals(List.of("/x/y/z"), tree.pathsOf(made.number()));
    assertEquals(List.of("/"), tree.pathsOf(Inode.ROOT));
    Inode file = file(made.number(), "f");
    tree.link(file.number(), Inode.ROOT, name("g"));
    assertEquals(List.of("/g", "/x/y/z/f"), tree.pathsOf(file.number()));
    assertBroken(Reason.NOT_FOUND, () -> tree.resolve("/x/nothing"));
    assertBroken(Reason.NOT_A_DIRECTORY, () -> tree.resolve("/g/f"));
    assertBroken(Reason.NOT_A_DIRECTORY, () -> tree.makeDirectories("/n/../g/f", FILE));
    assertBroken(Reason.NOT_FOUND, () -> tree.resolve("/n"));
  }

  @Test
  void contentIsReplacedInOneStep() throws CacheException {
    Inode file = file(Inode.ROOT, "f");
    Timestamp now = clock.tick();
    Inode first = tree.setContent(file.number(), id(1), manifest(1), new Timestamp(9, 9), false);
    assertEquals(100, first.size());
    assertEquals(new Timestamp(9, 9), first.modified());
    assertEquals(file.changed(), first.changed(), "never earlier than it was");
    assertEquals(now, tree.setContent(file.number(), id(1), manifest(1), now, false).changed());
    assertEquals(1, references(1));
    tree.setContent(file.number(), id(2), manifest(2), now, false);
    assertEquals(0, references(1));
    assertEquals(1, references(2));
    Inode empty = tree.setContent(file.number(), id(3), Manifest.EMPTY, now, false);
    assertEquals(Optional.empty(), empty.content());
    assertEquals(0, references(2));
    assertEquals(0, references(3));
    assertBroken(
        Reason.IS_A_DIRECTORY, () -> tree.setContent(Inode.ROOT, id(1), manifest(1), now, false));
    Inode link = tree.createSymlink(Inode.ROOT, name("l"), "f", FILE);
    assertBroken(
        Reason.INVALID, () -> tree.setContent(link.number(), id(1), manifest(1), now, false));
    assertBroken(Reason.STALE, () -> tree.setContent(4711, id(1), manifest(1), now, false));
  }

  @Test
  void putFileReplacesTheNameNotTheInode() throws CacheException {
    Inode first = put("f", 1, "https://example.org/f", false);
    assertArrayEquals(
        "https://example.org/f".getBytes(StandardCharsets.UTF_8),
        tree.attribute(first.number(), name("user.unicache.source")));
    assertBroken(Reason.EXISTS, () -> put("f", 2, "", false));
    assertEquals(0, references(2));
    tree.hold(first.number());
    long cookie = tree.list(Inode.ROOT, 0, 1).get(0).cookie();
    Inode second = put("f", 2, "", true);
    assertEquals(second, tree.lookup(Inode.ROOT, name("f")));
    assertEquals(List.of(), tree.attributes(second.number()));
    assertEquals(cookie, tree.list(Inode.ROOT, 0, 1).get(0).cookie());
    assertEquals(0, tree.inode(first.number()).links());
    assertEquals(1, references(1));
    tree.drop(first.number());
    assertEquals(0, references(1));
    dir(Inode.ROOT, "d");
    assertBroken(Reason.IS_A_DIRECTORY, () -> put("d", 1, "", true));
    assertEquals(0, put("e", 0, "", true).size());
  }

  private Inode put(String name, int content, String source, boolean replace)
      throws CacheException {
    Manifest manifest = content == 0 ? Manifest.EMPTY : manifest(content);
    return tree.putFile(Inode.ROOT, name(name), id(content), manifest, FILE, source, replace);
  }

  @Test
  void heldFileLivesOnWithoutName() throws CacheException {
    Inode file = file(Inode.ROOT, "f");
    tree.hold(file.number());
    tree.hold(file.number());
    assertEquals(0, tree.unlink(Inode.ROOT, name("f")).links());
    tree.setContent(file.number(), id(1), manifest(1), Timestamp.EPOCH, false);
    tree.setAttribute(file.number(), name("user.a"), new byte[1], Tree.AttributeMode.ANY);
    assertEquals(List.of(), tree.pathsOf(file.number()));
    assertBroken(Reason.NOT_FOUND, () -> tree.link(file.number(), Inode.ROOT, name("g")));
    tree.drop(file.number());
    assertEquals(100, tree.inode(file.number()).size());
    tree.drop(file.number());
    assertBroken(Reason.STALE, () -> tree.inode(file.number()));
    assertBroken(Reason.STALE, () -> tree.attribute(file.number(), name("user.a")));
    assertBroken(Reason.STALE, () -> tree.hold(file.number()));
    assertThrows(IllegalStateException.class, () -> tree.drop(file.number()));
    assertEquals(0, references(1));
  }

  @Test
  void heldDirectoryThatWasRemovedTakesNoNames() throws CacheException {
    Inode gone = dir(Inode.ROOT, "d");
    tree.hold(gone.number());
    tree.removeDirectory(Inode.ROOT, name("d"));
    assertEquals(0, tree.inode(gone.number()).links());
    assertBroken(Reason.NOT_FOUND, () -> file(gone.number(), "f"));
    assertBroken(Reason.NOT_FOUND, () -> dir(gone.number(), "f"));
    assertBroken(Reason.NOT_FOUND, () -> tree.lookup(gone.number(), name("f")));
    assertEquals(List.of(), tree.list(gone.number(), 0, 5));
    assertEquals(List.of(), tree.pathsOf(gone.number()));
    tree.drop(gone.number());
    assertBroken(Reason.STALE, () -> tree.list(gone.number(), 0, 5));
  }

  @Test
  void unnamedFileGetsItsNameOnce() throws CacheException {
    Inode file = tree.createUnnamed(Inode.ROOT, FILE);
    assertEquals(0, file.links());
    assertEquals(1, tree.link(file.number(), Inode.ROOT, name("f")).links());
    tree.drop(file.number());
    assertEquals(file.number(), tree.lookup(Inode.ROOT, name("f")).number());

    Inode dropped = tree.createUnnamed(Inode.ROOT, FILE);
    tree.drop(dropped.number());
    assertBroken(Reason.STALE, () -> tree.inode(dropped.number()));
  }

  @Test
  void orphansOfACrashAreDeleted() throws CacheException {
    Inode file = file(Inode.ROOT, "f");
    tree.setContent(file.number(), id(1), manifest(1), Timestamp.EPOCH, false);
    Inode named = tree.createUnnamed(Inode.ROOT, FILE);
    tree.link(named.number(), Inode.ROOT, name("named"));
    Inode unnamed = tree.createUnnamed(Inode.ROOT, FILE);
    tree.hold(file.number());
    tree.unlink(Inode.ROOT, name("f"));
    close();
    open();
    assertBroken(Reason.STALE, () -> tree.inode(file.number()));
    assertBroken(Reason.STALE, () -> tree.inode(unnamed.number()));
    assertEquals(named.number(), tree.lookup(Inode.ROOT, name("named")).number());
    assertEquals(0, references(1));
    meta.forEachOrphan(
        orphan -> {
          throw new AssertionError(orphan);
        });
    assertEquals(meta.totals(), meta.recount());
  }

  @Test
  void attributesHaveModesAndLimits() throws CacheException {
    long file = file(Inode.ROOT, "f").number();
    Name a = name("user.a");
    assertBroken(Reason.NO_ATTRIBUTE, () -> tree.attribute(file, a));
    assertBroken(
        Reason.NO_ATTRIBUTE,
        () -> tree.setAttribute(file, a, new byte[1], Tree.AttributeMode.REPLACE));
    Timestamp now = clock.tick();
    tree.setAttribute(file, a, new byte[] {1}, Tree.AttributeMode.CREATE);
    assertEquals(now, tree.inode(file).changed());
    assertBroken(
        Reason.EXISTS, () -> tree.setAttribute(file, a, new byte[1], Tree.AttributeMode.CREATE));
    tree.setAttribute(file, a, new byte[] {2}, Tree.AttributeMode.REPLACE);
    assertArrayEquals(new byte[] {2}, tree.attribute(file, a));
    tree.setAttribute(file, name("user.0"), new byte[64 << 10], Tree.AttributeMode.ANY);
    assertEquals(List.of(name("user.0"), a), tree.attributes(file));
    assertBroken(
        Reason.ATTRIBUTE_TOO_LARGE,
        () -> tree.setAttribute(file, a, new byte[(64 << 10) + 1], Tree.AttributeMode.ANY));
    tree.removeAttribute(file, a);
    assertBroken(Reason.NO_ATTRIBUTE, () -> tree.removeAttribute(file, a));
    assertBroken(Reason.STALE, () -> tree.attributes(4711));
    assertBroken(
        Reason.STALE, () -> tree.setAttribute(4711, a, new byte[0], Tree.AttributeMode.ANY));
  }

  @Test
  void attributesMayHaveSlashesInTheirNames() throws CacheException {
    long file = file(Inode.ROOT, "f").number();
    Name slashed = Name.ofAttribute("user.a/b".getBytes(StandardCharsets.UTF_8));
    tree.setAttribute(file, slashed, new byte[] {1}, Tree.AttributeMode.ANY);
    assertEquals(List.of(slashed), tree.attributes(file));
    assertArrayEquals(new byte[] {1}, tree.attribute(file, slashed));
    assertBroken(Reason.INVALID, () -> Name.of("a/b"));
    assertBroken(Reason.INVALID, () -> Name.ofAttribute(new byte[] {'a', 0}));
  }

  @Test
  void theEndOfListsLiesBetweenWhatIsThereAndWhatComes() throws CacheException {
    file(Inode.ROOT, "before");
    long end = tree.endOfLists();
    file(Inode.ROOT, "after");
    List<DirectoryEntry> entries = tree.list(Inode.ROOT, 0, 10);
    assertTrue(entries.get(0).cookie() <= end);
    assertTrue(entries.get(1).cookie() > end);
  }

  @Test
  void linksHaveALimit() throws CacheException {
    Inode file = file(Inode.ROOT, "f");
    meta.update(
        tx -> {
          tx.putInode(file.toBuilder().links(Tree.MAX_LINKS).build());
          return null;
        });
    assertBroken(Reason.TOO_MANY_LINKS, () -> tree.link(file.number(), Inode.ROOT, name("g")));
    assertBroken(Reason.NOT_PERMITTED, () -> tree.link(Inode.ROOT, Inode.ROOT, name("g")));
  }

  @Test
  void nameWithoutInodeIsCorruption() throws CacheException {
    Inode file = file(Inode.ROOT, "f");
    meta.update(
        tx -> {
          tx.deleteInode(file.number());
          return null;
        });
    assertThrows(CacheException.Corrupt.class, () -> tree.lookup(Inode.ROOT, name("f")));
  }

  @Test
  void everythingIsThereAfterReopening() throws CacheException {
    Inode made = tree.makeDirectories("/a/b", FILE);
    Inode file = put("f", 1, "source", false);
    close();
    open();
    assertEquals(made, tree.resolve("/a/b"));
    assertEquals(file, tree.resolve("/f"));
    assertTrue(file(Inode.ROOT, "new").number() > file.number());
  }

  @Test
  void lookupAlwaysFindsANameThatIsReplaced() throws Exception {
    file(Inode.ROOT, "f");
    ExecutorService other = Executors.newSingleThreadExecutor();
    Future<?> replacing =
        other.submit(
            () -> {
              for (int i = 0; i < 500; i++) {
                file(Inode.ROOT, "g");
                tree.rename(Inode.ROOT, name("g"), Inode.ROOT, name("f"), Tree.RenameMode.REPLACE);
              }
              return null;
            });
    while (!replacing.isDone()) {
      assertTrue(tree.lookup(Inode.ROOT, name("f")).isRegular());
    }
    replacing.get(60, TimeUnit.SECONDS);
    other.shutdown();
  }

  @Test
  void holdEitherKeepsTheInodeOrIsRefused() throws Exception {
    ExecutorService other = Executors.newSingleThreadExecutor();
    for (int i = 0; i < 300; i++) {
      long number = file(Inode.ROOT, "f").number();
      Future<?> unlinking = other.submit(() -> tree.unlink(Inode.ROOT, name("f")));
      boolean held = holds(number);
      unlinking.get(60, TimeUnit.SECONDS);
      if (held) {
        assertEquals(0, tree.inode(number).links());
        tree.drop(number);
      }
      assertFalse(meta.inode(number).isPresent());
    }
    other.shutdown();
  }

  private boolean holds(long number) throws CacheException {
    try {
      tree.hold(number);
      return true;
    } catch (Namespace e) {
      assertEquals(Reason.STALE, e.reason());
      return false;
    }
  }
}

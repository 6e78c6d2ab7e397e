package io.unicache.it.powercut;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.Caller;
import io.unicache.fs.ops.FileSystemOps;
import io.unicache.fs.ops.StoreFileSystem;
import io.unicache.it.powercut.History.Content;
import io.unicache.it.powercut.History.Seen;
import io.unicache.store.LocalService;
import io.unicache.store.Store;
import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import io.unicache.store.read.ContentReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Reads a whole store, and verifies all that its parts say of each other. */
public final class Inspection {

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int LIMIT = 1000;

  private final Store store;
  private final StoreFileSystem fs;
  private final Map<String, Seen> tree = new TreeMap<>();
  private final Map<String, Content> stored = new TreeMap<>();

  private Inspection(Store store) {
    this.store = store;
    this.fs = new StoreFileSystem(store, Clock.systemUTC());
  }

  /** Reads all files of an open store and counts all references. */
  public static Inspection of(Store store) throws Exception {
    Inspection inspection = new Inspection(store);
    inspection.readDirectory(FileSystemOps.ROOT, "");
    inspection.readStoredFiles();
    inspection.countReferences();
    inspection.fs.close();
    return inspection;
  }

  Map<String, Seen> tree() {
    return tree;
  }

  Map<String, Content> stored() {
    return stored;
  }

  private void readDirectory(long directory, String path) throws Exception {
    long handle = fs.openDirectory(directory, 0, Caller.ROOT);
    try {
      for (FileSystemOps.Entry entry : fs.readdir(handle, 0, LIMIT)) {
        String name = new String(entry.name(), StandardCharsets.UTF_8);
        if (!name.equals(".") && !name.equals("..")) {
          read(fs.lookup(directory, entry.name(), Caller.ROOT), path + name);
        }
      }
    } finally {
      fs.releaseDirectory(handle);
    }
  }

  private void read(Attributes attributes, String path) throws Exception {
    long inode = attributes.inode();
    if ((attributes.mode() & TYPE) == DIRECTORY) {
      tree.put(path, new Seen(inode, null, null));
      readDirectory(inode, path + "/");
      return;
    }
    long handle = fs.open(inode, 0, Caller.ROOT).handle();
    ByteBuffer into = ByteBuffer.allocate((int) attributes.size());
    try {
      fs.read(handle, 0, into);
    } catch (io.unicache.fs.ops.FileSystemException e) {
      throw new AssertionError(path + " cannot be read", e);
    } finally {
      fs.release(handle);
    }
    assertEquals(attributes.size(), into.position(), path);
    String attribute = null;
    for (byte[] name : fs.listxattr(inode, Caller.ROOT)) {
      if (!new String(name, StandardCharsets.UTF_8).equals(Workload.ATTRIBUTE)) {
        continue; // UniCache's own
      }
      attribute = new String(fs.getxattr(inode, name), StandardCharsets.UTF_8);
    }
    tree.put(path, new Seen(inode, Workload.content(into.array()), attribute));
  }

  private void readStoredFiles() throws Exception {
    for (var file : new LocalService(store).listIds()) {
      ContentReader reader = store.reader(ContentId.parse(file.contentId()));
      ByteBuffer into = ByteBuffer.allocate((int) file.size());
      reader.read(0, into);
      stored.put(file.id(), Workload.content(into.array()));
    }
  }

  private void countReferences() throws Exception {
    MetaStore meta = store.meta();
    Map<ContentId, Long> contents = new HashMap<>();
    meta.forEachInode(
        inode -> {
          inode.content().ifPresent(content -> contents.merge(content, 1L, Long::sum));
          return true;
        });
    meta.forEachStoredFile(
        file -> {
          contents.merge(file.content(), 1L, Long::sum);
          return true;
        });
    meta.forEachUnsynced(
        row -> {
          row.kept().ifPresent(content -> contents.merge(content, 1L, Long::sum));
          return true;
        });
    Map<BlockHash, Long> blocks = new HashMap<>();
    Map<ContentId, Long> found = new HashMap<>();
    meta.forEachManifest(
        "",
        entry -> {
          found.put(entry.id(), entry.references());
          entry.manifest().blocks().forEach(block -> blocks.merge(block, 1L, Long::sum));
          return true;
        });
    assertEquals(contents, found, "references to contents");
    Map<BlockHash, Long> rows = new HashMap<>();
    Map<BlockLocation, BlockHash> locations = new HashMap<>();
    meta.forEachBlock(
        block -> {
          rows.put(block.hash(), block.references());
          BlockHash other = locations.put(block.location(), block.hash());
          assertEquals(null, other, () -> "two blocks at " + block.location());
          return true;
        });
    assertEquals(blocks, rows, "references to blocks");
    meta.forEachFreed(
        location -> {
          assertTrue(!locations.containsKey(location), () -> "freed and a block: " + location);
          return true;
        });
    MetaStore.Totals totals = meta.totals();
    assertEquals(meta.recount(), totals, "totals");
  }

  /** Verifies the packs of a store that nobody has open: the indexes are whole, and complete. */
  static void inspectPacks(Path directory, UUID id, Iterable<BlockEntry> blocks) throws Exception {
    try (PackSet packs = PackSet.open(directory.resolve("packs"), id)) {
      assertEquals("[]", packs.damaged().toString());
      Map<BlockLocation, BlockHash> indexed = new HashMap<>();
      packs.forEachIndexed(block -> indexed.put(block.location(), block.hash()));
      for (BlockEntry block : blocks) {
        assertEquals(block.hash(), indexed.get(block.location()), block::toString);
      }
    }
  }
}

package io.unicache.store;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.Manifest;
import io.unicache.store.chunk.FixedChunker;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFiles;
import io.unicache.store.gc.SpaceReclaimer;
import io.unicache.store.ingest.Content;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.pack.PackSet;
import io.unicache.store.read.BlockReader;
import io.unicache.store.read.ContentReader;
import io.unicache.store.tree.Tree;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The parts of a store with small blocks, put together for a test. */
public final class TestParts implements AutoCloseable {

  /** Small enough that a few kilobytes have several blocks. */
  public static final int BLOCK_SIZE = 4096;

  private static final UUID ID = UUID.fromString("00000000-0000-4000-8000-000000000001");

  public final PackSet packs;
  public final MetaStore meta;
  public final Tree tree;
  public final Ingest ingest;
  public final BlockReader blocks;
  public final LiveFiles files;

  public TestParts(Path directory) throws CacheException {
    packs = PackSet.open(directory.resolve("packs"), ID);
    meta = MetaStore.open(directory.resolve("meta"));
    tree = Tree.open(meta, Clock.systemUTC(), 0, 0);
    blocks = new BlockReader(packs, BLOCK_SIZE);
    ingest = new Ingest(packs, meta.pins(), blocks::isSound, new FixedChunker(BLOCK_SIZE), 2);
    files =
        LiveFiles.open(
            packs,
            meta,
            tree,
            ingest,
            blocks,
            directory.resolve("staging"),
            new SpaceReclaimer(packs, meta)::sync,
            Clock.systemUTC());
    files.recover();
  }

  /** Makes an empty file in the root directory and returns its inode number. */
  public long newFile(String name) throws CacheException {
    return tree.createFile(
            Inode.ROOT, Name.of(name), Inode.Type.REGULAR, 0, new Tree.NewFile(0644, 0, 0))
        .number();
  }

  /** Stores and commits bytes under a stored file's ID. */
  public Content store(byte[] bytes) throws CacheException {
    try (ContentWriter writer = ingest.writer(bytes.length)) {
      writer.append(ByteBuffer.wrap(bytes));
      Content content = writer.finish();
      meta.update(
          transaction -> {
            transaction.retain(content.id(), content.manifest());
            return null;
          });
      return content;
    }
  }

  /** Reads a whole content. */
  public byte[] read(Manifest manifest) throws CacheException {
    ByteBuffer all = ByteBuffer.allocate((int) manifest.size());
    new ContentReader(manifest, meta, blocks).read(0, all);
    return all.array();
  }

  /** Throws unless every reference count is what the manifests say, and no row is left over. */
  public void checkReferences() throws CacheException {
    Map<BlockHash, Long> expected = new HashMap<>();
    meta.forEachManifest(
        "",
        entry -> {
          entry.manifest().blocks().forEach(hash -> expected.merge(hash, 1L, Long::sum));
          return true;
        });
    Map<BlockHash, Long> found = new HashMap<>();
    meta.forEachBlock(
        (BlockEntry row) -> {
          found.put(row.hash(), row.references());
          return true;
        });
    if (!expected.equals(found)) {
      throw new AssertionError("manifests say " + expected + ", the block table " + found);
    }
  }

  @Override
  public void close() throws CacheException {
    files.close();
    ingest.close();
    meta.close();
    packs.close();
  }
}

package io.unicache.store.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.unicache.store.CacheStats;
import io.unicache.store.Store;
import io.unicache.store.StoreConfig;
import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.gc.SpaceReclaimer;
import io.unicache.store.ingest.Content;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.meta.Name;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store of many files and blocks is opened. Its packs are as long as those of a real one, but
 * nothing was written to them: opening reads indexes and metadata only.
 */
class LargeStoreTest {

  private static final System.Logger LOG = System.getLogger(LargeStoreTest.class.getName());

  private static final int FILES = Integer.getInteger("unicache.test.files", 10_000);
  private static final int BLOCKS_OF_A_FILE = 10;
  private static final int FILES_OF_A_DIRECTORY = 1000;
  private static final int BLOCK = StoreConfig.DEFAULT_BLOCK_SIZE;

  @TempDir Path temporary;

  @Test
  void itIsOpenedAndClosed() throws Exception {
    Path directory = temporary.resolve("store");
    UUID id;
    try (Store store = Store.open(StoreConfig.at(directory))) {
      id = store.id();
    }
    long start = System.nanoTime();
    build(directory, id);
    tell("built", since(start));
    open(directory, "opened");
    markCrashed(directory);
    open(directory, "opened after a crash");
  }

  private static void open(Path directory, String what) throws CacheException {
    long start = System.nanoTime();
    try (Store store = Store.open(StoreConfig.at(directory))) {
      tell(what, since(start));
      CacheStats stats = store.stats();
      assertEquals(FILES, stats.files());
      assertEquals((long) FILES * BLOCKS_OF_A_FILE, stats.uniqueBlocks());
      long look = System.nanoTime();
      Inode last = store.tree().resolve(path(FILES - 1));
      assertEquals((long) BLOCK * BLOCKS_OF_A_FILE, last.size());
      tell("found a file", since(look));
      start = System.nanoTime();
    }
    tell("closed", since(start));
  }

  private static String since(long start) {
    return Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms";
  }

  private static String path(int file) {
    return "/d" + file / FILES_OF_A_DIRECTORY + "/f" + file;
  }

  private static void build(Path directory, UUID id) throws CacheException {
    try (PackSet packs = PackSet.open(directory.resolve("packs"), id, new BlankPacks(), 1L << 30);
        MetaStore meta = MetaStore.open(directory.resolve("meta"));
        PackSet.PackStream stream = packs.stream(0)) {
      Tree tree = Tree.open(meta, Clock.systemUTC(), 0, 0);
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      Tree.NewFile plain = new Tree.NewFile(0644, 0, 0);
      long inDirectory = 0;
      for (int file = 0; file < FILES; file++) {
        if (file % FILES_OF_A_DIRECTORY == 0) {
          Name name = Name.of("d" + file / FILES_OF_A_DIRECTORY);
          inDirectory = tree.createDirectory(Inode.ROOT, name, plain).number();
        }
        List<BlockHash> hashes = new ArrayList<>();
        Manifest.Builder manifest = new Manifest.Builder();
        for (int i = 0; i < BLOCKS_OF_A_FILE; i++) {
          BlockHash hash = Blocks.hash((long) file * BLOCKS_OF_A_FILE + i);
          meta.pins().pin(hash);
          BlockLocation location = stream.append(hash, block.clear());
          meta.pins().located(hash, location);
          manifest.addBlock(hash, BLOCK);
          hashes.add(hash);
        }
        Content content = Content.of(manifest.build(), 0);
        tree.putFile(
            inDirectory, Name.of("f" + file), content.id(), content.manifest(), plain, "", false);
        meta.pins().unpin(hashes);
      }
      new SpaceReclaimer(packs, meta).sync();
    }
  }

  /** Leaves the store as if its owner had been killed. */
  private static void markCrashed(Path directory) throws IOException {
    try (MetaStore meta = MetaStore.open(directory.resolve("meta"))) {
      meta.update(
          transaction -> {
            transaction.putState("open", "1".getBytes(StandardCharsets.US_ASCII));
            return null;
          });
    }
    Files.writeString(directory.resolve("lock"), "{\"pid\":1}");
  }

  /** Packs get their length, and no bytes. */
  private static final class BlankPacks extends DiskFiles {
    @Override
    public PackFile open(Path file, Mode mode) throws IOException {
      PackFile opened = super.open(file, mode);
      return file.toString().endsWith(".pack") ? new Blank(file, opened) : opened;
    }
  }

  private static final class Blank implements PackFile {
    private final Path path;
    private final PackFile file;
    private long length;

    Blank(Path path, PackFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return file.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) {
      int count = from.remaining();
      from.position(from.limit());
      length = Math.max(length, position + count);
      return count;
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void close() throws IOException {
      file.close();
      try (RandomAccessFile sized = new RandomAccessFile(path.toFile(), "rw")) {
        sized.setLength(Math.max(length, sized.length()));
      }
    }
  }

  private static void tell(String what, String value) {
    LOG.log(Level.INFO, "{0}: {1}", what, value);
  }
}

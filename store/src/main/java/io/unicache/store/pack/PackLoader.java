package io.unicache.store.pack;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;

/** Finds out, when a store is opened, which packs there are and what they hold. */
final class PackLoader {

  private static final System.Logger LOG = System.getLogger(PackLoader.class.getName());

  private final FileLayer files;
  private final PackPaths paths;
  private final UUID store;
  private final List<Pack> packs = new ArrayList<>();
  private final List<PackDamage> damage = new ArrayList<>();

  PackLoader(FileLayer files, PackPaths paths, UUID store) {
    this.files = files;
    this.paths = paths;
    this.store = store;
  }

  List<Pack> packs() {
    return packs;
  }

  List<PackDamage> damage() {
    return damage;
  }

  /**
   * Reads all pack indexes.
   *
   * @return the highest number that was ever given out; 0 if none
   */
  int load() throws CacheException {
    TreeSet<Integer> numbers = new TreeSet<>();
    try {
      Files.createDirectories(paths.directory());
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(paths.directory())) {
        for (Path entry : entries) {
          PackPaths.numberOf(entry).ifPresent(numbers::add);
        }
      }
    } catch (IOException e) {
      throw CacheException.of("listing " + paths.directory(), e);
    }
    int highest = numbers.isEmpty() ? 0 : numbers.last();
    for (int number : numbers) {
      try {
        load(number, number == highest);
      } catch (IOException e) {
        throw CacheException.of("opening " + paths.index(number), e);
      }
    }
    return highest;
  }

  private void load(int number, boolean newest) throws IOException {
    Path indexPath = paths.index(number);
    boolean packThere = Files.exists(paths.pack(number));
    PackState state = new PackState();
    IndexHeader header = new IndexHeader(number, store, IndexHeader.Role.OWN);
    if (Files.exists(indexPath)) {
      try (PackFile index = files.open(indexPath, FileLayer.Mode.READ)) {
        header = header(index, header, packThere, state);
        state.indexEnd = IndexScan.scan(index, number, index.size(), new Replay(state, indexPath));
      }
    } else {
      report(indexPath, PackDamage.WHOLE_FILE, "it is missing; its pack can still be read");
      state.indexUsable = false;
    }
    if (!packThere && state.live.count() == 0 && !state.damaged) {
      retire(number, newest);
      return;
    }
    if (packThere) {
      long size = Files.size(paths.pack(number));
      if (state.isEmpty() && size <= state.tail && deletePack(number)) {
        retire(number, newest);
        return;
      }
      state.unindexed = size > state.tail;
      state.tail = Math.max(state.tail, BlockLocation.allocated(size));
    } else {
      report(paths.pack(number), PackDamage.WHOLE_FILE, "it is missing; its blocks are lost");
      state.indexUsable = false;
    }
    packs.add(new Pack(header, files, paths, state));
  }

  /**
   * Deletes a pack of which all blocks are freed, and that a crash kept from being deleted then.
   * One with bytes behind the last indexed block is not touched: a crash may have cost only the
   * index records, and the block table may know of those blocks.
   */
  private boolean deletePack(int number) {
    try {
      files.delete(paths.pack(number));
      return true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "cannot delete " + paths.pack(number), e);
      return false;
    }
  }

  /** A number without a pack: only the newest is of use, to count on from. */
  private void retire(int number, boolean newest) {
    if (newest) {
      return;
    }
    try {
      files.delete(paths.index(number));
    } catch (IOException e) {
      // Harmless: 64 bytes, and the next open tries again. So it is where nothing can be written.
      LOG.log(System.Logger.Level.DEBUG, "cannot delete " + paths.index(number), e);
    }
  }

  private IndexHeader header(
      PackFile index, IndexHeader unknown, boolean packThere, PackState state) throws IOException {
    Path path = paths.index(unknown.pack());
    if (index.size() < IndexHeader.BYTES) {
      // The index is made before the pack, so without a pack a crash came in between.
      if (packThere) {
        report(path, PackDamage.WHOLE_FILE, "it has only " + index.size() + " bytes");
      }
      state.indexUsable = false;
      return unknown;
    }
    ByteBuffer bytes = ByteBuffer.allocate(IndexHeader.BYTES);
    index.readFully(bytes, 0);
    bytes.flip();
    IndexHeader header;
    try {
      header = IndexHeader.decode(bytes);
    } catch (CacheException.Version e) {
      throw new CacheException.Version(path + ": " + e.getMessage() + "; use a newer UniCache");
    } catch (CacheException.Corrupt e) {
      state.indexUsable = false;
      state.altered = !IndexScan.isZero(bytes.rewind());
      if (packThere || state.altered) { // else a crash came while the pack was made or deleted
        report(path, PackDamage.WHOLE_FILE, "its header is damaged: " + e.getMessage());
      }
      return unknown;
    }
    if (header.pack() != unknown.pack() || !header.store().equals(store)) {
      throw new CacheException.Corrupt(
          path
              + " is the index of pack "
              + header.pack()
              + " of store "
              + header.store()
              + ", not of pack "
              + unknown.pack()
              + " of store "
              + store
              + ": move it and its pack back to where they came from");
    }
    return header;
  }

  private void report(Path file, long record, String problem) {
    PackDamage found = new PackDamage(file, record, problem);
    damage.add(found);
    LOG.log(System.Logger.Level.WARNING, "{0}", found);
  }

  private final class Replay implements IndexScan.Visitor {
    private final PackState state;
    private final Path path;

    Replay(PackState state, Path path) {
      this.state = state;
      this.path = path;
    }

    @Override
    public void record(IndexRecord record) {
      BlockLocation location = record.location();
      state.tail = Math.max(state.tail, location.offset() + location.allocated());
      if (record.kind() == IndexRecord.Kind.BLOCK) {
        state.indexedBytes += location.allocated();
        state.live.add(location);
      } else {
        state.live.remove(location);
      }
    }

    @Override
    public void missing(long index) {
      state.damaged = true;
      report(path, index, "it is all zeros");
    }

    @Override
    public void damaged(long index, String problem) {
      state.damaged = true;
      state.altered = true;
      report(path, index, problem);
    }
  }
}

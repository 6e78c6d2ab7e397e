package io.unicache.store.pack;

import io.unicache.store.error.CacheException;
import io.unicache.store.pack.PackSet.IndexVisitor;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * Looks at the files of one pack as they are on the disk now, for a check: what the opening of the
 * store has found is not believed. Used by one thread.
 */
final class PackInspection {

  private final FileLayer files;
  private final PackPaths paths;
  private final int number;
  private final UUID store;
  private final PackSet.DamageVisitor damage;

  PackInspection(
      FileLayer files, PackPaths paths, int number, UUID store, PackSet.DamageVisitor damage) {
    this.files = files;
    this.paths = paths;
    this.number = number;
    this.store = store;
    this.damage = damage;
  }

  /** Returns the length of the pack's file, or -1 if there is none. */
  long packBytes() throws CacheException {
    Path pack = paths.pack(number);
    try {
      return Files.size(pack);
    } catch (NoSuchFileException e) {
      report(pack, PackDamage.WHOLE_FILE, "it is missing; its blocks are lost");
      return -1;
    } catch (IOException e) {
      throw CacheException.of("looking at " + pack, e);
    }
  }

  /**
   * Reads the index.
   *
   * @param limit where the records end that count
   * @param live tells whether a record's block is live
   */
  void index(long limit, Predicate<IndexRecord> live, IndexVisitor visitor) throws CacheException {
    Path path = paths.index(number);
    try (PackFile index = files.open(path, FileLayer.Mode.READ)) {
      header(index, path);
      long end = Math.min(limit, index.size());
      IndexScan.scan(
          index,
          number,
          end,
          new IndexScan.Visitor() {
            @Override
            public void record(IndexRecord record) throws CacheException {
              if (record.kind() == IndexRecord.Kind.BLOCK && live.test(record)) {
                visitor.visit(new IndexedBlock(record.hash(), record.location()));
              }
            }

            @Override
            public void missing(long record) throws CacheException {
              report(path, record, "it is zeros: it was never written");
            }

            @Override
            public void damaged(long record, String problem) throws CacheException {
              report(path, record, problem);
            }
          });
    } catch (NoSuchFileException e) {
      report(path, PackDamage.WHOLE_FILE, "it is missing; its pack can still be read");
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
  }

  private void header(PackFile index, Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(IndexHeader.BYTES);
    try {
      index.readFully(bytes, 0);
      IndexHeader header = IndexHeader.decode(bytes.flip());
      if (header.pack() != number || !header.store().equals(store)) {
        report(path, PackDamage.WHOLE_FILE, "it is the index of another pack");
      }
    } catch (EOFException e) {
      report(path, PackDamage.WHOLE_FILE, "it has only " + index.size() + " bytes");
    } catch (CacheException.Corrupt e) {
      report(path, PackDamage.WHOLE_FILE, "its header is damaged: " + e.getMessage());
    }
  }

  private void report(Path file, long record, String problem) throws CacheException {
    damage.visit(number, new PackDamage(file, record, problem));
  }
}

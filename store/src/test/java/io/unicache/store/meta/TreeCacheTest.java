package io.unicache.store.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the metadata remembers of the tree, seen through {@link MetaStore}. */
class TreeCacheTest {

  private static final int REGULAR = Inode.Type.REGULAR.bits() | 0644;
  private static final long NUMBER = 20;
  private static final long COOKIE = 30;

  @TempDir Path directory;
  private MetaStore meta;

  @BeforeEach
  void open() throws CacheException {
    meta = MetaStore.open(directory.resolve("meta"));
  }

  @AfterEach
  void close() throws CacheException {
    meta.close();
  }

  private static Inode inode(long size) {
    return Inode.builder(NUMBER, REGULAR).content(null, size).build();
  }

  private static DirectoryEntry entry(Name name, long inode) {
    return new DirectoryEntry(name, inode, Inode.Type.REGULAR, COOKIE);
  }

  private void put(Inode inode) throws CacheException {
    meta.update(
        tx -> {
          tx.putInode(inode);
          return null;
        });
  }

  @Test
  void seesAChangedAndADeletedInode() throws CacheException {
    put(inode(1));
    assertEquals(Optional.of(inode(1)), meta.inode(NUMBER));
    put(inode(2));
    assertEquals(Optional.of(inode(2)), meta.inode(NUMBER));
    meta.update(
        tx -> {
          tx.deleteInode(NUMBER);
          return null;
        });
    assertEquals(Optional.empty(), meta.inode(NUMBER));
  }

  @Test
  void seesAChangedAndADeletedEntry() throws CacheException {
    Name name = Name.of("name");
    for (long inode = 20; inode < 22; inode++) {
      DirectoryEntry entry = entry(name, inode);
      meta.update(
          tx -> {
            tx.putEntry(Inode.ROOT, entry);
            return null;
          });
      assertEquals(Optional.of(entry), meta.entry(Inode.ROOT, name));
    }
    meta.update(
        tx -> {
          tx.deleteEntry(Inode.ROOT, entry(name, 21));
          return null;
        });
    assertEquals(Optional.empty(), meta.entry(Inode.ROOT, name));
  }

  @Test
  void keepsToWhatWasCommitted() throws CacheException {
    put(inode(1));
    assertThrows(
        CacheException.Missing.class,
        () ->
            meta.update(
                tx -> {
                  tx.putInode(inode(2));
                  assertEquals(Optional.of(inode(2)), tx.inode(NUMBER));
                  assertEquals(Optional.of(inode(1)), meta.inode(NUMBER), "of another thread");
                  throw new CacheException.Missing("on purpose");
                }));
    assertEquals(Optional.of(inode(1)), meta.inode(NUMBER));
  }

  @Test
  void aReaderNeverSeesWhatWasBeforeAChangeThatIsOver() throws Exception {
    Name name = Name.of("name");
    AtomicLong over = new AtomicLong();
    put(inode(0));
    ExecutorService readers = Executors.newFixedThreadPool(3);
    try {
      Callable<Long> reader =
          () -> {
            long reads = 0;
            while (over.get() < 3_000) {
              long before = over.get();
              long size = meta.inode(NUMBER).orElseThrow().size();
              assertTrue(size >= before, () -> size + " was read when " + before + " was there");
              long named = meta.entry(Inode.ROOT, name).map(DirectoryEntry::inode).orElse(0L);
              assertTrue(named >= before, () -> named + " was read when " + before + " was there");
              reads++;
            }
            return reads;
          };
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        running.add(readers.submit(reader));
      }
      for (long i = 1; i <= 3_000; i++) {
        long now = i;
        meta.update(
            tx -> {
              tx.putInode(inode(now));
              tx.putEntry(Inode.ROOT, entry(name, now));
              return null;
            });
        over.set(now);
      }
      for (Future<Long> reads : running) {
        assertTrue(reads.get() > 0);
      }
    } finally {
      over.set(Long.MAX_VALUE);
      readers.shutdownNow();
    }
  }
}

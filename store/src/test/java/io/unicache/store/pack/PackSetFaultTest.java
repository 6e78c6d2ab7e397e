package io.unicache.store.pack;

import static io.unicache.store.pack.Blocks.STORE;
import static io.unicache.store.pack.Blocks.append;
import static io.unicache.store.pack.Blocks.bytes;
import static io.unicache.store.pack.Blocks.hash;
import static io.unicache.store.pack.Blocks.locations;
import static io.unicache.store.pack.Blocks.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.pack.FaultyFiles.Fault;
import io.unicache.store.pack.FaultyFiles.Op;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Full disks, failing disks and crashes. */
class PackSetFaultTest {

  private static final int SMALL_PACK = 64 << 10;

  @TempDir Path directory;
  private FaultyFiles files;
  private PackSet packs;

  @BeforeEach
  void open() throws CacheException {
    files = new FaultyFiles();
    packs = PackSet.open(directory, STORE, files, SMALL_PACK);
  }

  @AfterEach
  void close() throws CacheException {
    packs.close();
  }

  private void reopen() throws CacheException {
    packs.close();
    open();
  }

  @Test
  void shortReadsAndWritesAreContinued() throws CacheException {
    BlockLocation location = append(packs, 1, 10_000);
    assertArrayEquals(bytes(1, 10_000), read(packs, location));
    reopen();
    assertEquals(List.of(location), locations(packs));
  }

  @Test
  void aFullDiskStopsOneAppendAndNotTheNext() throws CacheException {
    for (String suffix : List.of(".pack", ".index")) {
      try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
        BlockLocation before = append(stream, 1, 5_000);
        files.inject(Fault.on(Op.WRITE, suffix, FaultyFiles.ENOSPC));
        ByteBuffer data = ByteBuffer.wrap(bytes(2, 5_000));
        assertThrows(CacheException.Full.class, () -> stream.append(hash(2), data));
        assertEquals(5_000, data.remaining());
        files.inject(Fault.NONE);
        BlockLocation after = stream.append(hash(2), data);
        assertEquals(8192, after.offset(), "the place of the failed one is taken");
        assertArrayEquals(bytes(1, 5_000), read(packs, before));
        assertArrayEquals(bytes(2, 5_000), read(packs, after));
      }
    }
    List<BlockLocation> all = locations(packs);
    reopen();
    assertEquals(4, all.size());
    assertEquals(all, locations(packs));
  }

  @Test
  void whereHolesCannotBePunchedAFailedAppendLeavesAGap() throws CacheException {
    files.withoutHoles();
    append(packs, 1, 5_000);
    files.inject(Fault.on(Op.WRITE, ".index", "Input/output error"));
    assertThrows(CacheException.Storage.class, () -> append(packs, 2, 5_000));
    files.inject(Fault.NONE);
    assertEquals(16384, append(packs, 3, 5_000).offset());
  }

  @Test
  void aPackThatCannotBeMadeLeavesNothing() throws Exception {
    files.inject(Fault.on(Op.OPEN, ".pack", FaultyFiles.ENOSPC));
    for (long expected : new long[] {-1, PackSet.OWN_PACK_BYTES}) {
      try (PackSet.PackStream stream = packs.stream(expected)) {
        assertThrows(CacheException.Full.class, () -> append(stream, 1, 10));
      }
    }
    files.inject(Fault.on(Op.WRITE, ".index", FaultyFiles.ENOSPC));
    assertThrows(CacheException.Full.class, () -> append(packs, 1, 10));
    files.inject(Fault.NONE);
    assertEquals(0, packs.count());
    try (var entries = Files.list(directory)) {
      assertEquals(List.of(), entries.toList());
    }
    assertArrayEquals(bytes(1, 10), read(packs, append(packs, 1, 10)));
  }

  @Test
  void freeingWorksOnAFullDisk() throws CacheException {
    BlockLocation first = append(packs, 1, 5_000);
    BlockLocation second = append(packs, 2, 5_000);
    AtomicBoolean punched = new AtomicBoolean();
    files.inject(
        (op, file) -> {
          if (op == Op.PUNCH) {
            punched.set(true);
          } else if (op == Op.WRITE && !punched.get()) {
            throw new IOException(FaultyFiles.ENOSPC);
          }
        });
    assumeTrue(packs.free(first) > 0, "no holes on this file system");
    files.inject(Fault.NONE);
    reopen();
    assertEquals(List.of(second), locations(packs));
  }

  @Test
  void aFreeThatFailsCanBeRepeated() throws CacheException {
    BlockLocation first = append(packs, 1, 5_000);
    append(packs, 2, 5_000);
    files.inject(Fault.on(Op.WRITE, ".index", "Input/output error"));
    assertThrows(CacheException.Storage.class, () -> packs.free(first));
    files.inject(Fault.on(Op.WRITE, ".index", FaultyFiles.ENOSPC));
    assertThrows(CacheException.Full.class, () -> packs.free(first));
    files.inject(Fault.NONE);
    assertEquals(2, locations(packs).size());
    assertTrue(packs.free(first) > 0);
    assertEquals(1, locations(packs).size());
  }

  @Test
  void withoutHolesFreeGivesNothingBackUntilThePackIsEmpty() throws CacheException {
    files.withoutHoles();
    BlockLocation first = append(packs, 1, 5_000);
    BlockLocation second = append(packs, 2, 5_000);
    assertEquals(16384 + 4096, packs.bytesOnDisk(), "added up");
    assertEquals(0, packs.free(first));
    assertEquals(List.of(second), locations(packs));
    assertEquals(8192, packs.free(second));
    assertEquals(0, packs.count());
  }

  @Test
  void aPackThatCannotBeDeletedIsForgottenAllTheSame() throws CacheException {
    BlockLocation location = append(packs, 1, 10);
    files.inject(Fault.on(Op.DELETE, ".pack", "Input/output error"));
    assertThrows(CacheException.Storage.class, () -> packs.free(location));
    files.inject(Fault.NONE);
    assertEquals(0, packs.count());
    assertEquals(2, append(packs, 2, 10).pack());
    assertEquals(2, packNames());
    reopen();
    assertEquals(1, locations(packs).size());
    assertEquals(1, packNames(), "opening tries again");
  }

  private long packNames() {
    String[] names = directory.toFile().list((parent, name) -> name.endsWith(".pack"));
    return names == null ? 0 : names.length;
  }

  @Test
  void aPackWithBytesThatNoRecordTellsOfIsKept() throws Exception {
    append(packs, 1, 10);
    packs.close();
    Files.write(
        directory.resolve("00000001.index"),
        new IndexHeader(1, STORE, IndexHeader.Role.SHARED).encode().array());
    open();
    assertEquals(1, packs.count());
    assertEquals(new BlockLocation(1, 4096, 10), append(packs, 2, 10));
  }

  @Test
  void onePackThatCannotBeSyncedDoesNotKeepTheOthersFromIt() throws CacheException {
    try (PackSet.PackStream own = packs.stream(PackSet.OWN_PACK_BYTES)) {
      append(own, 1, 10);
      append(packs, 2, 10);
      files.inject(Fault.on(Op.FORCE, "00000001.pack", "Input/output error"));
      assertThrows(CacheException.Storage.class, packs::sync);
      String names = directory.getFileName().toString();
      assertEquals(
          List.of("00000001.pack", "00000002.pack", "00000002.index", names), files.drainSyncs());
    }
  }

  @Test
  void anEmptyPackThatCannotBeDeletedDoesNotFailTheStream() throws CacheException {
    PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES);
    stream.skip(10);
    files.inject(Fault.on(Op.DELETE, ".pack", "Input/output error"));
    stream.close();
    assertEquals(0, packs.count());
  }

  @Test
  void aSyncGoesFromPacksToIndexesToNamesAndOnlyOnce() throws CacheException {
    append(packs, 1, 10);
    packs.sync();
    String names = directory.getFileName().toString();
    assertEquals(List.of("00000001.pack", "00000001.index", names), files.drainSyncs());
    packs.sync();
    assertEquals(List.of(), files.drainSyncs());
    append(packs, 2, 10);
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      append(stream, 3, 10);
      packs.sync();
      assertEquals(
          List.of("00000001.pack", "00000002.pack", "00000001.index", "00000002.index", names),
          files.drainSyncs());
    }
    packs.free(new BlockLocation(1, 0, 10));
    packs.sync();
    assertEquals(List.of("00000001.index"), files.drainSyncs());
  }

  @Test
  void thatAPackIsGoneIsDurableAfterTheNextSync() throws CacheException {
    BlockLocation only;
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      only = append(stream, 3, 10);
    }
    packs.sync();
    packs.free(only);
    assertEquals(0, packs.count());
    files.drainSyncs();
    packs.sync();
    assertEquals(List.of(directory.getFileName().toString()), files.drainSyncs());
  }

  @Test
  void whatACrashLeftIsSyncedWhateverItIs() throws CacheException {
    append(packs, 1, 10);
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      append(stream, 3, 10);
    }
    files.drainSyncs();
    reopen();
    packs.syncAll();
    assertEquals(
        List.of(
            "00000001.pack",
            "00000001.index",
            "00000002.pack",
            "00000002.index",
            directory.getFileName().toString()),
        files.drainSyncs());
  }

  @Test
  void aFailedSyncIsNeverTakenBack() throws CacheException {
    for (String suffix : List.of(".pack", ".index")) {
      BlockLocation location = append(packs, 1, 10);
      files.inject(Fault.on(Op.FORCE, suffix, "Input/output error"));
      assertThrows(CacheException.Storage.class, packs::sync);
      files.inject(Fault.NONE);
      CacheException.Storage again = assertThrows(CacheException.Storage.class, packs::sync);
      assertTrue(again.getMessage().contains("could not be made durable earlier"));
      assertTrue(append(packs, 2, 10).pack() > location.pack(), "nothing more is appended to it");
      assertThrows(CacheException.Storage.class, packs::sync);
      reopen();
      packs.sync();
    }
  }

  @Test
  void namesThatCouldNotBeSyncedAreSyncedNextTime() throws CacheException {
    append(packs, 1, 10);
    files.inject(Fault.on(Op.SYNC_DIRECTORY, "", "Input/output error"));
    assertThrows(CacheException.Storage.class, packs::sync);
    files.inject(Fault.NONE);
    files.drainSyncs();
    packs.sync();
    assertEquals(List.of(directory.getFileName().toString()), files.drainSyncs());
  }

  @Test
  void aFailingReadNamesThePack() throws CacheException {
    BlockLocation location = append(packs, 1, 10);
    files.inject(Fault.on(Op.READ, ".pack", "Input/output error"));
    CacheException.Storage e =
        assertThrows(CacheException.Storage.class, () -> read(packs, location));
    assertTrue(e.getMessage().contains("00000001.pack"), e.getMessage());
  }

  /** Dies at every operation in turn of a short life, and looks at what the next life finds. */
  @Test
  void aCrashAtAnyOperationLosesNothingThatWasReported() throws Exception {
    boolean crashed = true;
    for (int n = 0; crashed; n++) {
      Path store = Files.createDirectory(directory.resolve("crash-" + n));
      Map<BlockLocation, Long> reported = new HashMap<>();
      FaultyFiles dying = new FaultyFiles();
      PackSet before = PackSet.open(store, STORE, dying, SMALL_PACK);
      dying.inject(Fault.crashAt(n));
      crashed = !live(before, reported);
      dying.inject(Fault.NONE);
      before.close();

      try (PackSet after = PackSet.open(store, STORE, new FaultyFiles(), SMALL_PACK)) {
        assertEquals(List.of(), after.damaged(), "crash at " + n);
        assertTrue(locations(after).containsAll(reported.keySet()), "crash at " + n);
        for (Map.Entry<BlockLocation, Long> block : reported.entrySet()) {
          byte[] expected = bytes(block.getValue(), block.getKey().length());
          assertArrayEquals(expected, read(after, block.getKey()));
        }
        BlockLocation next = append(after, 99, 3_000);
        assertFalse(reported.containsKey(next));
        assertArrayEquals(bytes(99, 3_000), read(after, next));
      }
    }
  }

  /** Returns whether it lived to the end. */
  private static boolean live(PackSet packs, Map<BlockLocation, Long> reported) {
    try (PackSet.PackStream shared = packs.stream(-1);
        PackSet.PackStream own = packs.stream(PackSet.OWN_PACK_BYTES)) {
      BlockLocation passing = append(shared, 1, 1_500);
      reported.put(append(shared, 2, 10), 2L);
      reported.put(append(own, 3, 2_500), 3L);
      packs.free(passing);
      packs.sync();
      BlockLocation large = append(packs, 4, SMALL_PACK / 2);
      reported.put(append(own, 5, 10), 5L);
      packs.free(large);
      packs.sync();
      return true;
    } catch (CacheException e) {
      return false;
    }
  }
}

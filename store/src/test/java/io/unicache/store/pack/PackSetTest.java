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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.os.FileUse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PackSetTest {

  private static final int SMALL_PACK = 64 << 10;

  @TempDir Path temp;
  private Path directory;
  private PackSet packs;

  @BeforeEach
  void open() throws CacheException {
    directory = temp.resolve("packs");
    packs = PackSet.open(directory, STORE, new DiskFiles(), SMALL_PACK);
  }

  @AfterEach
  void close() throws CacheException {
    packs.close();
  }

  private void reopen() throws CacheException {
    packs.close();
    packs = PackSet.open(directory, STORE, new DiskFiles(), SMALL_PACK);
  }

  @Test
  void aNewSetIsEmpty() throws CacheException {
    assertEquals(0, packs.count());
    assertEquals(0, packs.bytesOnDisk());
    assertEquals(List.of(), Blocks.indexed(packs));
    assertEquals(List.of(), packs.damaged());
    packs.sync();
  }

  @Test
  void blocksAreReadBackWholeAndInPart() throws CacheException {
    BlockLocation location = append(packs, 1, 10_000);
    assertArrayEquals(bytes(1, 10_000), read(packs, location));
    ByteBuffer part = ByteBuffer.allocate(100);
    packs.read(location, 5_000, part);
    assertArrayEquals(Arrays.copyOfRange(bytes(1, 10_000), 5_000, 5_100), part.array());
  }

  @Test
  void readingPastABlockIsRefused() throws CacheException {
    BlockLocation location = append(packs, 1, 100);
    assertThrows(
        IndexOutOfBoundsException.class, () -> packs.read(location, 1, ByteBuffer.allocate(100)));
    assertThrows(
        IndexOutOfBoundsException.class, () -> packs.read(location, -1, ByteBuffer.allocate(1)));
  }

  @Test
  void aBufferIsTakenFromItsPositionAndUsedUp() throws CacheException {
    ByteBuffer data = ByteBuffer.allocateDirect(50).put(20, bytes(1, 10)).position(20).limit(30);
    try (PackSet.PackStream stream = packs.stream(-1)) {
      assertArrayEquals(bytes(1, 10), read(packs, stream.append(hash(1), data)));
    }
    assertFalse(data.hasRemaining());
  }

  @Test
  void smallStreamsShareAPackAndBlocksAreAligned() throws CacheException {
    try (PackSet.PackStream first = packs.stream(-1);
        PackSet.PackStream second = packs.stream(10)) {
      assertEquals(new BlockLocation(1, 0, 5_000), append(first, 1, 5_000));
      assertEquals(new BlockLocation(1, 8192, 10), append(second, 2, 10));
      first.skip(1 << 20);
      assertEquals(new BlockLocation(1, 12288, 4096), append(first, 3, 4096));
    }
    assertEquals(new BlockLocation(1, 16384, 1), append(packs, 4, 1));
    assertEquals(1, packs.count());
  }

  @Test
  void aFullSharedPackIsFollowedByTheNext() throws CacheException {
    try (PackSet.PackStream stream = packs.stream(-1)) {
      append(stream, 1, SMALL_PACK - 4096);
      assertEquals(new BlockLocation(1, SMALL_PACK - 4096, 8192), append(stream, 2, 8192));
      assertEquals(new BlockLocation(2, 0, 10), append(stream, 3, 10));
    }
    assertEquals(new BlockLocation(2, 4096, 10), append(packs, 4, 10));
  }

  @Test
  void aLargeStreamLiesInItsOwnPackByteForByte() throws Exception {
    append(packs, 9, 10);
    BlockLocation last;
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      assertEquals(new BlockLocation(2, 0, 8192), append(stream, 1, 8192));
      append(packs, 8, 10);
      stream.skip(12288);
      stream.skip(0);
      assertEquals(new BlockLocation(2, 20480, 4096), append(stream, 2, 4096));
      stream.skip(5000);
      last = append(stream, 3, 100);
      assertEquals(new BlockLocation(2, 32768, 100), last);
    }
    byte[] file = new byte[32868];
    System.arraycopy(bytes(1, 8192), 0, file, 0, 8192);
    System.arraycopy(bytes(2, 4096), 0, file, 20480, 4096);
    System.arraycopy(bytes(3, 100), 0, file, 32768, 100);
    assertArrayEquals(file, Files.readAllBytes(directory.resolve("00000002.pack")));
  }

  @Test
  void noGapLeadsToWhereFileSystemsEndFiles() throws CacheException {
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      append(stream, 1, 10);
      stream.skip(16L << 40);
      assertEquals(new BlockLocation(1, 4096, 10), append(stream, 2, 10));
      stream.skip(1L << 40);
      stream.skip(1L << 40);
      stream.skip(1);
      assertEquals(new BlockLocation(1, 8192 + (2L << 40), 10), append(stream, 3, 10));
    }
  }

  @Test
  void nothingElseIsEverAppendedToAnOwnPack() throws CacheException {
    append(packs, 1, 10);
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      append(stream, 2, 10);
    }
    reopen();
    assertEquals(new BlockLocation(1, 4096, 10), append(packs, 3, 10));
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      assertEquals(new BlockLocation(3, 0, 10), append(stream, 4, 10));
    }
  }

  @Test
  void aStreamThatAppendsNothingLeavesNothing() throws CacheException {
    packs.stream(-1).close();
    packs.stream(PackSet.OWN_PACK_BYTES).close();
    assertEquals(0, packs.count());
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      stream.skip(1 << 20);
      assertEquals(1, packs.count());
    }
    assertEquals(0, packs.count());
  }

  @Test
  void aClosedStreamRefusesEverything() throws CacheException {
    for (long expected : new long[] {-1, PackSet.OWN_PACK_BYTES}) {
      PackSet.PackStream stream = packs.stream(expected);
      stream.close();
      stream.close();
      assertThrows(IllegalStateException.class, () -> append(stream, 1, 10));
      assertThrows(IllegalStateException.class, () -> stream.skip(1));
    }
  }

  @Test
  void senselessLengthsAreRefused() throws CacheException {
    for (long expected : new long[] {-1, PackSet.OWN_PACK_BYTES}) {
      try (PackSet.PackStream stream = packs.stream(expected)) {
        assertThrows(IllegalArgumentException.class, () -> append(stream, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> append(stream, 1, (16 << 20) + 1));
        assertThrows(IllegalArgumentException.class, () -> stream.skip(-1));
      }
    }
  }

  @Test
  void everythingIsThereAfterReopening() throws CacheException {
    BlockLocation first = append(packs, 1, 5_000);
    BlockLocation second = append(packs, 2, 10);
    packs.sync();
    BlockLocation third = append(packs, 3, 10);
    reopen();
    assertEquals(
        List.of(
            new PackSet.IndexedBlock(hash(1), first),
            new PackSet.IndexedBlock(hash(2), second),
            new PackSet.IndexedBlock(hash(3), third)),
        Blocks.indexed(packs));
    assertArrayEquals(bytes(1, 5_000), read(packs, first));
    assertEquals(new BlockLocation(1, 16384, 10), append(packs, 4, 10));
  }

  @Test
  void appendingGoesOnBehindWhateverIsInThePackAlready() throws Exception {
    append(packs, 1, 10);
    packs.close();
    Path pack = directory.resolve("00000001.pack");
    Files.write(pack, new byte[20_000]);
    reopen();
    assertEquals(20_480, append(packs, 2, 10).offset());
    packs.close();
    Files.write(pack, new byte[10]);
    reopen();
    assertEquals(24_576, append(packs, 3, 10).offset());
  }

  @Test
  void freeingPunchesAHole() throws Exception {
    BlockLocation first = append(packs, 1, 20_000);
    BlockLocation second = append(packs, 2, 20_000);
    packs.sync();
    long before = packs.bytesOnDisk();
    long freed = packs.free(first);
    assumeTrue(freed > 0, "no holes on this file system");
    assertEquals(20_480, freed);
    assertArrayEquals(new byte[20_000], read(packs, first));
    assertArrayEquals(bytes(2, 20_000), read(packs, second));
    assertEquals(before - 20_480, packs.bytesOnDisk());
    assertEquals(List.of(second), locations(packs));
    assertEquals(0, packs.free(first), "a second time");
    reopen();
    assertEquals(List.of(second), locations(packs));
    assertEquals(0, packs.free(first), "after reopening");
  }

  @Test
  void anEmptyPackIsDeletedAndItsNumberNeverUsedAgain() throws Exception {
    BlockLocation first = append(packs, 1, 10);
    BlockLocation second = append(packs, 2, 10);
    packs.free(first);
    assertEquals(4096, packs.free(second));
    assertEquals(0, packs.count());
    assertFalse(Files.exists(directory.resolve("00000001.pack")));
    assertEquals(64, Files.size(directory.resolve("00000001.index")));
    reopen();
    assertEquals(0, packs.count());
    assertEquals(new BlockLocation(2, 0, 10), append(packs, 3, 10));
    reopen();
    assertFalse(Files.exists(directory.resolve("00000001.index")));
    assertThrows(CacheException.Corrupt.class, () -> read(packs, first));
    assertEquals(0, packs.free(first));
  }

  @Test
  void anOlderEmptyPackLeavesNothingBehind() throws Exception {
    BlockLocation old = append(packs, 1, SMALL_PACK);
    append(packs, 2, 10);
    read(packs, old);
    assertEquals(SMALL_PACK, packs.free(old));
    assertFalse(Files.exists(directory.resolve("00000001.pack")));
    assertFalse(Files.exists(directory.resolve("00000001.index")));
    assertEquals(1, packs.count());
    packs.sync();
  }

  @Test
  void aPackIsKeptWhileAStreamWritesToIt() throws CacheException {
    try (PackSet.PackStream stream = packs.stream(-1)) {
      packs.free(append(stream, 1, 10));
      assertEquals(1, packs.count());
      packs.free(append(stream, 2, 10));
    }
    assertEquals(0, packs.count());
  }

  @Test
  void aMissingPackIsNamed() throws Exception {
    BlockLocation nowhere = new BlockLocation(7, 0, 10);
    CacheException.Corrupt e =
        assertThrows(CacheException.Corrupt.class, () -> read(packs, nowhere));
    assertTrue(e.getMessage().contains("00000007.pack is missing"), e.getMessage());

    BlockLocation location = append(packs, 1, 10);
    packs.close();
    Files.delete(directory.resolve("00000001.pack"));
    reopen();
    assertThrows(CacheException.Corrupt.class, () -> read(packs, location));
    assertEquals(1, packs.damaged().size());
    assertEquals(List.of(location), locations(packs), "its index still tells what was in it");
    assertEquals(2, append(packs, 2, 10).pack());
  }

  @Test
  void aPackThatIsTooShortIsNamed() throws Exception {
    BlockLocation location = append(packs, 1, 5_000);
    packs.close();
    Files.write(directory.resolve("00000001.pack"), new byte[4_999]);
    reopen();
    CacheException.Corrupt e =
        assertThrows(CacheException.Corrupt.class, () -> read(packs, location));
    assertTrue(e.getMessage().contains("too short"), e.getMessage());
  }

  @Test
  void otherFilesInTheDirectoryAreLeftAlone() throws Exception {
    for (String name : List.of("00000000.pack", "1.pack", "00000009.txt", "9999999999.index")) {
      Files.writeString(directory.resolve(name), "mine");
    }
    reopen();
    assertEquals(1, append(packs, 1, 10).pack());
    assertEquals("mine", Files.readString(directory.resolve("00000009.txt")));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPackIsClosedThoughItsStreamEndsAfterTheSync() throws CacheException {
    BlockLocation location;
    try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
      location = append(stream, 1, 5000);
      packs.sync();
      assertEquals(FileUse.NONE, packs.lendable().use(location.pack()), "only a stream has it");
    }
    packs.sync();
    assumeTrue(
        packs.lendable().use(location.pack()) != FileUse.UNKNOWN, "no leases on this file system");
    assertEquals(FileUse.NONE, packs.lendable().use(location.pack()));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void addressesOfPacksThatAreGoneAreUsedAgain() throws CacheException {
    long first = 0;
    for (int i = 0; i < 5; i++) {
      BlockLocation location;
      try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
        location = append(stream, i, 5000);
      }
      long generation = packs.generation();
      long address = packs.address(location);
      assertNotEquals(0, address);
      assertEquals(
          bytes(i, 5000)[77], Pointer.wrap(Runtime.getSystemRuntime(), address).getByte(77));
      first = first == 0 ? address : first;
      assertEquals(first, address);
      packs.free(location);
      assertNotEquals(generation, packs.generation());
    }
  }
}

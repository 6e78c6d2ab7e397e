package io.unicache.store.pack;

import static io.unicache.store.pack.Blocks.STORE;
import static io.unicache.store.pack.Blocks.append;
import static io.unicache.store.pack.Blocks.bytes;
import static io.unicache.store.pack.Blocks.locations;
import static io.unicache.store.pack.Blocks.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.Checksum;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opens indexes that are torn, damaged, missing or not this store's. */
class PackIndexDamageTest {

  @TempDir Path directory;
  private Path pack;
  private Path index;
  private BlockLocation first;
  private BlockLocation second;

  @BeforeEach
  void twoBlocks() throws CacheException {
    pack = directory.resolve("00000001.pack");
    index = directory.resolve("00000001.index");
    try (PackSet packs = open()) {
      first = append(packs, 1, 5_000);
      second = append(packs, 2, 5_000);
    }
  }

  private PackSet open() throws CacheException {
    return PackSet.open(directory, STORE);
  }

  private void flip(Path file, int offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[offset] ^= 0x10;
    Files.write(file, bytes);
  }

  @Test
  void theBytesAreThoseOfTheFormat() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(index));
    assertEquals(64 + 2 * 64, bytes.capacity());
    byte[] magic = new byte[8];
    bytes.get(magic);
    assertArrayEquals("UCPACKIX".getBytes(java.nio.charset.StandardCharsets.US_ASCII), magic);
    assertEquals(1, bytes.getInt());
    assertEquals(1, bytes.getInt());
    assertEquals(STORE, new UUID(bytes.getLong(), bytes.getLong()));
    assertEquals(1, bytes.get());
    assertEquals(1, bytes.get(128));
    assertEquals(8192, bytes.getLong(128 + 33));
    assertEquals(5_000, bytes.getInt(128 + 41));
    assertEquals(5_000, bytes.getInt(128 + 45));
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(bytes.array(), 128, 60);
    assertEquals((int) crc.getValue(), bytes.getInt(128 + 60));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63})
  void aTornTailIsDroppedAndWrittenOver(int torn) throws Exception {
    byte[] tail = new byte[torn];
    Arrays.fill(tail, (byte) 7);
    Files.write(index, tail, StandardOpenOption.APPEND);
    assertTailIsDropped();
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 128, 150})
  void aTailOfZerosIsDroppedAndWrittenOver(int zeros) throws Exception {
    Files.write(index, new byte[zeros], StandardOpenOption.APPEND);
    assertTailIsDropped();
  }

  private void assertTailIsDropped() throws CacheException {
    BlockLocation third;
    try (PackSet packs = open()) {
      assertEquals(List.of(), packs.damaged());
      assertEquals(List.of(first, second), locations(packs));
      third = append(packs, 3, 10);
      assertEquals(List.of(first, second, third), locations(packs));
    }
    try (PackSet packs = open()) {
      assertEquals(List.of(), packs.damaged());
      assertEquals(List.of(first, second, third), locations(packs));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 64 + 20, 64 + 40, 64 + 49, 64 + 55, 64 + 63})
  void aDamagedRecordIsReportedAndTheRestStaysReadable(int offset) throws Exception {
    flip(index, offset);
    try (PackSet packs = open()) {
      assertEquals(1, packs.damaged().size());
      PackDamage damage = packs.damaged().get(0);
      assertEquals(index, damage.file());
      assertEquals(0, damage.record());
      assertTrue(damage.toString().contains("record 0: its checksum"), damage.toString());
      assertEquals(List.of(second), locations(packs));
      assertArrayEquals(bytes(1, 5_000), read(packs, first), "the block table may know of it");
      assertEquals(16384, append(packs, 3, 10).offset());
    }
  }

  @Test
  void aDamagedLastRecordIsNotTakenForATornOne() throws Exception {
    flip(index, 128 + 5);
    try (PackSet packs = open()) {
      assertEquals(1, packs.damaged().get(0).record());
      assertEquals(List.of(first), locations(packs));
      append(packs, 3, 10);
    }
    try (PackSet packs = open()) {
      assertEquals(1, packs.damaged().size());
      assertEquals(2, locations(packs).size());
    }
  }

  @Test
  void zerosBeforeARecordAreDamage() throws Exception {
    byte[] bytes = Files.readAllBytes(index);
    Arrays.fill(bytes, 64, 128, (byte) 0);
    Files.write(index, bytes);
    try (PackSet packs = open()) {
      assertEquals(List.of(new PackDamage(index, 0, "it is all zeros")), packs.damaged());
      assertEquals(List.of(second), locations(packs));
    }
  }

  @Test
  void aPackWithADamagedRecordIsNeverDeleted() throws Exception {
    flip(index, 64 + 5);
    try (PackSet packs = open()) {
      packs.free(second);
      packs.free(first);
      assertEquals(1, packs.count());
      assertEquals(List.of(), locations(packs));
    }
    assertTrue(Files.exists(pack));
  }

  @Test
  void aDamagedHeaderIsReportedAndTheRecordsAreRead() throws Exception {
    flip(index, 40);
    try (PackSet packs = open()) {
      assertEquals(PackDamage.WHOLE_FILE, packs.damaged().get(0).record());
      assertEquals(List.of(first, second), locations(packs));
      assertEquals(2, append(packs, 3, 10).pack(), "nothing is appended to it");
      packs.free(first);
      assertEquals(List.of(second, new BlockLocation(2, 0, 10)), locations(packs));
      packs.sync();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 63})
  void anIndexThatIsCutOffIsReportedAndThePackIsRead(int length) throws Exception {
    Files.write(index, Arrays.copyOf(Files.readAllBytes(index), length));
    assertPackIsReadableWithoutIndex();
  }

  @Test
  void aMissingIndexIsReportedAndThePackIsRead() throws Exception {
    Files.delete(index);
    assertPackIsReadableWithoutIndex();
  }

  private void assertPackIsReadableWithoutIndex() throws CacheException {
    try (PackSet packs = open()) {
      assertEquals(index, packs.damaged().get(0).file());
      assertArrayEquals(bytes(2, 5_000), read(packs, second));
      assertEquals(List.of(), locations(packs));
      assertEquals(2, append(packs, 3, 10).pack());
      packs.free(first);
      assertArrayEquals(bytes(2, 5_000), read(packs, second));
      packs.sync();
      packs.bytesOnDisk();
    }
  }

  @Test
  void anIndexThatWasBeingMadeIsNoDamage() throws Exception {
    Files.write(directory.resolve("00000002.index"), new byte[10]);
    Files.write(
        directory.resolve("00000003.index"),
        new IndexHeader(3, STORE, IndexHeader.Role.OWN).encode().array());
    try (PackSet packs = open()) {
      assertEquals(List.of(), packs.damaged());
      assertEquals(1, packs.count());
      try (PackSet.PackStream stream = packs.stream(PackSet.OWN_PACK_BYTES)) {
        assertEquals(4, append(stream, 3, 10).pack());
      }
    }
  }

  @Test
  void anotherStoresIndexIsRefused() {
    CacheException.Corrupt e =
        assertThrows(CacheException.Corrupt.class, () -> PackSet.open(directory, new UUID(1, 1)));
    assertTrue(e.getMessage().contains(STORE.toString()), e.getMessage());
    assertTrue(e.getMessage().contains("00000001.index"), e.getMessage());
  }

  @Test
  void anotherPacksIndexIsRefused() throws Exception {
    Files.move(index, directory.resolve("00000002.index"));
    Files.move(pack, directory.resolve("00000002.pack"));
    assertThrows(CacheException.Corrupt.class, this::open);
  }

  @Test
  void aLaterVersionIsRefused() throws Exception {
    byte[] bytes = Files.readAllBytes(index);
    ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(bytes, 64)).putInt(8, 2).position(60);
    System.arraycopy(Checksum.seal(header).array(), 0, bytes, 0, 64);
    Files.write(index, bytes);
    CacheException.Version e = assertThrows(CacheException.Version.class, this::open);
    assertTrue(e.getMessage().contains("version 2"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 33, 41, 49})
  void aRecordThatCannotBeIsDamageThoughItsChecksumIsRight(int field) throws Exception {
    byte[] bytes = Files.readAllBytes(index);
    ByteBuffer record = ByteBuffer.wrap(Arrays.copyOfRange(bytes, 64, 128));
    record.put(field, (byte) 0x85).position(60);
    System.arraycopy(Checksum.seal(record).array(), 0, bytes, 64, 64);
    Files.write(index, bytes);
    try (PackSet packs = open()) {
      assertEquals(1, packs.damaged().size());
      assertEquals(List.of(second), locations(packs));
    }
  }

  @Test
  void moreRecordsThanOneBufferHoldsAreRead() throws Exception {
    int count = 2_500;
    try (PackSet packs = open();
        PackSet.PackStream stream = packs.stream(-1)) {
      for (int i = 0; i < count; i++) {
        append(stream, i, 1);
      }
    }
    try (PackSet packs = open()) {
      assertEquals(count + 2, locations(packs).size());
      assertEquals(List.of(), packs.damaged());
    }
  }
}

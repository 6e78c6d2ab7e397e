package io.unicache.store.pack;

import static io.unicache.store.pack.Blocks.STORE;
import static io.unicache.store.pack.Blocks.append;
import static io.unicache.store.pack.Blocks.hash;
import static io.unicache.store.pack.Blocks.locations;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.pack.PackSet.IndexedBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes of which a power cut has left parts. */
class IndexMenderTest {

  @TempDir Path directory;
  private Path pack;
  private Path index;
  private List<IndexedBlock> blocks;

  @BeforeEach
  void threeBlocks() throws CacheException {
    pack = directory.resolve("00000001.pack");
    index = directory.resolve("00000001.index");
    try (PackSet packs = open()) {
      blocks =
          List.of(
              new IndexedBlock(hash(1), append(packs, 1, 5_000)),
              new IndexedBlock(hash(2), append(packs, 2, 5_000)),
              new IndexedBlock(hash(3), append(packs, 3, 5_000)));
    }
  }

  private PackSet open() throws CacheException {
    return PackSet.open(directory, STORE);
  }

  private void zero(long from, int count) throws IOException {
    try (FileChannel channel = FileChannel.open(index, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(count), from);
    }
  }

  private void mend(List<IndexedBlock> known) throws CacheException {
    try (PackSet packs = open()) {
      Set<Integer> lacking = new TreeSet<>(packs.lackingRecords());
      for (IndexedBlock block : known) {
        if (!packs.isIndexed(block.location())) {
          lacking.add(block.location().pack());
        }
      }
      packs.mend(
          lacking,
          (number, visitor) -> {
            for (IndexedBlock block : known) {
              visitor.visit(block);
            }
          });
      assertEquals(List.of(), packs.damaged());
      if (!known.isEmpty()) {
        append(packs, 4, 10);
      }
    }
  }

  private void assertSound(IndexedBlock... expected) throws CacheException {
    try (PackSet packs = open()) {
      assertEquals(List.of(), packs.damaged());
      Set<BlockLocation> found = new java.util.HashSet<>(locations(packs));
      for (IndexedBlock block : expected) {
        assertEquals(true, found.contains(block.location()), block::toString);
      }
      assertEquals(expected.length + 1, found.size(), "and the one that was appended");
    }
    assertFalse(Files.exists(directory.resolve("00000001.index.new")));
  }

  private IndexedBlock[] all() {
    return blocks.toArray(IndexedBlock[]::new);
  }

  @Test
  void aGapOfZerosIsFilled() throws Exception {
    zero(64, 128);
    mend(blocks);
    assertSound(all());
  }

  @Test
  void whatOnlyTheIndexKnowsStays() throws Exception {
    zero(64, 64);
    mend(blocks.subList(1, 2));
    assertSound(blocks.get(1), blocks.get(2));
  }

  @Test
  void aRecordThatIsMissingAtTheEndIsWritten() throws Exception {
    Files.write(index, java.util.Arrays.copyOf(Files.readAllBytes(index), 64 + 64));
    mend(blocks);
    assertSound(all());
  }

  @Test
  void aHeaderOfZerosIsWrittenAnew() throws Exception {
    zero(0, 128);
    mend(blocks);
    assertSound(all());
  }

  @Test
  void aMissingIndexIsWrittenAnew() throws Exception {
    Files.delete(index);
    Files.write(directory.resolve("00000001.index.new"), new byte[100]);
    mend(blocks);
    assertSound(all());
  }

  @Test
  void aPackOfWhichNothingIsKnownGoes() throws Exception {
    Files.write(index, new byte[0]);
    mend(List.of());
    assertFalse(Files.exists(pack));
    assertFalse(Files.exists(index));
  }

  @Test
  void anIndexWithoutItsPackGoes() throws Exception {
    Files.delete(pack);
    mend(List.of());
    assertFalse(Files.exists(index));
  }

  @Test
  void anIndexOfZerosWithoutItsPackIsNoDamage() throws Exception {
    Files.delete(pack);
    Files.write(index, new byte[128]);
    mend(List.of());
    mend(List.of());
  }

  @Test
  void whatIsAlteredStaysAsItIs() throws Exception {
    byte[] bytes = Files.readAllBytes(index);
    bytes[64 + 3] ^= 1;
    Files.write(index, bytes);
    try (PackSet packs = open()) {
      assertEquals(Set.of(), packs.lackingRecords());
      packs.mend(Set.of(1), (number, visitor) -> {});
      assertEquals(1, packs.damaged().size());
    }
    assertEquals(-1, java.util.Arrays.mismatch(bytes, Files.readAllBytes(index)));
  }
}

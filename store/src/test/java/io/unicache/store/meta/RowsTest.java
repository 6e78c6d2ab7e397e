package io.unicache.store.meta;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class RowsTest {

  /** A family's reader, whatever it returns. */
  private interface Decoder {
    Object decode(byte[] key, byte[] value) throws CacheException;
  }

  private static final List<Decoder> DECODERS =
      List.of(
          BlockRow::decode,
          ManifestRow::decode,
          InodeRow::decode,
          EntryRow::decode,
          EntryRow::decodeListing,
          StoredFileRow::decode,
          FreedRow::decode,
          UnsyncedRow::decode,
          PlainRow::attributeName,
          PlainRow::orphan,
          PlainRow::idleBlock,
          (key, value) -> PlainRow.decode(Family.STATE, key, value),
          (key, value) -> ManifestRow.references(key, value),
          (key, value) -> StateRow.decodeTotals(value),
          (key, value) -> StateRow.decodeNumber(value),
          (key, value) -> StateRow.decodeDurable(value));

  @Provide
  Arbitrary<BlockHash> hashes() {
    return Arbitraries.bytes().array(byte[].class).ofSize(BlockHash.SIZE).map(BlockHash::of);
  }

  @Provide
  Arbitrary<BlockLocation> locations() {
    return Combinators.combine(
            Arbitraries.integers().greaterOrEqual(1),
            Arbitraries.longs().between(0, Long.MAX_VALUE / BlockLocation.ALIGNMENT),
            Arbitraries.integers().greaterOrEqual(1))
        .as((pack, at, length) -> new BlockLocation(pack, at * BlockLocation.ALIGNMENT, length));
  }

  @Provide
  Arbitrary<Timestamp> times() {
    return Combinators.combine(Arbitraries.longs(), Arbitraries.integers().between(0, 999_999_999))
        .as(Timestamp::new);
  }

  @Provide
  Arbitrary<Name> names() {
    return Arbitraries.bytes()
        .filter(b -> b != 0 && b != '/')
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(Name.MAX_BYTES)
        .filter(
            b -> !Arrays.equals(b, new byte[] {'.'}) && !Arrays.equals(b, new byte[] {'.', '.'}))
        .map(
            bytes -> {
              try {
                return Name.of(bytes);
              } catch (CacheException e) {
                throw new AssertionError(e);
              }
            });
  }

  @Provide
  Arbitrary<Inode> inodes() {
    Arbitrary<Integer> ints = Arbitraries.integers();
    Arbitrary<Inode.Builder> start =
        Combinators.combine(
                Arbitraries.longs(),
                Arbitraries.of(Inode.Type.class),
                Arbitraries.integers().between(0, 07777),
                ints,
                ints,
                ints,
                ints,
                Arbitraries.longs())
            .as(
                (number, type, permissions, uid, gid, links, device, parent) ->
                    Inode.builder(number, type.bits() | permissions)
                        .owner(uid, gid)
                        .links(links)
                        .device(device)
                        .parent(parent));
    Arbitrary<String> targets =
        Arbitraries.strings().withCharRange('\1', '\u00ff').ofMinLength(1).ofMaxLength(300);
    return Combinators.combine(
            start,
            times(),
            times(),
            times(),
            times(),
            hashes().injectNull(0.3),
            Arbitraries.longs().greaterOrEqual(0),
            targets)
        .as(
            (inode, accessed, modified, changed, born, hash, size, target) -> {
              inode.accessed(accessed).modified(modified).changed(changed).born(born);
              return inode.build().type() == Inode.Type.SYMLINK
                  ? inode.target(target).build()
                  : inode.content(hash == null ? null : new ContentId(hash), size).build();
            });
  }

  @Property(tries = 60)
  void blocks(
      @ForAll("hashes") BlockHash hash,
      @ForAll("locations") BlockLocation location,
      @ForAll @LongRange(max = Long.MAX_VALUE) long references)
      throws CacheException {
    BlockEntry block = new BlockEntry(hash, location, references);
    assertEquals(block, BlockRow.decode(BlockRow.key(hash), BlockRow.encode(block)));
    assertEquals(location, FreedRow.decode(FreedRow.key(location), FreedRow.encode(location)));
    assertEquals(hash, PlainRow.idleBlock(BlockRow.key(hash), PlainRow.nothing()));
    assertCutsAreCorrupt(BlockRow::decode, BlockRow.key(hash), BlockRow.encode(block));
    assertCutsAreCorrupt(FreedRow::decode, FreedRow.key(location), FreedRow.encode(location));
  }

  @Property(tries = 60)
  void manifests(
      @ForAll("hashes") BlockHash id,
      @ForAll @Size(max = 20) List<Long> extents,
      @ForAll @LongRange(max = Long.MAX_VALUE) long references)
      throws CacheException {
    Manifest.Builder builder = new Manifest.Builder();
    for (long extent : extents) {
      if (extent < 0) {
        builder.addHole((extent & 0xffffff) + 1);
      } else {
        builder.addBlock(Samples.hash((int) extent), (int) (extent & 0xffffff) + 1);
      }
    }
    ContentId content = new ContentId(id);
    byte[] key = ManifestRow.key(content);
    byte[] value = ManifestRow.encode(builder.build(), 1);
    byte[] counted = ManifestRow.withReferences(value, references);
    assertEquals(
        new ManifestEntry(content, builder.build(), references), ManifestRow.decode(key, counted));
    assertEquals(references, ManifestRow.references(key, counted));
    assertEquals(1, ManifestRow.references(key, value));
  }

  @Property(tries = 60)
  void unsyncedFiles(
      @ForAll long inode,
      @ForAll("times") Timestamp modified,
      @ForAll("hashes") BlockHash hash,
      @ForAll @StringLength(min = 1, max = 60) String id)
      throws CacheException {
    ContentId content = new ContentId(hash);
    for (Unsynced row :
        List.of(
            new Unsynced.OfInode(inode, Optional.empty()),
            new Unsynced.OfInode(
                inode, Optional.of(new Unsynced.Before(modified, Optional.empty()))),
            new Unsynced.OfInode(
                inode, Optional.of(new Unsynced.Before(modified, Optional.of(content)))),
            new Unsynced.OfStoredFile(id, Optional.empty()),
            new Unsynced.OfStoredFile(
                id, Optional.of(new StoredFile(id, content, 7, "name", "", modified))))) {
      byte[] key = UnsyncedRow.key(row);
      assertEquals(row, UnsyncedRow.decode(key, UnsyncedRow.encode(row)));
    }
  }

  @Property(tries = 60)
  void inodes(@ForAll("inodes") Inode inode) throws CacheException {
    byte[] key = InodeRow.key(inode.number());
    assertEquals(inode, InodeRow.decode(key, InodeRow.encode(inode)));
    assertCutsAreCorrupt(InodeRow::decode, key, InodeRow.encode(inode));
  }

  @Property(tries = 60)
  void entries(
      @ForAll("names") Name name,
      @ForAll long directory,
      @ForAll long inode,
      @ForAll Inode.Type type,
      @ForAll long cookie)
      throws CacheException {
    DirectoryEntry entry = new DirectoryEntry(name, inode, type, cookie);
    byte[] key = EntryRow.key(directory, name);
    byte[] listingKey = EntryRow.listingKey(directory, cookie);
    assertEquals(entry, EntryRow.decode(key, EntryRow.encode(entry)));
    assertEquals(entry, EntryRow.decodeListing(listingKey, EntryRow.encodeListing(entry)));
    assertEquals(name, PlainRow.attributeName(key, PlainRow.encode(new byte[] {1})));
    assertCutsAreCorrupt(EntryRow::decode, key, EntryRow.encode(entry));
  }

  @Property(tries = 60)
  void storedFiles(
      @ForAll @StringLength(min = 1, max = 60) String id,
      @ForAll("hashes") BlockHash content,
      @ForAll @LongRange(max = Long.MAX_VALUE) long size,
      @ForAll @StringLength(max = 60) String name,
      @ForAll @StringLength(max = 60) String source,
      @ForAll("times") Timestamp stored)
      throws CacheException {
    StoredFile file =
        new StoredFile(utf8(id), new ContentId(content), size, utf8(name), utf8(source), stored);
    byte[] key = StoredFileRow.key(file.id());
    assertEquals(file, StoredFileRow.decode(key, StoredFileRow.encode(file)));
    assertCutsAreCorrupt(StoredFileRow::decode, key, StoredFileRow.encode(file));
  }

  /** Lone surrogates have no encoding; nobody types them. */
  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  @Property(tries = 60)
  void state(@ForAll long a, @ForAll long b, @ForAll long c, @ForAll long d, @ForAll byte[] bytes)
      throws CacheException {
    MetaStore.Totals totals = new MetaStore.Totals(a, b, c, d);
    assertEquals(totals, StateRow.decodeTotals(StateRow.encode(totals)));
    assertEquals(
        a & Long.MAX_VALUE, StateRow.decodeNumber(StateRow.encodeNumber(a & Long.MAX_VALUE)));
    assertArrayEquals(
        bytes, PlainRow.decode(Family.STATE, StateRow.key("k"), PlainRow.encode(bytes)));
  }

  private static void assertCutsAreCorrupt(Decoder decoder, byte[] key, byte[] value) {
    for (int length = 0; length < value.length; length++) {
      byte[] cut = Arrays.copyOf(value, length);
      // A name that is cut is another name; nothing else may be cut.
      assertThrows(CacheException.Corrupt.class, () -> decoder.decode(key, cut));
    }
    byte[] longer = Arrays.copyOf(value, value.length + 1);
    assertThrows(CacheException.Corrupt.class, () -> decoder.decode(key, longer));
  }

  @Property(tries = 300)
  void garbageIsCorruptOrOfAnotherVersion(@ForAll byte[] key, @ForAll byte[] value) {
    byte[] versioned = value.clone();
    if (versioned.length > 0) {
      versioned[0] = Rows.VERSION;
    }
    for (Decoder decoder : DECODERS) {
      assertReadsOrFailsAsItShould(decoder, key, value);
      assertReadsOrFailsAsItShould(decoder, key, versioned);
    }
  }

  @Property(tries = 60)
  void damagedInodesAreCorruptOrInodes(
      @ForAll("inodes") Inode inode,
      @ForAll @LongRange(min = 1, max = 200) long at,
      @ForAll byte b) {
    byte[] value = InodeRow.encode(inode);
    value[(int) (at % value.length)] = b;
    assertReadsOrFailsAsItShould(InodeRow::decode, InodeRow.key(inode.number()), value);
  }

  private static void assertReadsOrFailsAsItShould(Decoder decoder, byte[] key, byte[] value) {
    try {
      decoder.decode(key, value);
    } catch (CacheException.Corrupt | CacheException.Version expected) {
      // What damage looks like.
    } catch (CacheException e) {
      throw new AssertionError("key and value of " + value.length + " bytes", e);
    }
  }

  @Test
  void bytesAreWhatTheFormatSays() {
    // If this fails, stores that people have cannot be read any more.
    BlockEntry block = new BlockEntry(Samples.hash(1), new BlockLocation(2, 8192, 5), 3);
    assertEquals(
        "01" + "00000002" + "0000000000002000" + "00000005" + "00" + "0000000000000003",
        hex(BlockRow.encode(block)));
    assertEquals("00000002" + "0000000000002000", hex(FreedRow.key(block.location())));
    assertEquals("01" + "00000005", hex(FreedRow.encode(block.location())));
    Inode symlink =
        Inode.builder(5, Inode.Type.SYMLINK.bits() | 0777)
            .owner(1, 2)
            .accessed(new Timestamp(-1, 9))
            .target("ab")
            .build();
    assertEquals("0000000000000005", hex(InodeRow.key(5)));
    assertEquals(
        "01"
            + "0000a1ff"
            + "00000001"
            + "00000002"
            + "00000001"
            + "00000000"
            + "0000000000000000"
            + "0000000000000002"
            + "ffffffffffffffff00000009"
            + "000000000000000000000000".repeat(3)
            + "00"
            + "000000026162",
        hex(InodeRow.encode(symlink)));
    assertEquals("00746f74616c73", hex(StateRow.TOTALS_KEY));
    assertEquals("006e756d62657273", hex(StateRow.NUMBERS_KEY));
  }

  @Test
  void entryBytesAreWhatTheFormatSays() throws CacheException {
    DirectoryEntry entry = new DirectoryEntry(Name.of("x"), 9, Inode.Type.DIRECTORY, 16);
    assertEquals("000000000000000178", hex(EntryRow.key(1, entry.name())));
    assertEquals(
        "01" + "0000000000000009" + "04" + "0000000000000010", hex(EntryRow.encode(entry)));
    assertEquals("00000000000000010000000000000010", hex(EntryRow.listingKey(1, 16)));
    assertEquals("01" + "0000000000000009" + "04" + "78", hex(EntryRow.encodeListing(entry)));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}

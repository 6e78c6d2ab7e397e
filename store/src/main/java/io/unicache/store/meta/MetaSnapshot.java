package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore.Totals;
import io.unicache.store.meta.MetaStore.Visitor;
import java.util.Optional;
import java.util.OptionalLong;
import org.rocksdb.Snapshot;

/**
 * All rows as they were at one moment, whatever changes meanwhile: for looking through everything.
 * A row that cannot be read does not end a scan; it is told to {@link #onDamage} and left out. Used
 * by one thread.
 */
public final class MetaSnapshot implements AutoCloseable {

  /** Told of rows that cannot be read, during a scan. */
  @FunctionalInterface
  public interface RowDamage {
    /**
     * Takes a row.
     *
     * @param table its name in FORMAT.md
     */
    void row(String table, CacheException problem) throws CacheException;
  }

  /** An entry, and the directory that it is in. */
  public record PlacedEntry(long directory, DirectoryEntry entry) {}

  @FunctionalInterface
  private interface Decoder<T> {
    T decode(byte[] key, byte[] value) throws CacheException;
  }

  private static final byte[] FIRST = {};

  private final RocksTables tables;
  private final Snapshot at;
  private RowDamage damage = (table, problem) -> {};

  MetaSnapshot(RocksTables tables) {
    this.tables = tables;
    this.at = tables.snapshot();
  }

  /** Says who is told of damaged rows; until then nobody is. */
  public void onDamage(RowDamage listener) {
    damage = listener;
  }

  /** Visits the block table from a hash on; from the first one if it is null. */
  public void blocks(BlockHash from, Visitor<BlockEntry> visitor) throws CacheException {
    scan(Family.BLOCKS, from == null ? FIRST : BlockRow.key(from), BlockRow::decode, visitor);
  }

  public Optional<BlockEntry> block(BlockHash hash) throws CacheException {
    return get(Family.BLOCKS, BlockRow.key(hash), BlockRow::decode);
  }

  /** Visits the manifests from a content ID on; from the first one if it is null. */
  public void manifests(ContentId from, Visitor<ManifestEntry> visitor) throws CacheException {
    byte[] key = from == null ? FIRST : ManifestRow.key(from);
    scan(Family.MANIFESTS, key, ManifestRow::decode, visitor);
  }

  public Optional<ManifestEntry> manifest(ContentId id) throws CacheException {
    return get(Family.MANIFESTS, ManifestRow.key(id), ManifestRow::decode);
  }

  /** Visits the inodes from a number on. */
  public void inodes(long from, Visitor<Inode> visitor) throws CacheException {
    scan(Family.INODES, InodeRow.key(from), InodeRow::decode, visitor);
  }

  public Optional<Inode> inode(long number) throws CacheException {
    return get(Family.INODES, InodeRow.key(number), InodeRow::decode);
  }

  /** Visits the rows by which names are found, one directory after the other. */
  public void entries(Visitor<PlacedEntry> visitor) throws CacheException {
    scan(
        Family.ENTRIES,
        FIRST,
        (key, value) -> new PlacedEntry(Keys.first(key), EntryRow.decode(key, value)),
        visitor);
  }

  public Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException {
    return get(Family.ENTRIES, EntryRow.key(directory, name), EntryRow::decode);
  }

  /** Visits the rows that list names, one directory after the other. */
  public void listing(Visitor<PlacedEntry> visitor) throws CacheException {
    listing(0, 0, visitor);
  }

  /** As {@link #listing(Visitor)}, from the first entry of a directory behind a cookie on. */
  public void listing(long directory, long cookie, Visitor<PlacedEntry> visitor)
      throws CacheException {
    scan(
        Family.LISTING,
        EntryRow.listingKey(directory, cookie + 1),
        (key, value) -> new PlacedEntry(Keys.first(key), EntryRow.decodeListing(key, value)),
        visitor);
  }

  public Optional<DirectoryEntry> listed(long directory, long cookie) throws CacheException {
    return get(Family.LISTING, EntryRow.listingKey(directory, cookie), EntryRow::decodeListing);
  }

  /** Visits the names of all extended attributes. */
  public void attributes(Visitor<Name> visitor) throws CacheException {
    scan(Family.ATTRIBUTES, FIRST, PlainRow::attributeName, visitor);
  }

  /** Returns an extended attribute's value. */
  public Optional<byte[]> attribute(long inode, Name name) throws CacheException {
    return get(
        Family.ATTRIBUTES,
        Keys.named(inode, name),
        (key, value) -> PlainRow.decode(Family.ATTRIBUTES, key, value));
  }

  public void storedFiles(Visitor<StoredFile> visitor) throws CacheException {
    scan(Family.FILES, FIRST, StoredFileRow::decode, visitor);
  }

  /** Visits what files were that have got a content since the last sync. */
  public void unsynced(Visitor<Unsynced> visitor) throws CacheException {
    scan(Family.UNSYNCED, FIRST, UnsyncedRow::decode, visitor);
  }

  public void freed(Visitor<BlockLocation> visitor) throws CacheException {
    scan(Family.FREED, FIRST, FreedRow::decode, visitor);
  }

  /** Visits the blocks that are noted to have no references. */
  public void idle(Visitor<BlockHash> visitor) throws CacheException {
    scan(Family.IDLE, FIRST, PlainRow::idleBlock, visitor);
  }

  /** Tells whether a block is noted to have no references. */
  public boolean isIdle(BlockHash hash) throws CacheException {
    return tables.get(Family.IDLE, BlockRow.key(hash), at) != null;
  }

  public void orphans(Visitor<Long> visitor) throws CacheException {
    scan(Family.ORPHANS, FIRST, PlainRow::orphan, visitor);
  }

  public void journals(Visitor<JournalEntry> visitor) throws CacheException {
    scan(Family.JOURNALS, FIRST, JournalRow::decode, visitor);
  }

  /** Returns the running totals, if there are any that can be read. */
  public Optional<Totals> totals() throws CacheException {
    return get(Family.STATE, StateRow.TOTALS_KEY, (key, value) -> StateRow.decodeTotals(value));
  }

  /** Returns the number that no inode or cookie has reached, if there is one that can be read. */
  public OptionalLong numbers() throws CacheException {
    Optional<Long> limit =
        get(Family.STATE, StateRow.NUMBERS_KEY, (key, value) -> StateRow.decodeNumber(value));
    return limit.isPresent() ? OptionalLong.of(limit.get()) : OptionalLong.empty();
  }

  private <T> void scan(Family family, byte[] from, Decoder<T> decoder, Visitor<T> visitor)
      throws CacheException {
    tables.scan(
        family,
        from,
        at,
        (key, value) -> {
          T row;
          try {
            row = decoder.decode(key, value);
          } catch (CacheException.Corrupt | CacheException.Version e) {
            damage.row(family.title(), e);
            return true;
          }
          return visitor.visit(row);
        });
  }

  /** A row that cannot be read is told to whoever scans; here it is none. */
  private <T> Optional<T> get(Family family, byte[] key, Decoder<T> decoder) throws CacheException {
    byte[] value = tables.get(family, key, at);
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(decoder.decode(key, value));
    } catch (CacheException.Corrupt | CacheException.Version e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    tables.release(at);
  }
}

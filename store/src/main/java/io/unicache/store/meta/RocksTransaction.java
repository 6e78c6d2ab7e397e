package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;

/** A change on its way into one batch. Used by one thread, under the lock of changes. */
final class RocksTransaction implements MetaStore.Transaction, AutoCloseable {

  private final Batch batch;
  private final TreeCache cache;
  private final Numbers numbers;
  private final References references;
  private final UnsyncedFiles unsynced;
  private final TotalsChange totals = new TotalsChange();
  private final Departures departures;
  private final Departures.Pending departing = new Departures.Pending();
  private MetaStore.Totals replacedTotals;

  RocksTransaction(
      RocksTables tables,
      TreeCache cache,
      BlockPins pins,
      Numbers numbers,
      UnsyncedKeys unsyncedKeys,
      Departures departures) {
    this.cache = cache;
    this.numbers = numbers;
    this.departures = departures;
    batch = new Batch(tables);
    references = new References(batch, pins, totals, this::putFreed);
    unsynced = new UnsyncedFiles(batch, references, unsyncedKeys);
  }

  /**
   * Writes the batch.
   *
   * @param before the totals before the change
   * @return the totals after it
   */
  MetaStore.Totals commit(MetaStore.Totals before) throws CacheException {
    references.finish();
    MetaStore.Totals after = replacedTotals != null ? replacedTotals : totals.addTo(before);
    if (!after.equals(before)) {
      batch.put(Family.STATE, StateRow.TOTALS_KEY, StateRow.encode(after));
    }
    cache.write(batch);
    numbers.committed();
    departures.commit(departing);
    references.committed();
    unsynced.committed(numbers.last());
    return after;
  }

  /** Sets totals that were counted, instead of those that follow from the changes. */
  void replaceTotals(MetaStore.Totals counted) {
    replacedTotals = counted;
  }

  /** Returns what writes single rows into the same batch. */
  RowMender mender() {
    return new RowMender(batch, numbers);
  }

  /** Ends the transaction; what was not committed is forgotten. */
  @Override
  public void close() {
    batch.discard();
    numbers.rolledBack();
  }

  @Override
  public long nextNumber() {
    return numbers.next(batch);
  }

  @Override
  public Optional<Inode> inode(long number) throws CacheException {
    byte[] key = InodeRow.key(number);
    byte[] value = batch.get(Family.INODES, key);
    return value == null ? Optional.empty() : Optional.of(InodeRow.decode(key, value));
  }

  @Override
  public void putInode(Inode inode) throws CacheException {
    totals.inode(inode(inode.number()).orElse(null), -1);
    totals.inode(inode, 1);
    batch.put(Family.INODES, InodeRow.key(inode.number()), InodeRow.encode(inode));
  }

  @Override
  public void deleteInode(long number) throws CacheException {
    Optional<Inode> found = inode(number);
    if (found.isEmpty()) {
      return;
    }
    Inode inode = found.get();
    unsynced.replaceForGood(inode);
    byte[] key = InodeRow.key(number);
    for (byte[] attribute : batch.keys(Family.ATTRIBUTES, key, Integer.MAX_VALUE)) {
      batch.delete(Family.ATTRIBUTES, attribute);
    }
    if (inode.links() == 0) {
      batch.delete(Family.ORPHANS, key);
    }
    deleteJournal(number);
    batch.delete(Family.INODES, key);
    totals.inode(inode, -1);
  }

  @Override
  public void putOrphan(long number) {
    batch.put(Family.ORPHANS, Keys.number(number), PlainRow.nothing());
  }

  @Override
  public void deleteOrphan(long number) {
    batch.delete(Family.ORPHANS, Keys.number(number));
  }

  @Override
  public void putJournal(JournalEntry journal) {
    batch.put(Family.JOURNALS, JournalRow.key(journal.inode()), JournalRow.encode(journal));
  }

  @Override
  public void deleteJournal(long inode) throws CacheException {
    byte[] key = JournalRow.key(inode);
    if (batch.get(Family.JOURNALS, key) != null) {
      batch.delete(Family.JOURNALS, key);
    }
  }

  @Override
  public Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException {
    byte[] key = EntryRow.key(directory, name);
    byte[] value = batch.get(Family.ENTRIES, key);
    return value == null ? Optional.empty() : Optional.of(EntryRow.decode(key, value));
  }

  @Override
  public boolean isEmptyDirectory(long directory) throws CacheException {
    return batch.keys(Family.LISTING, Keys.number(directory), 1).isEmpty();
  }

  @Override
  public void putEntry(long directory, DirectoryEntry entry) throws CacheException {
    Optional<DirectoryEntry> old = entry(directory, entry.name());
    if (old.isPresent() && old.get().cookie() != entry.cookie()) {
      batch.delete(Family.LISTING, EntryRow.listingKey(directory, old.get().cookie()));
    }
    batch.put(Family.ENTRIES, EntryRow.key(directory, entry.name()), EntryRow.encode(entry));
    batch.put(
        Family.LISTING,
        EntryRow.listingKey(directory, entry.cookie()),
        EntryRow.encodeListing(entry));
  }

  @Override
  public void deleteEntry(long directory, DirectoryEntry entry) {
    batch.delete(Family.ENTRIES, EntryRow.key(directory, entry.name()));
    batch.delete(Family.LISTING, EntryRow.listingKey(directory, entry.cookie()));
  }

  @Override
  public Optional<byte[]> attribute(long inode, Name name) throws CacheException {
    byte[] key = Keys.named(inode, name);
    byte[] value = batch.get(Family.ATTRIBUTES, key);
    return value == null
        ? Optional.empty()
        : Optional.of(PlainRow.decode(Family.ATTRIBUTES, key, value));
  }

  @Override
  public void putAttribute(long inode, Name name, byte[] value) {
    batch.put(Family.ATTRIBUTES, Keys.named(inode, name), PlainRow.encode(value));
  }

  @Override
  public void deleteAttribute(long inode, Name name) {
    batch.delete(Family.ATTRIBUTES, Keys.named(inode, name));
  }

  @Override
  public Optional<StoredFile> storedFile(String id) throws CacheException {
    byte[] key = StoredFileRow.key(id);
    byte[] value = batch.get(Family.FILES, key);
    return value == null ? Optional.empty() : Optional.of(StoredFileRow.decode(key, value));
  }

  @Override
  public void putStoredFile(StoredFile file) throws CacheException {
    totals.storedFile(storedFile(file.id()).orElse(null), -1);
    totals.storedFile(file, 1);
    batch.put(Family.FILES, StoredFileRow.key(file.id()), StoredFileRow.encode(file));
  }

  @Override
  public void deleteStoredFile(String id) throws CacheException {
    unsynced.drop(UnsyncedRow.key(id));
    totals.storedFile(storedFile(id).orElse(null), -1);
    batch.delete(Family.FILES, StoredFileRow.key(id));
  }

  @Override
  public void putState(String key, byte[] value) {
    batch.put(Family.STATE, StateRow.key(key), PlainRow.encode(value));
  }

  @Override
  public void deleteState(String key) {
    batch.delete(Family.STATE, StateRow.key(key));
  }

  @Override
  public void retain(ContentId id, Manifest manifest) throws CacheException {
    references.retain(id, manifest);
  }

  @Override
  public void retain(ContentId id) throws CacheException {
    references.retain(id);
  }

  @Override
  public void release(ContentId id) throws CacheException {
    references.release(id);
  }

  @Override
  public BlockLocation relocate(BlockHash hash, BlockLocation from, BlockLocation to)
      throws CacheException {
    BlockLocation counts = references.relocate(hash, from, to);
    putFreed(counts.equals(to) ? from : to);
    return counts;
  }

  @Override
  public void replaceContent(Inode inode) throws CacheException {
    unsynced.replace(inode);
  }

  @Override
  public void replaceContentDurably(Inode inode) throws CacheException {
    unsynced.replaceForGood(inode);
  }

  @Override
  public void replaceStoredFile(String id, Optional<StoredFile> old) throws CacheException {
    unsynced.replace(id, old);
  }

  @Override
  public void takeUnsynced(Unsynced row) {
    unsynced.take(row);
  }

  @Override
  public void dropUnsynced(Unsynced row) throws CacheException {
    unsynced.drop(UnsyncedRow.key(row));
  }

  @Override
  public void synced(SortedMap<Integer, Long> packEnds) throws CacheException {
    unsynced.clear();
    byte[] value = StateRow.encodeDurable(packEnds);
    if (!Arrays.equals(value, batch.get(Family.STATE, StateRow.DURABLE_KEY))) {
      batch.put(Family.STATE, StateRow.DURABLE_KEY, value);
    }
  }

  @Override
  public void putFreed(BlockLocation location) {
    departing.add(location);
    batch.put(Family.FREED, FreedRow.key(location), FreedRow.encode(location));
  }

  @Override
  public void deleteFreed(BlockLocation location) {
    batch.delete(Family.FREED, FreedRow.key(location));
  }

  @Override
  public boolean deleteIfUnreferenced(BlockHash hash) throws CacheException {
    return references.deleteIfUnreferenced(hash);
  }
}

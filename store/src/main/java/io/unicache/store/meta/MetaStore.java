package io.unicache.store.meta;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The metadata of a store in RocksDB: column families, keys and value codecs live here and only
 * here. Reads need no lock and see the last committed state. Every change goes through {@link
 * #update}: one at a time, one atomic batch each. A batch survives a crash of the process at once,
 * and a crash of the machine from the next {@link #sync()} on. In between the system may make it
 * durable at any moment, before the blocks that it names: see {@link Unsynced}. Safe for use by
 * many threads.
 */
public final class MetaStore implements AutoCloseable {

  /**
   * A change: reads and writes through the transaction; an exception leaves everything as it was.
   */
  @FunctionalInterface
  public interface Change<T> {
    T apply(Transaction transaction) throws CacheException;
  }

  /** Receives rows of a scan. */
  @FunctionalInterface
  public interface Visitor<T> {
    /** Returns whether to go on. */
    boolean visit(T row) throws CacheException;
  }

  private final RocksTables tables;

  /** Null if no second copy is kept. */
  private final MetaLedger ledger;

  private final TreeCache cache;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final BlockPins pins = new BlockPins(this, lock.readLock());
  private final Numbers numbers;
  private final Departures departures = new Departures();

  /** Guarded by the lock. */
  private final UnsyncedKeys unsynced;

  /** Written under the lock. */
  private volatile Totals totals;

  private MetaStore(RocksTables tables, MetaLedger ledger) throws CacheException {
    this.tables = tables;
    this.ledger = ledger;
    cache = new TreeCache(tables);
    numbers = new Numbers(tables);
    unsynced = new UnsyncedKeys(numbers.last());
    byte[] value = tables.get(Family.STATE, StateRow.TOTALS_KEY);
    totals = value == null ? Totals.ZERO : StateRow.decodeTotals(value);
  }

  /** Opens the metadata in a directory and makes it if it is not there. */
  public static MetaStore open(Path directory) throws CacheException {
    return open(directory, Optional.empty(), true, tables -> null);
  }

  /**
   * Where the metadata is.
   *
   * @param directory of the database
   * @param ledger directory of its second copy
   * @param reserve a file that takes some of the disk and is emptied when that is full
   */
  public record Places(Path directory, Path ledger, Path reserve) {}

  /**
   * As {@link #open(Path)}, with a second copy, from which {@link MetaRestore} makes it anew.
   *
   * @param store identity of the store
   * @param upkeep whether blocks without references are deleted, and table files merged in the
   *     background, which ends all writing if one of them is damaged: not for a check
   * @throws CacheException.Corrupt if the metadata lacks changes that were durable
   */
  public static MetaStore open(Places places, UUID store, boolean upkeep) throws CacheException {
    return open(
        places.directory(),
        Optional.of(new Reserve(places.reserve())),
        upkeep,
        tables -> MetaLedger.open(tables, places.ledger(), store));
  }

  /** Tells whether there is metadata in a directory, sound or not. */
  public static boolean exists(Path directory) {
    return RocksTables.exist(directory);
  }

  /** Makes what follows the changes of tables. */
  @FunctionalInterface
  private interface LedgerOpener {
    MetaLedger open(RocksTables tables) throws CacheException;
  }

  private static MetaStore open(
      Path directory, Optional<Reserve> reserve, boolean upkeep, LedgerOpener opener)
      throws CacheException {
    RocksTables tables = RocksTables.open(directory, upkeep, reserve);
    boolean opened = false;
    try {
      MetaStore meta = new MetaStore(tables, opener.open(tables));
      if (upkeep) {
        meta.deleteIdleBlocks();
      }
      opened = true;
      return meta;
    } finally {
      if (!opened) {
        tables.close();
      }
    }
  }

  /** Deletes blocks that nothing but pins had kept when the last owner ended without unpinning. */
  private void deleteIdleBlocks() throws CacheException {
    List<BlockHash> idle = new ArrayList<>();
    tables.scan(Family.IDLE, (key, value) -> idle.add(PlainRow.idleBlock(key, value)));
    if (!idle.isEmpty()) {
      update(
          tx -> {
            for (BlockHash hash : idle) {
              tx.deleteIfUnreferenced(hash);
            }
            return null;
          });
    }
  }

  /**
   * Runs a change alone and writes it as one batch. The changing thread must not call {@code
   * update} again from within.
   */
  public <T> T update(Change<T> change) throws CacheException {
    if (lock.isWriteLockedByCurrentThread()) {
      throw new IllegalStateException("a change within a change");
    }
    lock.writeLock().lock();
    try (RocksTransaction transaction =
        new RocksTransaction(tables, cache, pins, numbers, unsynced, departures)) {
      T result = change.apply(transaction);
      totals = transaction.commit(totals);
      return result;
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** A change that mends rows which a check has found wrong. */
  @FunctionalInterface
  public interface Mending {
    void apply(Transaction transaction, RowMender mender) throws CacheException;
  }

  /**
   * As {@link #update}, for a repair: {@code mender} writes single rows as they are given, and
   * nothing follows them. Call {@link #recount} when all is mended.
   */
  public void mend(Mending mending) throws CacheException {
    update(
        tx -> {
          mending.apply(tx, ((RocksTransaction) tx).mender());
          return null;
        });
  }

  /** Returns a view of all rows as they are now, which stays as it is until it is closed. */
  public MetaSnapshot snapshot() {
    return new MetaSnapshot(tables);
  }

  /** Told of a file of the metadata that is damaged. */
  @FunctionalInterface
  public interface FileDamage {
    /**
     * Takes a file.
     *
     * @param table the table of which it has rows
     * @param problem what is wrong with it, in words
     */
    void file(Path file, String table, String problem) throws CacheException;
  }

  /** Reads all table files and compares them with their checksums. */
  public void verifyFiles(FileDamage damaged) throws CacheException {
    tables.verifyFiles(damaged::file);
  }

  /** Returns a damaged file of a table that cannot be made from others, if there is one. */
  public Optional<String> irreplaceableDamage() throws CacheException {
    Set<String> derived =
        Arrays.stream(DerivedTable.values()).map(DerivedTable::title).collect(Collectors.toSet());
    List<String> damage = new ArrayList<>();
    verifyFiles(
        (file, table, problem) -> {
          if (!derived.contains(table)) {
            damage.add(file + " (table " + table + "): " + problem);
          }
        });
    return damage.stream().findFirst();
  }

  /** Returns what of the second copy is damaged, a line each. */
  public List<String> ledgerDamage() throws CacheException {
    return ledger == null ? List.of() : ledger.damage();
  }

  /** Makes the second copy anew, whatever it is like. */
  public void renewLedger() throws CacheException {
    if (ledger != null) {
      ledger.renew();
    }
  }

  /** Tables of which every row follows from others, or from the packs. */
  public enum DerivedTable {
    BLOCKS(Family.BLOCKS),
    ENTRIES(Family.ENTRIES),
    LISTING(Family.LISTING),
    FREED(Family.FREED),
    IDLE(Family.IDLE),
    ORPHANS(Family.ORPHANS);

    private final Family family;

    DerivedTable(Family family) {
      this.family = family;
    }

    /** Returns the table's name in FORMAT.md. */
    public String title() {
      return family.title();
    }
  }

  /**
   * Throws all rows of a table away, even if they cannot be read, for a repair that makes them
   * anew. Nobody else may be at work.
   */
  public void clear(DerivedTable table) throws CacheException {
    lock.writeLock().lock();
    try {
      tables.recreate(table.family);
      cache.clear();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Writes what is only in the log to table files, which are checked block by block: to be called
   * when the store is closed in order.
   */
  public void flush() throws CacheException {
    tables.flush();
  }

  /** Makes every batch so far durable. */
  public void sync() throws CacheException {
    tables.sync();
  }

  /** Has someone told of every failure to write or sync, besides the one who wrote. */
  public void onWriteFailure(Consumer<CacheException> told) {
    tables.tellFailures(told);
  }

  /** Makes the second copy durable; unlike {@link #sync}, nobody waits for it. */
  public void syncLedger() {
    if (ledger != null) {
      ledger.sync();
    }
  }

  /** Makes the second copy anew if it is time; takes as long as reading everything. */
  public void keepLedger() throws CacheException {
    if (ledger != null) {
      ledger.keep();
    }
  }

  /**
   * Blocks that someone is about to refer to; a transaction never deletes a pinned block from the
   * block table, it leaves it there with no references (see {@link BlockPins}).
   */
  public BlockPins pins() {
    return pins;
  }

  // Blocks and contents

  public Optional<BlockEntry> block(BlockHash hash) throws CacheException {
    byte[] key = BlockRow.key(hash);
    byte[] value = tables.get(Family.BLOCKS, key);
    return value == null ? Optional.empty() : Optional.of(BlockRow.decode(key, value));
  }

  /**
   * Returns how many locations of a pack have left the block table since the store was opened: as
   * long as this stays the same, no block that was found there has gone or moved.
   */
  public long departures(int pack) {
    return departures.of(pack);
  }

  /** Visits the block table in the order of hashes. */
  public void forEachBlock(Visitor<BlockEntry> visitor) throws CacheException {
    tables.scan(Family.BLOCKS, (key, value) -> visitor.visit(BlockRow.decode(key, value)));
  }

  public Optional<ManifestEntry> manifest(ContentId id) throws CacheException {
    byte[] key = ManifestRow.key(id);
    byte[] value = tables.get(Family.MANIFESTS, key);
    return value == null ? Optional.empty() : Optional.of(ManifestRow.decode(key, value));
  }

  /**
   * Visits the manifests whose content ID begins with {@code prefix} (lower-case hex digits, may be
   * "").
   *
   * @throws CacheException.InvalidArgument if the prefix is anything else
   */
  public void forEachManifest(String prefix, Visitor<ManifestEntry> visitor) throws CacheException {
    byte[] from = ManifestRow.firstKey(prefix);
    // Whole bytes of the prefix bound the scan; an odd digit at its end is compared on the way.
    byte[] bytes = Arrays.copyOf(from, prefix.length() / 2);
    tables.scan(
        Family.MANIFESTS,
        bytes,
        from,
        (key, value) ->
            HexFormat.of().formatHex(key).startsWith(prefix)
                && visitor.visit(ManifestRow.decode(key, value)));
  }

  /** Visits locations whose blocks are gone but whose space has not been given back yet. */
  public void forEachFreed(Visitor<BlockLocation> visitor) throws CacheException {
    tables.scan(Family.FREED, (key, value) -> visitor.visit(FreedRow.decode(key, value)));
  }

  // The tree

  public Optional<Inode> inode(long number) throws CacheException {
    return cache.inode(number);
  }

  public Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException {
    return cache.entry(directory, name);
  }

  /** Returns a number that no inode or cookie up to now is greater than, and every later one is. */
  public long lastNumber() {
    return numbers.last();
  }

  /**
   * Visits a directory's entries in the order of their cookies, from the first one behind {@code
   * cookie}.
   */
  public void forEachEntry(long directory, long cookie, Visitor<DirectoryEntry> visitor)
      throws CacheException {
    if (cookie == Long.MAX_VALUE) {
      return;
    }
    tables.scan(
        Family.LISTING,
        Keys.number(directory),
        EntryRow.listingKey(directory, Math.max(cookie, 0) + 1),
        (key, value) -> visitor.visit(EntryRow.decodeListing(key, value)));
  }

  /** Visits all inodes in the order of their numbers. */
  public void forEachInode(Visitor<Inode> visitor) throws CacheException {
    tables.scan(Family.INODES, (key, value) -> visitor.visit(InodeRow.decode(key, value)));
  }

  /** Visits the numbers that {@link Transaction#putOrphan} has put, in order. */
  public void forEachOrphan(Visitor<Long> visitor) throws CacheException {
    tables.scan(Family.ORPHANS, (key, value) -> visitor.visit(PlainRow.orphan(key, value)));
  }

  /** Visits the journals that belong to what files contain, in the order of inode numbers. */
  public void forEachJournal(Visitor<JournalEntry> visitor) throws CacheException {
    tables.scan(Family.JOURNALS, (key, value) -> visitor.visit(JournalRow.decode(key, value)));
  }

  /** Visits the files that have got a content since the last sync. */
  public void forEachUnsynced(Visitor<Unsynced> visitor) throws CacheException {
    tables.scan(Family.UNSYNCED, (key, value) -> visitor.visit(UnsyncedRow.decode(key, value)));
  }

  /**
   * Tells whether a power cut at this moment might give a regular file back a content that it had
   * before.
   */
  public boolean isUnsynced(long inode) throws CacheException {
    return tables.get(Family.UNSYNCED, UnsyncedRow.key(inode)) != null;
  }

  public Optional<byte[]> attribute(long inode, Name name) throws CacheException {
    byte[] key = Keys.named(inode, name);
    byte[] value = tables.get(Family.ATTRIBUTES, key);
    return value == null
        ? Optional.empty()
        : Optional.of(PlainRow.decode(Family.ATTRIBUTES, key, value));
  }

  /** Visits the names of an inode's extended attributes, sorted. */
  public void forEachAttribute(long inode, Visitor<Name> visitor) throws CacheException {
    byte[] prefix = Keys.number(inode);
    tables.scan(
        Family.ATTRIBUTES,
        prefix,
        prefix,
        (key, value) -> visitor.visit(PlainRow.attributeName(key, value)));
  }

  // Stored files

  public Optional<StoredFile> storedFile(String id) throws CacheException {
    byte[] key = StoredFileRow.key(id);
    byte[] value = tables.get(Family.FILES, key);
    return value == null ? Optional.empty() : Optional.of(StoredFileRow.decode(key, value));
  }

  /** Visits the stored files in the order of their IDs. */
  public void forEachStoredFile(Visitor<StoredFile> visitor) throws CacheException {
    tables.scan(Family.FILES, (key, value) -> visitor.visit(StoredFileRow.decode(key, value)));
  }

  /** Returns a value that was kept under a name, as in "watermark". */
  public Optional<byte[]> state(String name) throws CacheException {
    byte[] key = StateRow.key(name);
    byte[] value = tables.get(Family.STATE, key);
    return value == null
        ? Optional.empty()
        : Optional.of(PlainRow.decode(Family.STATE, key, value));
  }

  /** Returns what was said of packs at a sync up to now, the last one or one shortly before. */
  public SortedMap<Integer, Long> durableEnds() throws CacheException {
    byte[] value = tables.get(Family.STATE, StateRow.DURABLE_KEY);
    return value == null ? new TreeMap<>() : StateRow.decodeDurable(value);
  }

  /** Returns running totals, kept up to date by every batch: no scan. */
  public Totals totals() {
    return totals;
  }

  /** Counts the totals anew by scanning, while changes wait, and keeps what it counts. */
  public Totals recount() throws CacheException {
    return update(
        tx -> {
          TotalsChange found = new TotalsChange();
          forEachInode(
              inode -> {
                found.inode(inode, 1);
                return true;
              });
          forEachStoredFile(
              file -> {
                found.storedFile(file, 1);
                return true;
              });
          forEachBlock(
              block -> {
                found.block(block, 1);
                return true;
              });
          Totals counted = found.addTo(Totals.ZERO);
          ((RocksTransaction) tx).replaceTotals(counted);
          return counted;
        });
  }

  /**
   * Running totals.
   *
   * @param files regular files in the tree, and stored files
   * @param logicalBytes their sizes added up
   * @param blocks rows of the block table
   * @param storedBytes lengths of those blocks added up
   */
  public record Totals(long files, long logicalBytes, long blocks, long storedBytes) {
    static final Totals ZERO = new Totals(0, 0, 0, 0);
  }

  /** Waits for a change under way and closes. Nobody may read from then on. */
  @Override
  public void close() throws CacheException {
    lock.writeLock().lock();
    try {
      if (ledger != null) {
        ledger.close();
      }
    } finally {
      try {
        tables.close();
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  /**
   * One change under way; used by the changing thread only, until {@link MetaStore#update} returns.
   * Its reads see its own writes.
   */
  public interface Transaction {

    /** Returns a new number, greater than every one before: for inodes and cookies. */
    long nextNumber() throws CacheException;

    Optional<Inode> inode(long number) throws CacheException;

    /** Writes a new or changed inode; the totals follow. */
    void putInode(Inode inode) throws CacheException;

    /**
     * Deletes an inode, its extended attributes and its journal, and releases its content and what
     * was kept of it until the next sync.
     */
    void deleteInode(long number) throws CacheException;

    /**
     * Notes an inode that has no name and is only kept while someone holds it, so that it can be
     * found after a crash. {@link #deleteInode} takes the note off.
     */
    void putOrphan(long number) throws CacheException;

    /** Takes the note of {@link #putOrphan} off: the inode has a name. */
    void deleteOrphan(long number) throws CacheException;

    /**
     * Says which journal holds what was written to an inode since its content was set; takes the
     * place of what was said before.
     */
    void putJournal(JournalEntry journal) throws CacheException;

    /** Says that an inode has no journal (any more). */
    void deleteJournal(long inode) throws CacheException;

    Optional<DirectoryEntry> entry(long directory, Name name) throws CacheException;

    /** Tells whether a directory has no entries. */
    boolean isEmptyDirectory(long directory) throws CacheException;

    /** Adds or replaces an entry. */
    void putEntry(long directory, DirectoryEntry entry) throws CacheException;

    void deleteEntry(long directory, DirectoryEntry entry) throws CacheException;

    Optional<byte[]> attribute(long inode, Name name) throws CacheException;

    void putAttribute(long inode, Name name, byte[] value) throws CacheException;

    void deleteAttribute(long inode, Name name) throws CacheException;

    Optional<StoredFile> storedFile(String id) throws CacheException;

    /**
     * Adds or replaces a stored file; the totals follow. The caller retains and releases contents.
     */
    void putStoredFile(StoredFile file) throws CacheException;

    /** Deletes a stored file, and releases what was kept of it until the next sync. */
    void deleteStoredFile(String id) throws CacheException;

    void putState(String key, byte[] value) throws CacheException;

    void deleteState(String key) throws CacheException;

    /**
     * Adds one reference to a content. If it is new, its manifest is written and each of its blocks
     * gets one reference more for each time that it occurs; blocks that are not in the table yet
     * must be pinned, and are added with the location that their pin knows.
     *
     * @throws CacheException.Missing if a block is neither in the table nor pinned with a location
     */
    void retain(ContentId id, Manifest manifest) throws CacheException;

    /** Adds one reference to a content that is there. */
    void retain(ContentId id) throws CacheException;

    /**
     * Takes one reference away. With the last one the manifest goes, and so does every block that
     * nothing else refers to; their locations join the freed ones.
     */
    void release(ContentId id) throws CacheException;

    /**
     * A regular file is about to get another content, which the caller has retained: releases the
     * one that it has, or keeps it until the next sync if it may have to be put back then.
     */
    void replaceContent(Inode inode) throws CacheException;

    /** As {@link #replaceContent}, if all blocks of the new content are durable already. */
    void replaceContentDurably(Inode inode) throws CacheException;

    /** As {@link #replaceContent}, of a stored file, if there is one. */
    void replaceStoredFile(String id, Optional<StoredFile> old) throws CacheException;

    /** Says that a row needs no further care; what it kept is the caller's. */
    void takeUnsynced(Unsynced row) throws CacheException;

    /** Says that a row needs no further care, and releases what it kept. */
    void dropUnsynced(Unsynced row) throws CacheException;

    /**
     * Everything that was committed before this change is durable, blocks and all.
     *
     * @param packEnds for packs that are appended to, the offset before which every block is
     *     durable
     */
    void synced(SortedMap<Integer, Long> packEnds) throws CacheException;

    /** Adds to the freed locations: space in a pack that no row of the block table refers to. */
    void putFreed(BlockLocation location) throws CacheException;

    /**
     * Says that a block lies elsewhere now; the place that counts no longer is freed.
     *
     * @return the location that counts: {@code to}, or another writer's that came first
     */
    BlockLocation relocate(BlockHash hash, BlockLocation from, BlockLocation to)
        throws CacheException;

    /** Takes a location off the freed ones: its space has been given back. */
    void deleteFreed(BlockLocation location) throws CacheException;

    /**
     * Deletes a row of the block table and frees its location, if nothing refers to it and nobody
     * pins it.
     *
     * @return whether it did
     */
    boolean deleteIfUnreferenced(BlockHash hash) throws CacheException;
  }
}

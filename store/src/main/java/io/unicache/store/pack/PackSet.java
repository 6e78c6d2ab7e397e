package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import io.unicache.store.os.Descriptors;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/**
 * All packs of a store: appends blocks, reads them by location, gives their space back. It knows
 * nothing of reference counts or files. Safe for use by many threads, which must not be interrupted
 * (an interrupt closes the file for all of them).
 *
 * <p>Space in a pack is never used a second time, and neither is a pack's number: a location that
 * is out of date may lead nowhere, but not to another block's bytes.
 *
 * <p>Map of the package: {@link PackLoader} finds the packs when a store is opened, {@link Pack}
 * writes one, {@link ReadChannels} reads them all, {@link LendablePacks} gives them to others,
 * {@link SparsePacks} has those emptied of which little is left; {@link IndexHeader}, {@link
 * IndexRecord} and {@link IndexScan} are the index's bytes; {@link FileLayer} is the file system
 * below.
 */
public final class PackSet implements AutoCloseable {

  /** One record of a pack index. */
  public record IndexedBlock(BlockHash hash, BlockLocation location) {}

  /** Receives the records of a scan. */
  @FunctionalInterface
  public interface IndexVisitor {
    void visit(IndexedBlock block) throws CacheException;
  }

  /** Room for one block. */
  record Reservation(Pack pack, long offset) {}

  /** A stream of this many bytes or more starts a pack of its own. */
  public static final long OWN_PACK_BYTES = 32L << 20;

  /** A shared pack takes no further blocks from here on. */
  public static final long SHARED_PACK_BYTES = 1L << 30;

  /** The largest block, in bytes. */
  private static final int MAX_BLOCK_BYTES = 16 << 20;

  /**
   * Packs with unsynced frees stay open, with two files each; when there are this many, a free
   * syncs them.
   */
  private static final int MAX_UNSYNCED = Descriptors.share(32, 4, 128);

  private static final System.Logger LOG = System.getLogger(PackSet.class.getName());

  private final FileLayer files;
  private final PackPaths paths;
  private final UUID store;
  private final long sharedPackBytes;
  private final Headroom headroom;
  private final ReadChannels channels;
  private final PackMaps maps = new PackMaps(MAX_BLOCK_BYTES);
  private final LendablePacks lendable;
  private final SparsePacks sparse = new SparsePacks(this);
  private volatile List<PackDamage> damaged;
  private final NavigableMap<Integer, Pack> packs = new ConcurrentSkipListMap<>();

  /**
   * Guards which packs there are: creation, deletion, attaching of streams, and the three fields
   * below. Taken before a pack's own lock, never after.
   */
  private final Object membership = new Object();

  private int highest;

  /** Where small streams append; null until the next one comes. */
  private Pack shared;

  private boolean namesUnsynced;

  /** Packs that streams append to. */
  private final Set<Pack> attached = ConcurrentHashMap.newKeySet();

  /** Packs with appends or frees since the last sync. */
  private final Set<Pack> unsynced = ConcurrentHashMap.newKeySet();

  /**
   * One sync at a time: a second one must not return before what the first has taken on is done.
   */
  private final Object syncing = new Object();

  private PackSet(FileLayer files, PackPaths paths, UUID store, long sharedPackBytes)
      throws CacheException {
    this.files = files;
    this.paths = paths;
    this.store = store;
    this.sharedPackBytes = sharedPackBytes;
    this.headroom = new Headroom(paths.directory());
    this.channels = new ReadChannels(files, ReadChannels.CAPACITY);
    this.lendable = new LendablePacks(this, files, paths);
    PackLoader loader = new PackLoader(files, paths, store);
    this.highest = loader.load();
    for (Pack pack : loader.packs()) {
      packs.put(pack.number(), pack);
      if (pack.takesSharedStreams(sharedPackBytes)) {
        shared = pack;
      }
    }
    this.damaged = List.copyOf(loader.damage());
  }

  /**
   * Opens the packs in a directory, which is made if it is not there. Trailing bytes of an index
   * that a crash left incomplete are dropped. Records and files that are damaged are skipped and
   * logged, and {@link #damaged()} lists them: all other blocks can be read.
   *
   * @param store identity of the store
   * @throws CacheException.Corrupt if a pack index belongs to another store or another pack
   * @throws CacheException.Version if a later version of UniCache wrote a pack index
   */
  public static PackSet open(Path directory, UUID store) throws CacheException {
    return open(directory, store, new DiskFiles(), SHARED_PACK_BYTES);
  }

  /** As {@link #open(Path, UUID)}; someone is told of every failure to write or sync. */
  public static PackSet open(Path directory, UUID store, Consumer<IOException> onWriteFailure)
      throws CacheException {
    return open(directory, store, new DiskFiles(onWriteFailure), SHARED_PACK_BYTES);
  }

  /** As {@link #open(Path, UUID)}, for tests that want another file system or smaller packs. */
  static PackSet open(Path directory, UUID store, FileLayer files, long sharedPackBytes)
      throws CacheException {
    return new PackSet(files, new PackPaths(directory), store, sharedPackBytes);
  }

  /** Returns what was found damaged when the packs were opened. */
  public List<PackDamage> damaged() {
    return damaged;
  }

  /**
   * Returns a writer for one stream of blocks. Writers of small streams append to a shared pack;
   * one of {@link #OWN_PACK_BYTES} or more gets a pack that no other stream writes to, so that a
   * file of new blocks lies in it byte for byte from offset 0.
   *
   * @param expectedBytes length of the stream, or -1 if it is not known
   */
  public PackStream stream(long expectedBytes) {
    return expectedBytes >= OWN_PACK_BYTES ? new OwnPackStream(this) : new SharedPackStream(this);
  }

  /** Where one stream appends its blocks. Used by one thread at a time. */
  public interface PackStream extends AutoCloseable {

    /**
     * Appends a block's remaining bytes (1 to 16 MiB) and its index record; both reach the
     * operating system before this returns, but not necessarily the disk (see {@link
     * PackSet#sync()}). The buffer's position moves to its limit.
     *
     * @throws CacheException.Full if the disk is full; the buffer is as it was, and the stream can
     *     go on when there is room
     */
    BlockLocation append(BlockHash hash, ByteBuffer data) throws CacheException;

    /**
     * Leaves room for {@code bytes} zeros that are not stored, rounded up to the alignment, where
     * the stream has a pack of its own; does nothing in a shared pack.
     */
    void skip(long bytes) throws CacheException;

    /** Gives the pack back to the set. */
    @Override
    void close();
  }

  /**
   * Reserves room in the shared pack.
   *
   * @param before the pack that the stream is attached to, or null; it is attached to the result's
   *     pack instead
   */
  Reservation reserveShared(Pack before, int length) throws CacheException {
    Reservation reserved;
    synchronized (membership) {
      if (shared == null || !shared.takesSharedStreams(sharedPackBytes)) {
        shared = create(IndexHeader.Role.SHARED);
      }
      if (shared != before) {
        shared.attach();
        attached.add(shared);
      }
      reserved = new Reservation(shared, shared.reserve(length));
    }
    if (before != null && before != reserved.pack()) {
      detach(before);
    }
    return reserved;
  }

  /** Makes a pack for one stream, which is attached to it. */
  Pack createOwn() throws CacheException {
    synchronized (membership) {
      Pack pack = create(IndexHeader.Role.OWN);
      pack.attach();
      attached.add(pack);
      return pack;
    }
  }

  private Pack create(IndexHeader.Role role) throws CacheException {
    // The number is used up even if this fails: files of it may be left.
    highest = Math.addExact(highest, 1);
    Pack pack = Pack.create(new IndexHeader(highest, store, role), files, paths);
    packs.put(pack.number(), pack);
    unsynced.add(pack);
    namesUnsynced = true;
    return pack;
  }

  /** Ends a stream's use of a pack. */
  void detach(Pack pack) {
    pack.detach();
    if (!pack.isAppendedTo()) {
      attached.remove(pack);
    }
    unsynced.add(pack); // The next sync closes its files.
    try {
      deleteIfUnused(pack);
    } catch (CacheException e) {
      // The stream's blocks are safe; what stays behind is an empty file, until the next open.
      LOG.log(System.Logger.Level.WARNING, "an empty pack could not be deleted", e);
    }
  }

  /** Deletes a pack if neither a block nor a stream is left. */
  void deleteIfUnused(Pack pack) throws CacheException {
    synchronized (membership) {
      if (!pack.isUnused()) {
        return;
      }
      packs.remove(pack.number());
      if (shared == pack) {
        shared = null;
      }
      unsynced.remove(pack);
      namesUnsynced = true;
      pack.deleteIfUnused(pack.number() == highest);
    }
    closeReader(pack);
  }

  /**
   * Reads from a block into {@code into} until it has no room left. The bytes are not verified.
   *
   * @param offset first byte within the block
   * @throws IndexOutOfBoundsException if the block has fewer bytes than asked for
   * @throws CacheException.Corrupt if the pack is missing or ends too early
   */
  public void read(BlockLocation location, int offset, ByteBuffer into) throws CacheException {
    Objects.checkFromIndexSize(offset, into.remaining(), location.length());
    int start = into.position();
    try {
      readFrom(location, offset, into);
    } catch (CacheException e) {
      into.position(start);
      throw e;
    }
  }

  private void readFrom(BlockLocation location, int offset, ByteBuffer into) throws CacheException {
    Pack pack = packs.get(location.pack());
    Path path = paths.pack(location.pack());
    if (pack == null) {
      throw missing(location, null);
    }
    try {
      channels.read(path, location.offset() + offset, into);
      if (packs.get(location.pack()) != pack) {
        // It has left meanwhile: whoever has its file now may have written to it already.
        channels.forget(path);
        throw missing(location, null);
      }
    } catch (NoSuchFileException e) {
      throw missing(location, e);
    } catch (EOFException e) {
      throw new CacheException.Corrupt(
          path
              + " is too short for the block of "
              + location.length()
              + " bytes at offset "
              + location.offset()
              + " ("
              + e.getMessage()
              + "): check the store",
          e);
    } catch (IOException e) {
      throw CacheException.of("reading " + path, e);
    }
  }

  private CacheException missing(BlockLocation location, IOException cause) {
    return new CacheException.Corrupt(
        paths.pack(location.pack())
            + " is missing, a block of "
            + location.length()
            + " bytes was expected at offset "
            + location.offset()
            + " in it: check the store",
        cause);
  }

  /** Returns the packs as files that others may read. */
  public LendablePacks lendable() {
    return lendable;
  }

  /** Returns the packs as files of which more or less is still needed. */
  public SparsePacks sparse() {
    return sparse;
  }

  /** Returns a pack, or null. */
  Pack pack(int number) {
    return packs.get(number);
  }

  boolean isUnsynced(Pack pack) {
    return unsynced.contains(pack);
  }

  /** Keeps a pack as it is until it is deleted or stays; false if a stream appends to it. */
  boolean beginLeaving(Pack pack) {
    synchronized (membership) {
      if (!pack.beginLeaving()) {
        return false;
      }
      if (shared == pack) {
        shared = null;
      }
      return true;
    }
  }

  Collection<Pack> all() {
    return packs.values();
  }

  /** Takes a pack out: from here on reads of it fail. */
  void remove(Pack pack) {
    synchronized (membership) {
      packs.remove(pack.number());
      unsynced.remove(pack);
      namesUnsynced = true;
    }
  }

  /** Closes what is open for reading of a pack. */
  void closeReader(Pack pack) throws CacheException {
    maps.forget(pack.number());
    try {
      channels.forget(pack.path());
    } catch (IOException e) {
      throw CacheException.of("closing " + pack.path(), e);
    }
  }

  /**
   * Returns where a block's first byte is in memory, for system calls to read, or 0 where packs
   * cannot be mapped. It is valid while the maps are held, and later if they are held anew and the
   * generation is the same.
   */
  public long address(BlockLocation location) throws CacheException {
    Pack pack = packs.get(location.pack());
    if (pack == null) {
      return 0;
    }
    try {
      return maps.address(location, pack.path());
    } catch (NoSuchFileException e) {
      return 0; // It has left this moment; whoever reads it will find out.
    } catch (IOException e) {
      throw CacheException.of("mapping " + pack.path(), e);
    }
  }

  /**
   * Keeps packs that are mapped from going until the result is given to {@link #releaseMaps}; for
   * short times.
   */
  public long holdMaps() {
    return maps.hold();
  }

  public void releaseMaps(long hold) {
    maps.release(hold);
  }

  /** Returns a number that changes when a pack goes: locations in it lead nowhere from then on. */
  public long generation() {
    return maps.generation();
  }

  /**
   * Gives a block's space back to the file system. The bytes read as zeros afterwards, or the pack
   * is deleted where no block is left in it. The caller has made sure that nothing refers to the
   * block any more, durably. A block that is free already stays so.
   *
   * @return bytes given back; 0 where the file system cannot punch holes
   */
  public long free(BlockLocation location) throws CacheException {
    Pack pack = packs.get(location.pack());
    if (pack == null) {
      return 0;
    }
    long bytes;
    try {
      bytes = pack.free(location);
    } finally {
      unsynced.add(pack);
    }
    deleteIfUnused(pack);
    if (unsynced.size() > MAX_UNSYNCED) {
      sync();
    }
    return bytes;
  }

  /**
   * Makes everything appended so far durable: packs first, then their indexes, then the names of
   * new files. Appends may go on meanwhile. Once it has failed for a pack it fails again until the
   * store has been opened anew, as nobody knows what of that pack reached the disk.
   */
  public void sync() throws CacheException {
    synchronized (syncing) {
      List<Pack> batch = new ArrayList<>(unsynced);
      batch.sort(Comparator.comparingInt(Pack::number));
      // Taken out first: whoever appends from now on puts its pack in again.
      batch.forEach(unsynced::remove);
      Failures failures = new Failures();
      List<Pack> written = syncEach(batch, Pack::syncData, failures);
      List<Pack> indexed = syncEach(written, Pack::syncIndex, failures);
      failures.collect(this::syncNames);
      syncEach(indexed, Pack::closeIfIdle, failures);
      failures.throwFirst();
    }
  }

  /**
   * Returns, for the packs that are appended to, how far they are durable: every block that lies
   * before that offset is.
   */
  public SortedMap<Integer, Long> durableEnds() {
    SortedMap<Integer, Long> ends = new TreeMap<>();
    for (Pack pack : attached) {
      ends.put(pack.number(), pack.durableEnd());
    }
    synchronized (membership) {
      if (shared != null) {
        ends.put(shared.number(), shared.durableEnd());
      }
    }
    return ends;
  }

  /**
   * Makes durable what an owner that crashed has left to the operating system: to be called before
   * metadata is opened, which then becomes durable and names blocks in it.
   */
  public void syncAll() throws CacheException {
    Failures failures = new Failures();
    for (Pack pack : packs.values()) {
      failures.collect(() -> syncFile(paths.pack(pack.number())));
      failures.collect(() -> syncFile(paths.index(pack.number())));
    }
    synchronized (membership) {
      namesUnsynced = true;
    }
    failures.collect(this::syncNames);
    failures.throwFirst();
  }

  private void syncFile(Path path) throws CacheException {
    try (PackFile file = files.open(path, FileLayer.Mode.READ)) {
      file.force();
    } catch (NoSuchFileException e) {
      // That is known already, see damaged(), or the index is all that is left of a pack.
    } catch (IOException e) {
      throw CacheException.of("syncing " + path, e);
    }
  }

  private interface SyncStep {
    void run(Pack pack) throws CacheException;
  }

  /** Returns the packs with which it went well; the next sync tries the others again. */
  private List<Pack> syncEach(List<Pack> batch, SyncStep step, Failures failures) {
    List<Pack> good = new ArrayList<>();
    for (Pack pack : batch) {
      if (failures.collect(() -> step.run(pack))) {
        good.add(pack);
      } else {
        unsynced.add(pack);
      }
    }
    return good;
  }

  private void syncNames() throws CacheException {
    synchronized (membership) {
      if (!namesUnsynced) {
        return;
      }
      namesUnsynced = false;
    }
    try {
      files.syncDirectory(paths.directory());
    } catch (IOException e) {
      synchronized (membership) {
        namesUnsynced = true;
      }
      throw CacheException.of("syncing " + paths.directory(), e);
    }
  }

  /**
   * Calls {@code visitor} for every live block of every pack index, in the order of writing within
   * a pack and of pack numbers. Blocks that were freed and records that are damaged are left out.
   */
  public void forEachIndexed(IndexVisitor visitor) throws CacheException {
    for (Pack pack : packs.values()) {
      pack.forEachLive(visitor);
    }
  }

  /**
   * Returns the packs that had bytes behind their last indexed block when they were opened. They
   * are not deleted when they seem empty, until {@link #nothingUnindexed} is called.
   */
  public Set<Integer> unindexed() {
    Set<Integer> numbers = new TreeSet<>();
    for (Pack pack : packs.values()) {
      if (pack.hasUnindexed()) {
        numbers.add(pack.number());
      }
    }
    return numbers;
  }

  /** Says that metadata names no block in a pack that the pack's index has not. */
  public void nothingUnindexed(int number) throws CacheException {
    Pack pack = packs.get(number);
    if (pack != null) {
      pack.forgetUnindexed();
      deleteIfUnused(pack);
    }
  }

  /** Told of what is damaged in the files of a pack. */
  @FunctionalInterface
  public interface DamageVisitor {
    void visit(int pack, PackDamage damage) throws CacheException;
  }

  /** Returns the numbers of all packs, in order. */
  public List<Integer> numbers() {
    return List.copyOf(packs.keySet());
  }

  /**
   * Looks at the pack's own file as it is now.
   *
   * @return its length in bytes; -1 if it is missing, which is damage, or there is no such pack
   */
  public long inspectPack(int number, DamageVisitor damage) throws CacheException {
    Pack pack = packs.get(number);
    if (pack == null) {
      return -1;
    }
    // A pack that leaves this moment is no damage.
    return inspection(
            number,
            (n, found) -> {
              if (packs.get(n) == pack) {
                damage.visit(n, found);
              }
            })
        .packBytes();
  }

  /**
   * Reads a pack index as it is now, and visits its live blocks in the order of writing. What is
   * damaged is told and skipped.
   */
  public void inspectIndex(int number, IndexVisitor blocks, DamageVisitor damage)
      throws CacheException {
    Pack pack = packs.get(number);
    if (pack != null) {
      pack.inspectIndex(
          inspection(
              number,
              (n, found) -> {
                if (packs.get(n) == pack) {
                  damage.visit(n, found);
                }
              }),
          blocks);
    }
  }

  private PackInspection inspection(int number, DamageVisitor damage) {
    return new PackInspection(files, paths, number, store, damage);
  }

  /**
   * Writes a pack's index anew, for a repair: the live blocks of the pack are these and no others.
   * Nobody else may be at work.
   *
   * @param blocks all blocks that metadata knows of in this pack, and those that the old index has
   */
  public void rewriteIndex(int number, List<IndexedBlock> blocks) throws CacheException {
    synchronized (membership) {
      Pack old = packs.get(number);
      if (old == null) {
        throw new IllegalArgumentException("there is no pack " + number);
      }
      old.close();
      unsynced.remove(old);
      if (shared == old) {
        shared = null;
      }
      IndexHeader header = new IndexHeader(number, store, old.role());
      try {
        PackState state = IndexRewrite.write(files, paths, header, blocks, old.tail());
        packs.put(number, new Pack(header, files, paths, state));
      } catch (IOException e) {
        throw CacheException.of("writing " + paths.index(number), e);
      }
    }
  }

  /**
   * Takes a pack out whose file is missing, with its index: nothing refers to it any more. The
   * newest one's number is kept by a new, empty pack.
   */
  public void forgetMissing(int number) throws CacheException {
    Pack gone;
    synchronized (membership) {
      gone = packs.get(number);
      if (gone == null || inspection(number, (n, found) -> {}).packBytes() >= 0) {
        throw new IllegalArgumentException("pack " + number + " is not missing");
      }
      gone.close();
      if (number == highest) {
        create(IndexHeader.Role.SHARED);
      }
      packs.remove(number);
      unsynced.remove(gone);
      namesUnsynced = true;
    }
    closeReader(gone);
    try {
      files.delete(paths.index(number));
    } catch (IOException e) {
      throw CacheException.of("deleting " + paths.index(number), e);
    }
  }

  /**
   * Returns the bytes that packs and indexes take on the disk (allocated, not apparent). Where the
   * system cannot tell, live blocks and indexes are added up instead.
   */
  public long bytesOnDisk() throws CacheException {
    long bytes = 0;
    for (Pack pack : packs.values()) {
      bytes += pack.bytesOnDisk();
    }
    return bytes;
  }

  /** Returns the bytes of the disk that no block is written to. */
  public long keptFreeBytes() throws CacheException {
    return headroom.kept();
  }

  /** Returns the number of packs. */
  public int count() {
    return packs.size();
  }

  /** Closes all files, without a {@link #sync()}. Streams and reads must have ended. */
  @Override
  public void close() throws CacheException {
    Failures failures = new Failures();
    for (Pack pack : packs.values()) {
      failures.collect(pack::close);
    }
    failures.collect(this::closeChannels);
    failures.throwFirst();
  }

  private void closeChannels() throws CacheException {
    maps.closeAll();
    try {
      channels.closeAll();
    } catch (IOException e) {
      throw CacheException.of("closing packs in " + paths.directory(), e);
    }
  }

  /** Tells whether the index of a pack names a block, and not as one that was freed. */
  public boolean isIndexed(BlockLocation location) {
    Pack pack = packs.get(location.pack());
    return pack != null && pack.isIndexed(location);
  }

  /** Returns the packs whose index lacks records, as a power cut leaves it. */
  public Set<Integer> lackingRecords() {
    Set<Integer> numbers = new TreeSet<>();
    for (Pack pack : packs.values()) {
      if (pack.lacksRecords()) {
        numbers.add(pack.number());
      }
    }
    return numbers;
  }

  /** Tells which blocks metadata has in a pack. */
  @FunctionalInterface
  public interface KnownBlocks {
    void forEach(int pack, IndexVisitor visitor) throws CacheException;
  }

  /**
   * Writes indexes anew that a power cut has taken records from, and removes packs in which there
   * is nothing: called after a crash, before anything is appended. What is altered rather than
   * missing stays as it is, for a check.
   */
  public void mend(Set<Integer> numbers, KnownBlocks known) throws CacheException {
    IndexMender mender = new IndexMender(files, paths, store);
    synchronized (membership) {
      for (int number : numbers) {
        Pack pack = packs.get(number);
        if (pack != null && (pack.lacksRecords() || pack.takesRecords())) {
          List<IndexedBlock> blocks = new ArrayList<>();
          known.forEach(number, blocks::add);
          mend(mender, pack, blocks);
        }
      }
    }
    syncNames();
  }

  private void mend(IndexMender mender, Pack pack, List<IndexedBlock> known) throws CacheException {
    boolean there = Files.exists(pack.path());
    if (!there && !known.isEmpty()) {
      return; // Its blocks are lost: nothing to be mended.
    }
    Pack mended = mender.mend(pack, known);
    LOG.log(
        System.Logger.Level.WARNING,
        mended == null ? "{0}: nothing was in it, it is gone" : "{0}: its index is complete again",
        pack.path());
    damaged =
        damaged.stream()
            .filter(d -> !d.file().equals(pack.path()))
            .filter(d -> !d.file().equals(paths.index(pack.number())))
            .toList();
    namesUnsynced = true;
    boolean wasShared = shared == pack;
    if (mended == null) {
      packs.remove(pack.number());
    } else {
      packs.put(pack.number(), mended);
    }
    if (wasShared) {
      shared = mended;
    }
  }

  /**
   * Keeps appends behind given offsets, for good: called after a crash, before anything is
   * appended.
   *
   * @param ends by pack number, the end of the last block that metadata names in it; a pack that is
   *     not there has its number used up
   */
  public void fence(Map<Integer, Long> ends) throws CacheException {
    synchronized (membership) {
      int top = ends.keySet().stream().mapToInt(Integer::intValue).max().orElse(0);
      if (top > highest) {
        highest = top - 1;
        create(IndexHeader.Role.SHARED);
      }
      for (Map.Entry<Integer, Long> end : ends.entrySet()) {
        Pack pack = packs.get(end.getKey());
        if (pack != null) {
          pack.fence(end.getValue());
          unsynced.add(pack);
        }
      }
    }
    sync();
  }

  /** Throws Full if the disk has no room for a block of so many bytes. */
  void requireRoom(int bytes) throws CacheException {
    headroom.check(bytes);
  }

  /** Says that a pack has been appended to. */
  void written(Pack pack) {
    unsynced.add(pack);
  }

  static void requireOpen(boolean closed) {
    if (closed) {
      throw new IllegalStateException("this stream is closed");
    }
  }

  static void requireBlock(ByteBuffer data) {
    if (data.remaining() < 1 || data.remaining() > MAX_BLOCK_BYTES) {
      throw new IllegalArgumentException(
          "a block has 1 to " + MAX_BLOCK_BYTES + " bytes, not " + data.remaining());
    }
  }

  static void requireLength(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("cannot skip " + bytes + " bytes");
    }
  }
}

package io.unicache.store;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.ContentId;
import io.unicache.store.check.CheckListener;
import io.unicache.store.check.CheckSummary;
import io.unicache.store.check.Finding;
import io.unicache.store.check.RangeFetcher;
import io.unicache.store.check.StoreCheck;
import io.unicache.store.chunk.FixedChunker;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFiles;
import io.unicache.store.gc.Compactor;
import io.unicache.store.gc.LeakFinder;
import io.unicache.store.gc.Pace;
import io.unicache.store.gc.SpaceReclaimer;
import io.unicache.store.gc.Thrift;
import io.unicache.store.ingest.ContentWriter;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.os.Directories;
import io.unicache.store.pack.PackSet;
import io.unicache.store.read.BlockReader;
import io.unicache.store.read.ContentReader;
import io.unicache.store.tree.Tree;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * An open store: the one owner of its directory, and the place where its parts are put together.
 * Safe for use by many threads.
 *
 * <p>The map of the code: bytes come in through {@link Ingest} (cut, hashed, deduplicated, appended
 * to a {@link PackSet}) and go out through {@link ContentReader}; {@link MetaStore} knows which
 * blocks, manifests and inodes there are; {@link Tree} is the namespace; {@link LiveFiles} are the
 * files that are open; {@link SpaceReclaimer} makes commits durable and gives space back; {@link
 * LocalService} answers clients.
 */
public final class Store implements AutoCloseable {

  /** Version of UniCache; in store.json, the socket protocol and {@code unicache version}. */
  public static final String VERSION = "0.1.0";

  private static final Logger LOG = System.getLogger(Store.class.getName());

  /** Everything that was closed is durable after 5 s: after so long, a sync begins. */
  private static final long SYNC_MILLIS = 4_000;

  /** How often packs are looked at of which little may be left. */
  private static final long COMPACT_MILLIS = 30_000;

  /** What moving blocks to other packs may read and write in the background, each second. */
  private static final long COMPACT_BYTES_PER_SECOND = 16L << 20;

  /** A state that is there while the store is open: found at the next opening, it means a crash. */
  private static final String OPEN_STATE = "open";

  private static final int MAX_INGEST_THREADS = 8;

  private final Path directory;
  private final DiskHealth disk = new DiskHealth();
  private final boolean readOnly;
  private final StoreFormat format;
  private final StoreLock lock;
  private final PackSet packs;
  private final MetaStore meta;
  private final Ingest ingest;
  private final BlockReader blocks;
  private final Tree tree;
  private final LiveFiles files;
  private final SpaceReclaimer reclaimer;
  private final LeakFinder leaks;

  /** Whether nothing is left of a crash. */
  private volatile boolean leaksSought;

  private final SyncThread syncThread;
  private final SyncThread ledgerThread;
  private final StoreConfig.Purpose purpose;
  private final Clock clock;

  /** What was made anew to be able to open the store. */
  private final List<Finding> mended;

  /** Set when a check for which the store was opened has found all of it sound. */
  private volatile boolean knownSound;

  private final Compactor compactor;
  private final Pace compactorPace = new Pace(COMPACT_BYTES_PER_SECOND);
  private final Pace gcPace = Pace.unlimited();
  private final SyncThread compactThread;

  private Store(
      StoreConfig config,
      StoreFormat format,
      List<Finding> mended,
      StoreLock lock,
      CloseStack parts,
      Clock clock)
      throws CacheException {
    this.directory = config.directory();
    this.purpose = config.purpose();
    this.mended = mended;
    this.clock = clock;
    this.readOnly = config.readOnly();
    this.format = format;
    this.lock = lock;
    StoreParts.requireMetadata(directory);
    lock.keepMark();
    this.packs =
        parts.add(PackSet.open(directory.resolve(StoreParts.PACKS), format.id(), disk::failed));
    if (lock.followsCrash()) {
      packs.syncAll();
    }
    this.meta =
        parts.add(
            MetaStore.open(
                new MetaStore.Places(
                    directory.resolve(StoreParts.META),
                    directory.resolve(StoreParts.LEDGER),
                    directory.resolve(StoreParts.RESERVE)),
                format.id(),
                purpose == StoreConfig.Purpose.USE));
    meta.onWriteFailure(disk::failed);
    this.tree = Tree.open(meta, clock, Ownership.uid(directory), Ownership.gid(directory));
    int threads =
        Math.max(1, Math.min(MAX_INGEST_THREADS, Runtime.getRuntime().availableProcessors()));
    this.blocks = new BlockReader(packs, format.blockSize());
    this.ingest =
        parts.add(
            new Ingest(
                packs,
                meta.pins(),
                blocks::isSound,
                new FixedChunker(format.blockSize()),
                threads));
    this.reclaimer = new SpaceReclaimer(packs, meta);
    this.files =
        LiveFiles.open(
            packs,
            meta,
            tree,
            ingest,
            blocks,
            directory.resolve(StoreParts.STAGING),
            () -> disk.watch(reclaimer::sync),
            clock);
    this.leaks = new LeakFinder(packs, meta);
    boolean crashed = meta.state(OPEN_STATE).isPresent();
    leaksSought = !crashed;
    int restored = files.restoreUnsynced();
    if (crashed) {
      new CrashedPacks(packs, meta).check();
    }
    markOpen();
    if (files.recover() + restored > 0) {
      sync();
    }
    Directories.sync(directory); // It may have got its parts just now.
    boolean findsLeaks = crashed && purpose == StoreConfig.Purpose.USE;
    this.syncThread =
        new SyncThread(
            "store-sync", this::maintain, findsLeaks ? this::seekLeaks : () -> {}, SYNC_MILLIS);
    this.ledgerThread =
        new SyncThread("store-ledger", this::keepLedger, this::keepLedger, SYNC_MILLIS);
    this.compactor = new Compactor(packs, meta, reclaimer::sync, files::empty, blocks::forget);
    this.compactThread = new SyncThread("store-compact", this::compact, () -> {}, COMPACT_MILLIS);
  }

  /**
   * Opens or makes a store and becomes its owner.
   *
   * @throws CacheException.Busy if another process owns it; the message says which
   * @throws CacheException.Missing if there is none and {@code config} says not to make one
   * @throws CacheException.InvalidArgument if the directory holds something else, or the store has
   *     another block size than asked for
   */
  public static Store open(StoreConfig config) throws CacheException {
    return open(config, Clock.systemUTC());
  }

  /** Opens a store whose times come from {@code clock}. */
  public static Store open(StoreConfig config, Clock clock) throws CacheException {
    Path directory = StoreDirectory.prepare(config);
    StoreSafety.check(directory);
    StoreSafety.makePrivate(directory);
    CloseStack parts = new CloseStack();
    try {
      StoreLock lock = parts.add(StoreLock.acquire(directory, config.lockWaitMillis()));
      boolean repairs = config.purpose() == StoreConfig.Purpose.REPAIR;
      List<Finding> mended = new ArrayList<>();
      if (repairs) {
        mended.addAll(FormatCopy.restore(directory));
      }
      StoreFormat format =
          StoreFormat.exists(directory)
              ? StoreFormat.read(directory)
              : StoreFormat.create(directory, config.blockSize(), "unicache " + VERSION);
      StoreDirectory.requireBlockSize(config.blockSize(), format, directory);
      format = new StoreUpgrade(directory).run(format);
      if (repairs) {
        mended.addAll(new MetadataRestore(directory, format, lock.followsCrash()).run());
      }
      Store store = new Store(config, format, mended, lock, parts, clock);
      store.syncThread.start();
      store.ledgerThread.start();
      store.compactThread.start();
      return store;
    } catch (CacheException | RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  private void markOpen() throws CacheException {
    FormatCopy.keep(directory, meta);
    meta.update(
        transaction -> {
          transaction.putState(
              OPEN_STATE,
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8));
          return null;
        });
    meta.sync();
  }

  /** Returns the user whom the store's directory belongs to. */
  public int ownerUid() {
    return Ownership.uid(directory);
  }

  public int ownerGid() {
    return Ownership.gid(directory);
  }

  public Path directory() {
    return directory;
  }

  /** Returns the store's identity, made when the store was. */
  public UUID id() {
    return format.id();
  }

  /** Returns the version of the on-disk format. */
  public int formatVersion() {
    return format.version();
  }

  /** Returns bytes. */
  public int blockSize() {
    return format.blockSize();
  }

  /** Returns how files are cut, as in "fixed". */
  public String chunking() {
    return format.chunking();
  }

  /**
   * Tells whether changes are refused (by those who serve the store, not by this class): from the
   * beginning, or since the disk failed.
   */
  public boolean readOnly() {
    return readOnly || disk.failure().isPresent();
  }

  /** Returns what the disk failed at, if it did. */
  public Optional<String> diskFailure() {
    return disk.failure();
  }

  /** Throws Storage if the disk has failed: nothing that is written now would be kept. */
  public void requireSoundDisk() throws CacheException {
    disk.requireSound();
  }

  public MetaStore meta() {
    return meta;
  }

  public Tree tree() {
    return tree;
  }

  public LiveFiles files() {
    return files;
  }

  /** Makes the daemon's socket known to clients. */
  public void publishSocket(Path socket) throws CacheException {
    lock.publishSocket(socket);
  }

  /** Starts a stream of bytes into blocks; {@code expectedBytes} is -1 if it is not known. */
  public ContentWriter writer(long expectedBytes) {
    return ingest.writer(expectedBytes);
  }

  /**
   * Opens a committed content for reading. The caller knows that something refers to it all the
   * while.
   */
  public ContentReader reader(ContentId content) throws CacheException {
    Optional<ManifestEntry> entry = meta.manifest(content);
    return new ContentReader(
        entry
            .orElseThrow(() -> new CacheException.Missing("no file has the content ID " + content))
            .manifest(),
        meta,
        blocks);
  }

  /** As {@link #reader}, for those who do not know that: the content stays until it is closed. */
  public PinnedReader pinnedReader(ContentId content) throws CacheException {
    return new PinnedReader(reader(content), meta.pins());
  }

  /**
   * Returns the bytes of the disk that would be freed if one file with a content went: of blocks
   * that no other file has, or 0 if another file has the same content.
   */
  public long uniqueBytes(ContentId content) throws CacheException {
    Optional<ManifestEntry> entry = meta.manifest(content);
    if (entry.isEmpty() || entry.get().references() > 1) {
      return 0;
    }
    Map<BlockHash, Integer> occurrences = new HashMap<>();
    entry.get().manifest().blocks().forEach(block -> occurrences.merge(block, 1, Integer::sum));
    long bytes = 0;
    for (Map.Entry<BlockHash, Integer> block : occurrences.entrySet()) {
      Optional<BlockEntry> row = meta.block(block.getKey());
      if (row.isPresent() && row.get().references() == block.getValue()) {
        bytes += row.get().location().allocated();
      }
    }
    return bytes;
  }

  /** Makes all blocks durable, but not what refers to them. */
  void syncBlocks() throws CacheException {
    packs.sync();
  }

  /** Makes all that was committed or saved durable. */
  public void sync() throws CacheException {
    disk.watch(files::sync);
  }

  /**
   * Finds all space that nothing refers to and gives it back.
   *
   * @return bytes given back to the file system
   */
  public long gc() throws CacheException {
    seekLeaks();
    sync();
    long given = reclaimer.syncAndReclaim();
    compactorPace.hurry(); // Blocks may be on their way already.
    try {
      given += compactor.run(Thrift.ALL, gcPace);
    } finally {
      compactorPace.calm();
    }
    // Where holes are punched, a copy may take a page more than its pack gave back.
    return Math.max(0, given + reclaimer.syncAndReclaim());
  }

  private void seekLeaks() throws CacheException {
    leaksSought = leaks.run();
  }

  private void compact() throws CacheException {
    if (!readOnly() && purpose == StoreConfig.Purpose.USE) {
      compactor.run(Thrift.BACKGROUND, compactorPace);
    }
  }

  private void maintain() throws CacheException {
    if (disk.failure().isPresent()) {
      return;
    }
    try {
      files.settle();
    } finally {
      // Even so: what is freed may be the room that was missing.
      try {
        sync();
      } finally {
        reclaim();
      }
    }
  }

  /** Apart from the rest of the upkeep: it may read everything, and a sync must not wait for it. */
  private void keepLedger() throws CacheException {
    if (disk.failure().isPresent()) {
      return;
    }
    meta.syncLedger();
    try {
      meta.keepLedger();
    } catch (CacheException.Full e) {
      LOG.log(Level.DEBUG, "the second copy of the metadata has to wait", e);
    }
  }

  private void reclaim() throws CacheException {
    if (purpose == StoreConfig.Purpose.USE || knownSound) {
      reclaimer.syncAndReclaim();
    }
  }

  /**
   * Checks the store; see {@link StoreCheck}.
   *
   * @param fetcher asked for damaged blocks of files that were downloaded
   * @throws CacheException.Busy if a repair is wanted and the store was not opened for one
   */
  public CheckSummary check(
      StoreCheck.Options options, RangeFetcher fetcher, CheckListener listener)
      throws CacheException {
    if (options.repair() && purpose != StoreConfig.Purpose.REPAIR) {
      throw new CacheException.Busy(
          "store "
              + directory
              + " is in use by process "
              + ProcessHandle.current().pid()
              + "; a repair needs it for itself: unmount it first");
    }
    for (Finding finding : mended) {
      listener.found(finding);
    }
    StoreCheck check =
        new StoreCheck(
            packs, meta, blockSize(), directory.resolve(StoreParts.STAGING), fetcher, clock);
    CheckSummary summary = check.run(options, listener);
    if (options.repair()) {
      sync();
      if (summary.isSound() && !listener.cancelled()) {
        knownSound = true;
        gc(); // What was damaged and has been restored elsewhere.
      }
    }
    return summary.andRepaired(mended.size());
  }

  /** Returns what all of the store takes on the disk, as du counts it. */
  public long bytesOnDisk() throws CacheException {
    return DiskUsage.of(directory);
  }

  /** Returns what the disk has to have free, so that blocks are taken. */
  public long keptFreeBytes() throws CacheException {
    return packs.keptFreeBytes();
  }

  public CacheStats stats() throws CacheException {
    MetaStore.Totals totals = meta.totals();
    return new CacheStats(
        totals.files(),
        totals.blocks(),
        totals.logicalBytes(),
        totals.storedBytes(),
        packs.bytesOnDisk()
            + DiskUsage.of(directory.resolve(StoreParts.META))
            + DiskUsage.of(directory.resolve(StoreParts.LEDGER)),
        format.blockSize());
  }

  /** Commits what open files have, makes it durable and gives the directory up. */
  @Override
  public void close() throws CacheException {
    CloseStack parts = new CloseStack();
    parts.add(lock);
    parts.add(packs);
    parts.add(meta);
    parts.add(this::finish);
    parts.add(ingest);
    parts.add(files);
    parts.add(files::commitAll);
    parts.add(syncThread);
    parts.add(ledgerThread);
    parts.add(compactor);
    parts.add(compactThread);
    parts.add(leaks::end);
    parts.add(gcPace);
    parts.add(compactorPace);
    parts.close();
  }

  private void finish() throws CacheException {
    sync();
    reclaim();
    sync(); // What indexes say of freed blocks as well: they are not looked at after this.
    if (!leaksSought && !knownSound) {
      return; // The next opening looks for what the crash before has left.
    }
    meta.update(
        transaction -> {
          transaction.deleteState(OPEN_STATE);
          return null;
        });
    meta.sync();
    meta.flush();
    lock.clearMark();
  }
}

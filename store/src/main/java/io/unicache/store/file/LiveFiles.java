package io.unicache.store.file;

import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.ingest.Ingest;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.Emptying;
import io.unicache.store.pack.PackSet;
import io.unicache.store.read.BlockReader;
import io.unicache.store.read.ContentReader;
import io.unicache.store.tree.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The files that are open. Safe for use by many threads. */
public final class LiveFiles implements AutoCloseable {

  private static final class Opening {
    final LiveFile file;
    int count = 1;

    Opening(LiveFile file) {
      this.file = file;
    }
  }

  private final MetaStore meta;
  private final Tree tree;
  private final Ingest ingest;
  private final BlockReader blocks;
  private final Path staging;
  private final Clock clock;
  private final PackSet packs;
  private final PackLending lending;
  private final Journals journals;
  private final MetadataSync metadata;
  private final DraftMemory draftMemory;
  private final AtomicLong overlays = new AtomicLong();

  /** By inode number; guarded by itself. */
  private final Map<Long, Opening> open = new HashMap<>();

  private LiveFiles(
      PackSet packs,
      MetaStore meta,
      Tree tree,
      Ingest ingest,
      BlockReader blocks,
      Path staging,
      MetadataSync metadata,
      Clock clock) {
    this.packs = packs;
    this.lending = new PackLending(packs, meta, blocks, metadata);
    this.meta = meta;
    this.tree = tree;
    this.ingest = ingest;
    this.blocks = blocks;
    this.staging = staging;
    this.journals = new Journals(staging, meta);
    this.metadata = metadata;
    this.clock = clock;
    this.draftMemory = new DraftMemory(ingest.chunker().maxLength());
  }

  /**
   * Begins with no file open. Before any is opened, {@link #restoreUnsynced} and {@link #recover}
   * have to be called once.
   */
  public static LiveFiles open(
      PackSet packs,
      MetaStore meta,
      Tree tree,
      Ingest ingest,
      BlockReader blocks,
      Path staging,
      MetadataSync metadata,
      Clock clock)
      throws CacheException {
    try {
      Files.createDirectories(staging);
    } catch (IOException e) {
      throw CacheException.of("making " + staging, e);
    }
    return new LiveFiles(packs, meta, tree, ingest, blocks, staging, metadata, clock);
  }

  /**
   * Gives files back what they had at the last sync where a power cut has taken blocks of what they
   * got since.
   *
   * @return how many
   */
  public int restoreUnsynced() throws CacheException {
    return new UnsyncedRecovery(meta, tree, blocks).run();
  }

  /**
   * Commits what files that were open at a crash had saved, and removes all else that the crash has
   * left. What cannot be committed as the disk is damaged is set aside, and logged.
   *
   * @return files that got something back
   */
  public int recover() throws CacheException {
    return new Recovery(this, staging).run();
  }

  /** Opens an inode's content, or counts another opening of it. */
  public LiveFile open(long inode) throws CacheException {
    synchronized (open) {
      Opening opening = open.get(inode);
      if (opening != null) {
        opening.count++;
        return opening.file;
      }
      tree.hold(inode);
      try {
        LiveFile file = new LiveFile(inode, this);
        open.put(inode, new Opening(file));
        return file;
      } catch (CacheException e) {
        tree.drop(inode);
        throw e;
      }
    }
  }

  /** Returns the live file of an inode that is open at this moment; not counted. */
  public Optional<LiveFile> find(long inode) {
    synchronized (open) {
      return Optional.ofNullable(open.get(inode)).map(opening -> opening.file);
    }
  }

  /** Commits every file that has something to commit; the first failure is thrown at the end. */
  public void commitAll() throws CacheException {
    forEach(openFiles(), LiveFile::commit);
  }

  private List<LiveFile> openFiles() {
    synchronized (open) {
      return open.values().stream().map(opening -> opening.file).toList();
    }
  }

  /**
   * Commits the files that nobody has open any more but programs have mapped, or that could not be
   * committed when they were closed, and lets those go that have no need of it any more.
   */
  public void settle() throws CacheException {
    List<LiveFile> lingering = new ArrayList<>();
    synchronized (open) {
      for (Opening opening : open.values()) {
        if (opening.count == 0) {
          opening.count = 1;
          lingering.add(opening.file);
        }
      }
    }
    forEach(lingering, this::closeLingering);
    forEach(openFiles(), LiveFile::saveIfBroken);
  }

  /** As {@link #close}, but keeps a file that cannot be committed: there is nobody to be told. */
  private void closeLingering(LiveFile file) throws CacheException {
    try {
      file.settle(0);
    } catch (CacheException e) {
      removeLast(file, true);
      throw e;
    }
    close(file);
  }

  /** Saves every file that has something to save; the first failure is thrown at the end. */
  public void saveAll() throws CacheException {
    forEach(openFiles(), LiveFile::save);
  }

  /** Makes all that was committed or saved durable: journals, then the metadata that names them. */
  public void sync() throws CacheException {
    journals.sync(metadata);
  }

  private interface Step {
    void run(LiveFile file) throws CacheException;
  }

  /** Does something with all of them; the first failure is thrown at the end. */
  private static void forEach(List<LiveFile> files, Step step) throws CacheException {
    CacheException first = null;
    for (LiveFile file : files) {
      try {
        step.run(file);
      } catch (CacheException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  /** Gives back one opening; see {@link LiveFile#close}. */
  void close(LiveFile file) throws CacheException {
    // Committing takes long, so it happens before the file leaves the table: whoever opens the
    // inode from then on starts from what is committed.
    boolean mapped = file.isMapped();
    try {
      file.settle(0);
    } finally {
      leave(file, mapped);
    }
  }

  /**
   * Gives back one opening without a commit.
   *
   * @param mapped see {@link #removeLast}
   */
  void leave(LiveFile file, boolean mapped) throws CacheException {
    if (removeLast(file, mapped)) {
      try {
        file.discard();
      } finally {
        tree.drop(file.number());
      }
    }
  }

  /**
   * @param mapped whether programs may go on changing the file: then it stays, until {@link
   *     #settle} finds that they do not
   */
  private boolean removeLast(LiveFile file, boolean mapped) throws CacheException {
    synchronized (open) {
      Opening opening = open.get(file.number());
      if (opening == null || opening.file != file) {
        throw new IllegalStateException("inode " + file.number() + " was closed too often");
      }
      if (--opening.count > 0
          || mapped
          || file.isMapped() // perhaps by one that came later
          || file.isSavedOnly()) {
        return false;
      }
      file.end();
      open.remove(file.number());
      return true;
    }
  }

  Draft newDraft(ContentReader base, long committedSize) throws CacheException {
    return new Draft(
        base,
        committedSize,
        ingest,
        meta,
        blocks,
        draftMemory,
        () -> new Overlay(staging.resolve(overlays.incrementAndGet() + ".overlay")));
  }

  /** Makes all blocks durable. */
  void syncBlocks() throws CacheException {
    packs.sync();
  }

  int blockSize() {
    return ingest.chunker().maxLength();
  }

  /** Has a file of its own made of a pack in which a content lies byte for byte. */
  PlainFile takeOver(int pack, Manifest manifest) throws CacheException {
    Path name = staging.resolve(overlays.incrementAndGet() + ".plain");
    lending.takeOver(pack, manifest, name);
    return new PlainFile(name, ingest, packs.lendable());
  }

  /** Begins to empty a pack, unless programs read it past this process. */
  public Optional<Emptying> empty(int pack) throws CacheException {
    return lending.empty(pack);
  }

  DraftMemory draftMemory() {
    return draftMemory;
  }

  PackLending lending() {
    return lending;
  }

  Journals journals() {
    return journals;
  }

  /** Ends the thread that looks at packs. */
  @Override
  public void close() throws CacheException {
    lending.close();
  }

  MetaStore meta() {
    return meta;
  }

  Tree tree() {
    return tree;
  }

  BlockReader blocks() {
    return blocks;
  }

  Clock clock() {
    return clock;
  }
}

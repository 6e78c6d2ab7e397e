package io.unicache.store.file;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.block.Zeros;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.BlockEntry;
import io.unicache.store.meta.MetaStore;
import io.unicache.store.pack.PackSet;
import io.unicache.store.read.BlockReader;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Knows which contents lie in a pack byte for byte, all blocks found sound: whoever reads the
 * pack's file reads the content. Finding out takes as long as reading the content, so a thread does
 * it in the background for whoever asks next. Safe for use by many threads.
 */
final class PackedContents implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(PackedContents.class.getName());

  /** Contents that are remembered; about a MiB. */
  private static final int REMEMBERED = 8192;

  /** Contents that wait to be looked at; more are looked at when they are asked for again. */
  private static final int WAITING = 64;

  private static final int ZEROS_BYTES = 1 << 20;
  private static final long IDLE_SECONDS = 10;
  private static final long CLOSE_SECONDS = 60;

  /**
   * What is known of a content.
   *
   * @param first where its first block lies
   * @param whole whether it lies in that block's pack byte for byte
   * @param departures of the pack, when that was found out
   */
  private record Known(BlockLocation first, boolean whole, long departures) {}

  private final PackSet packs;
  private final MetaStore meta;
  private final BlockReader blocks;
  private final ThreadPoolExecutor executor;
  private final Set<ContentId> waiting = new HashSet<>();
  private volatile boolean closing;

  /** Guarded by {@link #waiting}, as that set is. */
  private final Map<ContentId, Known> contents =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ContentId, Known> eldest) {
          return size() > REMEMBERED;
        }
      };

  PackedContents(PackSet packs, MetaStore meta, BlockReader blocks) {
    this.packs = packs;
    this.meta = meta;
    this.blocks = blocks;
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            task -> {
              Thread thread = new Thread(task, "store-verify");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Returns the pack in which a content lies byte for byte, if that is known. If nothing is known
   * it is found out in the background. Something refers to the content all the while.
   */
  Optional<Integer> find(ContentId id, Manifest manifest) throws CacheException {
    if (manifest.size() < PackSet.OWN_PACK_BYTES) {
      return Optional.empty();
    }
    Known known;
    synchronized (waiting) {
      known = contents.get(id);
    }
    if (known != null && known.whole() && isStillTrue(known, manifest)) {
      return Optional.of(known.first().pack());
    }
    if (known == null || known.whole() || !first(manifest).equals(Optional.of(known.first()))) {
      lookLater(id, manifest);
    }
    return Optional.empty();
  }

  private boolean isStillTrue(Known known, Manifest manifest) throws CacheException {
    int pack = known.first().pack();
    OptionalLong length = packs.lendable().finishedLength(pack);
    return meta.departures(pack) == known.departures()
        && length.isPresent()
        && length.getAsLong() == manifest.size();
  }

  private void lookLater(ContentId id, Manifest manifest) {
    synchronized (waiting) {
      if (!waiting.add(id)) {
        return;
      }
    }
    boolean accepted = false;
    try {
      executor.execute(() -> look(id, manifest));
      accepted = true;
    } catch (RejectedExecutionException e) {
      LOG.log(Level.DEBUG, "too many contents to look at; {0} has to wait", id);
    } finally {
      if (!accepted) {
        done(id, Optional.empty());
      }
    }
  }

  private void look(ContentId id, Manifest manifest) {
    Optional<Known> found = Optional.empty();
    try {
      found = look(manifest);
    } catch (CacheException e) {
      LOG.log(Level.WARNING, "content " + id + " could not be looked at", e);
    } finally {
      done(id, found);
    }
  }

  private void done(ContentId id, Optional<Known> found) {
    synchronized (waiting) {
      waiting.remove(id);
      contents.remove(id);
      found.ifPresent(known -> contents.put(id, known));
    }
  }

  /** Returns nothing if it cannot be said now. */
  private Optional<Known> look(Manifest manifest) throws CacheException {
    Optional<BlockLocation> first = first(manifest);
    if (first.isEmpty()) {
      return Optional.empty();
    }
    int pack = first.get().pack();
    long departures = meta.departures(pack);
    OptionalLong length = packs.lendable().finishedLength(pack);
    if (length.isEmpty()) {
      return Optional.empty();
    }
    boolean whole = length.getAsLong() == manifest.size() && liesAsItIs(manifest, pack);
    if (closing) {
      return Optional.empty();
    }
    packs.lendable().settle(pack);
    return Optional.of(new Known(first.get(), whole, departures));
  }

  private Optional<BlockLocation> first(Manifest manifest) throws CacheException {
    for (int i = 0; i < manifest.extents(); i++) {
      if (!manifest.isHole(i)) {
        return meta.block(manifest.hash(i)).map(BlockEntry::location);
      }
    }
    return Optional.empty();
  }

  private boolean liesAsItIs(Manifest manifest, int pack) throws CacheException {
    for (int i = 0; i < manifest.extents(); i++) {
      long start = manifest.start(i);
      boolean good =
          manifest.isHole(i)
              ? isZero(pack, start, manifest.length(i))
              : isSound(manifest.hash(i), new Place(pack, start, manifest.length(i)));
      if (!good || closing) {
        return false;
      }
    }
    return true;
  }

  /** Where a block should lie. */
  private record Place(int pack, long offset, long length) {}

  private boolean isSound(BlockHash hash, Place place) throws CacheException {
    Optional<BlockEntry> entry = meta.block(hash);
    if (entry.isEmpty()) {
      return false;
    }
    BlockLocation at = entry.get().location();
    return at.pack() == place.pack()
        && at.offset() == place.offset()
        && at.length() == place.length()
        && blocks.isSound(hash, at);
  }

  private boolean isZero(int pack, long start, long length) throws CacheException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(length, ZEROS_BYTES));
    long at = start;
    while (at < start + length && !closing) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), start + length - at));
      packs.read(new BlockLocation(pack, at, buffer.limit()), 0, buffer);
      if (!Zeros.isZero(buffer.array(), 0, buffer.limit())) {
        return false;
      }
      at += buffer.limit();
    }
    return true;
  }

  /** Ends the thread; never interrupts it, as it reads packs. */
  @Override
  public void close() throws CacheException {
    closing = true;
    executor.shutdown();
    executor.getQueue().clear();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        throw new CacheException.Busy("a block is still being read after " + CLOSE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CacheException.Busy("interrupted while a block was being read");
    }
  }
}

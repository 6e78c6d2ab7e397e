package io.unicache.store.pack;

import io.unicache.store.block.BlockHash;
import io.unicache.store.block.BlockLocation;
import io.unicache.store.error.CacheException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks of an own pack move to a new one, at the same offsets, and the old pack's file leaves
 * the set under another name. In this order: {@link #copy} for each block; the caller has {@link
 * PackSet#sync()} make the copies durable, then the metadata that refers to them; {@link #finish}.
 * Closed before that, it leaves the old pack as it was, and the copies to whoever frees what no
 * metadata refers to. Used by one thread.
 *
 * <p>While it lasts, what is freed in the old pack is not punched out.
 */
public final class Evacuation implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Evacuation.class.getName());

  private final PackSet set;
  private final FileLayer files;
  private final Pack old;
  private final Path name;
  private final List<BlockLocation> moved = new ArrayList<>();
  private PackFile source;

  /** Made with the first copy. */
  private Pack fresh;

  private boolean finished;

  Evacuation(PackSet set, FileLayer files, Pack old, Path name) {
    this.set = set;
    this.files = files;
    this.old = old;
    this.name = name;
  }

  /**
   * Copies a block, as it is.
   *
   * @return where the copy lies
   * @throws CacheException.Full if the disk is full
   */
  public BlockLocation copy(BlockHash hash, BlockLocation from) throws CacheException {
    set.requireRoom(from.length());
    if (source == null) {
      source = openSource();
      fresh = set.createOwn();
    }
    BlockLocation copied = fresh.copy(hash, from, source);
    set.written(fresh);
    moved.add(from);
    return copied;
  }

  private PackFile openSource() throws CacheException {
    try {
      return files.open(old.path(), FileLayer.Mode.READ);
    } catch (IOException e) {
      throw CacheException.of("opening " + old.path(), e);
    }
  }

  /**
   * Takes the old pack out of the set: reads from it fail from here on, and its file has the new
   * name only. What cannot be deleted any more is logged: a later opening of the store deletes it.
   */
  public void finish() {
    finished = true;
    try {
      LendablePacks.withdraw(set, old, moved);
    } catch (CacheException e) {
      LOG.log(Level.WARNING, "remains of " + old.path() + " stay until the store is opened", e);
    }
  }

  @Override
  public void close() throws CacheException {
    Failures failures = new Failures();
    failures.collect(this::closeSource);
    if (fresh != null) {
      set.detach(fresh);
    }
    if (!finished) {
      old.stay();
      failures.collect(this::deleteName);
    }
    failures.throwFirst();
  }

  private void closeSource() throws CacheException {
    try {
      if (source != null) {
        source.close();
      }
    } catch (IOException e) {
      throw CacheException.of("closing " + old.path(), e);
    }
  }

  private void deleteName() throws CacheException {
    try {
      files.delete(name);
    } catch (IOException e) {
      throw CacheException.of("deleting " + name, e);
    }
  }
}

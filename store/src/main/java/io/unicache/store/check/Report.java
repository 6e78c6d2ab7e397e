package io.unicache.store.check;

import io.unicache.store.block.ByteRange;
import io.unicache.store.check.Finding.Kind;
import io.unicache.store.check.Finding.State;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.MetaStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes findings, counts them, and in a repair mends what comes with a way to do so, many at a time
 * in one change. Used by one thread.
 */
final class Report {

  /** What becomes of findings. */
  enum Mode {
    /** They are told. */
    CHECK,
    /** Those that can be mended are, and told then; the others are left to a second look. */
    REPAIR,
    /** The second look after a repair: what is found now is beyond repair. */
    VERIFY
  }

  /** Changes that one transaction takes: its rows are in memory until it ends. */
  private static final int BATCH = 1024;

  private record Pending(Kind kind, String where, String problem, MetaStore.Mending fix) {}

  private final MetaStore meta;
  private final CheckListener listener;
  private final List<Pending> pending = new ArrayList<>();
  private Mode mode;
  private boolean trusted = true;

  // What the summary says.
  long blocks;
  long blockBytes;
  long contents;
  long inodes;
  long names;
  long storedFiles;
  long leakedBytes;
  private long found;
  private long repaired;
  private long lost;

  Report(MetaStore meta, CheckListener listener, Mode mode) {
    this.meta = meta;
    this.listener = listener;
    this.mode = mode;
  }

  boolean repairs() {
    return mode == Mode.REPAIR;
  }

  /** Begins the second look: it counts anew what it looks at. */
  void verify() {
    mode = Mode.VERIFY;
    blocks = 0;
    contents = 0;
    inodes = 0;
    names = 0;
    storedFiles = 0;
    leakedBytes = 0;
  }

  /**
   * Not all rows can be read, so that what follows from all of them is not known: nothing is
   * changed because of it.
   */
  void distrust() {
    trusted = false;
  }

  boolean isTrusted() {
    return trusted;
  }

  boolean cancelled() {
    return listener.cancelled();
  }

  CheckListener listener() {
    return listener;
  }

  /** Takes a finding that cannot be mended by changing rows. */
  void found(Kind kind, String where, String problem) throws CacheException {
    if (!repairs()) {
      tell(kind, where, List.of(), problem, mode == Mode.VERIFY ? State.LOST : State.FOUND);
    }
  }

  /** Takes a finding that a change mends. */
  void found(Kind kind, String where, String problem, MetaStore.Mending fix) throws CacheException {
    if (!repairs() || !trusted) {
      found(kind, where, problem);
      return;
    }
    pending.add(new Pending(kind, where, problem, fix));
    if (pending.size() == BATCH) {
      mend();
    }
  }

  /** Takes bytes of a file that cannot be read, and stay so. */
  void lost(String where, List<ByteRange> ranges, String problem) throws CacheException {
    tell(Kind.DATA, where, ranges, problem, mode == Mode.CHECK ? State.FOUND : State.LOST);
  }

  /** Takes something that cannot be mended, and that no second look finds. */
  void lost(Kind kind, String where, String problem) throws CacheException {
    tell(kind, where, List.of(), problem, mode == Mode.CHECK ? State.FOUND : State.LOST);
  }

  /** Takes something that has been mended already. */
  void repaired(Kind kind, String where, String problem) throws CacheException {
    tell(kind, where, List.of(), problem, State.REPAIRED);
  }

  /** Makes the changes that mend what was found so far. */
  void mend() throws CacheException {
    if (pending.isEmpty()) {
      return;
    }
    List<Pending> batch = List.copyOf(pending);
    pending.clear();
    meta.mend(
        (tx, mender) -> {
          for (Pending one : batch) {
            one.fix().apply(tx, mender);
          }
        });
    for (Pending one : batch) {
      repaired(one.kind(), one.where(), one.problem());
    }
  }

  /** Forgets the changes that a step has asked for which did not come to its end. */
  void dropPending() {
    pending.clear();
  }

  private void tell(Kind kind, String where, List<ByteRange> ranges, String problem, State state)
      throws CacheException {
    switch (state) {
      case FOUND -> found++;
      case REPAIRED -> repaired++;
      case LOST -> lost++;
    }
    listener.found(new Finding(kind, where, ranges, problem, state));
  }

  CheckSummary summary() {
    return new CheckSummary(
        blocks,
        blockBytes,
        contents,
        inodes,
        names,
        storedFiles,
        leakedBytes,
        found,
        repaired,
        lost);
  }
}

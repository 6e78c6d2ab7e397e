package io.unicache.fs.fuse.kernel;

import io.unicache.fs.fuse.kernel.Protocol.AttrOut;
import io.unicache.fs.fuse.kernel.Protocol.EntryOut;
import io.unicache.fs.fuse.kernel.Protocol.StatxOut;
import io.unicache.fs.ops.Attributes;
import io.unicache.fs.ops.FileSystemException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/** Tells the kernel of inodes and their attributes: counts, and says for how long it is true. */
final class Entries {

  private final LookupCounts counts;
  private final Validity validity;
  private final LongSupplier changes;

  /**
   * @param changes number of notices, and of files that were released after they may have been
   *     changed, so far: what was found out before may be stale when it reaches the kernel
   */
  Entries(LookupCounts counts, Validity validity, LongSupplier changes) {
    this.counts = counts;
    this.validity = validity;
    this.changes = changes;
  }

  /** Returns a mark of the present; to be taken before looking at the file system. */
  long mark() {
    return changes.getAsLong();
  }

  /**
   * Appends an entry to a reply that then is taken back if the kernel does not take it.
   *
   * @param mark from before the name was looked up
   */
  void reply(Reply reply, long parent, Attributes a, long mark) throws FileSystemException {
    counts.add(a.inode());
    put(reply, parent, a, mark);
    reply.ifUndelivered(() -> counts.forget(a.inode(), 1));
  }

  /** Appends an entry that has been counted. */
  void put(Reply reply, long parent, Attributes a, long mark) {
    ByteBuffer body = reply.body();
    int at = reply.struct(EntryOut.SIZE);
    body.putLong(at + EntryOut.NODEID, a.inode());
    body.putLong(at + EntryOut.ATTR_VALID, attributesValid(a, mark));
    if (mark == changes.getAsLong()) {
      body.putLong(at + EntryOut.ENTRY_VALID, validity.ofName(parent, a.inode()));
    }
    reply.putAttributes(at + EntryOut.ATTR, a);
  }

  /** Appends that a name is not there; returns false if that must not be remembered. */
  boolean putAbsent(Reply reply, long parent, long mark) {
    long seconds = mark == changes.getAsLong() ? validity.ofAbsence(parent) : 0;
    if (seconds > 0) {
      reply.body().putLong(reply.struct(EntryOut.SIZE) + EntryOut.ENTRY_VALID, seconds);
    }
    return seconds > 0;
  }

  /** Appends attributes. */
  void putAttributes(Reply reply, Attributes a, long mark) {
    int at = reply.struct(AttrOut.SIZE);
    reply.body().putLong(at + AttrOut.ATTR_VALID, attributesValid(a, mark));
    reply.putAttributes(at + AttrOut.ATTR, a);
  }

  /** Appends attributes with the time at which the file was made. */
  void putExtended(Reply reply, Attributes a, long mark) {
    int at = reply.struct(StatxOut.SIZE);
    reply.body().putLong(at + StatxOut.ATTR_VALID, attributesValid(a, mark));
    reply.putExtended(at + StatxOut.STAT, a);
  }

  /** Returns for how many seconds attributes hold that were found out at a mark. */
  private long attributesValid(Attributes a, long mark) {
    long seconds = validity.ofAttributes(a); // before it is asked what has changed
    return mark == changes.getAsLong() ? seconds : 0;
  }

  LookupCounts counts() {
    return counts;
  }
}

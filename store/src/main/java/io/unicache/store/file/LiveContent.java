package io.unicache.store.file;

import io.unicache.store.block.ContentId;
import io.unicache.store.block.Manifest;
import io.unicache.store.error.CacheException;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import io.unicache.store.meta.Timestamp;
import io.unicache.store.read.ContentReader;
import io.unicache.store.read.ReadTarget;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the bytes of an open file are: in the committed content, which may be lent out, until
 * something is changed, and in a mutable one from then on. Guarded by its live file's lock: many
 * readers or one writer; {@link #isTakenOver} is for any thread.
 */
final class LiveContent {

  private final long number;
  private final LiveFiles owner;
  private final ContentReader base;
  private final Optional<ContentId> baseId;

  /** What has been changed since the file was opened; null until the first change. */
  private MutableContent draft;

  /** The pack that the kernel reads instead of asking for the base; null if there is none. */
  private Integer lentPack;

  /** The file of its own that the content is in once it has been taken over; null until then. */
  private volatile PlainFile plain;

  /** Set when nobody has the file open any more, but for those who looked at it just then. */
  private boolean discarded;

  LiveContent(Inode inode, LiveFiles owner) throws CacheException {
    this.number = inode.number();
    this.owner = owner;
    this.baseId = inode.content();
    this.base = reader(baseId);
  }

  private ContentReader reader(Optional<ContentId> content) throws CacheException {
    Manifest manifest = Manifest.EMPTY;
    if (content.isPresent()) {
      manifest =
          owner
              .meta()
              .manifest(content.get())
              .map(ManifestEntry::manifest)
              .orElseThrow(
                  () ->
                      new CacheException.Corrupt(
                          "the manifest " + content.get() + " of inode " + number + " is missing"));
    }
    return new ContentReader(manifest, owner.meta(), owner.blocks());
  }

  long size() {
    return draft != null ? draft.size() : base.manifest().size();
  }

  /** Returns the bytes that are not in holes. */
  long dataBytes() throws CacheException {
    if (discarded) {
      return committed().dataBytes();
    }
    return draft != null ? draft.dataBytes() : base.manifest().dataBytes();
  }

  /** As {@link MutableContent#read}. */
  int read(long offset, ByteBuffer into) throws CacheException {
    return draft != null ? draft.read(offset, into) : base.read(offset, into);
  }

  /** Reads up to {@code count} bytes, without copying what can be mapped, and delivers them. */
  int read(long offset, int count, ReadTarget target) throws CacheException {
    if (draft == null) {
      return base.read(offset, count, target);
    }
    target.mayWait();
    int length = (int) Math.max(0, Math.min(draft.size() - offset, count));
    draft.read(offset, target.room(length));
    target.deliver();
    return length;
  }

  /** As {@link MutableContent#nextData}. */
  long nextData(long offset) {
    return draft != null ? draft.nextData(offset) : base.manifest().nextData(offset);
  }

  /** As {@link MutableContent#nextHole}. */
  long nextHole(long offset) {
    return draft != null ? draft.nextHole(offset) : base.manifest().nextHole(offset);
  }

  /** Returns the manifest of the committed content. */
  Manifest committed() throws CacheException {
    return draft == null && !discarded
        ? base.manifest()
        : reader(owner.tree().inode(number).content()).manifest();
  }

  /** As {@link MutableContent#changedAround}. */
  Optional<Timestamp> changedAround() throws CacheException {
    return draft == null ? Optional.empty() : draft.changedAround();
  }

  /** As {@link MutableContent#mayHaveChanged}. */
  boolean mayHaveChanged() {
    return draft != null && draft.mayHaveChanged();
  }

  /** Returns the content as one that can be changed; a pack that is lent out is taken over. */
  MutableContent changing() throws CacheException {
    if (draft == null) {
      Optional<Integer> pack = packToTakeOver();
      if (pack.isPresent()) {
        plain = owner.takeOver(pack.get(), base.manifest());
        lentPack = null;
      }
      draft = plain != null ? plain : owner.newDraft(base, base.manifest().size());
    }
    return draft;
  }

  /** Sets the length: cuts, or extends with zeros. */
  void truncate(long size) throws CacheException {
    if (draft == null && size == 0 && packToTakeOver().isEmpty()) {
      // Nothing of the old content is needed, so a damaged file can be written over.
      draft = owner.newDraft(reader(Optional.empty()), base.manifest().size());
    } else {
      changing().truncate(size);
    }
  }

  /** Makes the file that is lent out, if one is, this content's alone. */
  void takeOverIfLent() throws CacheException {
    if (draft == null && packToTakeOver().isPresent()) {
      changing();
    }
  }

  /** Returns the pack that programs read this file from, past this process. */
  private Optional<Integer> packToTakeOver() throws CacheException {
    if (lentPack != null || baseId.isEmpty()) {
      return Optional.ofNullable(lentPack);
    }
    return owner.lending().mapped(number, baseId.get(), base.manifest());
  }

  /**
   * Lends out the file that has these bytes; see {@link LiveFile#lend}.
   *
   * @param written whether somebody may write: then only what was taken over can be lent
   */
  Optional<Path> lend(boolean written) throws CacheException {
    if (draft != null || written) {
      return Optional.ofNullable(plain).map(PlainFile::path);
    }
    if (lentPack == null && baseId.isPresent()) {
      lentPack = owner.lending().lend(number, baseId.get(), base.manifest()).orElse(null);
    }
    return Optional.ofNullable(lentPack).map(owner.lending()::file);
  }

  /** Tells whether the content is in a file that programs may write to by mappings. */
  boolean isTakenOver() {
    return plain != null;
  }

  /** Tells whether programs have that file mapped though no descriptor of it is open. */
  boolean isMapped() throws CacheException {
    return plain != null && plain.isMapped();
  }

  /** Lets go of memory and staging files, committed or not. */
  void discard() throws CacheException {
    if (lentPack != null) {
      owner.lending().giveBack(number, lentPack);
      lentPack = null;
    }
    MutableContent last = draft;
    discarded = true;
    draft = null;
    if (last != null) {
      last.close();
    }
  }
}

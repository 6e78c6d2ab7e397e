package io.unicache.fs.ops;

import io.unicache.store.Store;
import io.unicache.store.block.ContentId;
import io.unicache.store.error.CacheException;
import io.unicache.store.file.LiveFile;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.ManifestEntry;
import java.util.Optional;

/** Makes what stat(2) says of inodes, open files as they are now. Safe for use by many threads. */
final class Stat {

  /** Preferred I/O size; stdio allocates a buffer of this size for each stream, so it is modest. */
  private static final int IO_SIZE = 4096;

  private static final int UNIT = 512;

  /** Less than 10 MiB; a directory listing of this many files decodes each manifest once. */
  private static final int CACHED_CONTENTS = 65_536;

  private final Store store;

  /** Bytes outside holes by content; contents do not change, so nothing here is ever wrong. */
  private final BoundedMap<ContentId, Long> dataBytes = new BoundedMap<>(CACHED_CONTENTS);

  Stat(Store store) {
    this.store = store;
  }

  /** Returns an inode as it is now, with the size and times of an open file. */
  Inode inode(long number) throws CacheException {
    Optional<LiveFile> live = store.files().find(number);
    return live.isPresent() ? live.get().inode() : store.tree().inode(number);
  }

  Attributes attributes(long number) throws CacheException {
    Optional<LiveFile> live = store.files().find(number);
    return live.isPresent() ? attributes(live.get()) : committed(store.tree().inode(number));
  }

  /** Returns the attributes of an inode that has just been read or changed. */
  Attributes attributes(Inode inode) throws CacheException {
    if (inode.isRegular()) {
      Optional<LiveFile> live = store.files().find(inode.number());
      if (live.isPresent()) {
        return attributes(live.get());
      }
    }
    return committed(inode);
  }

  Attributes attributes(LiveFile file) throws CacheException {
    return of(file.inode(), file.dataBytes());
  }

  private Attributes committed(Inode inode) throws CacheException {
    Optional<ContentId> content = inode.content();
    return of(inode, content.isPresent() ? dataBytes(content.get(), inode.size()) : 0);
  }

  private long dataBytes(ContentId content, long size) throws CacheException {
    Long known = dataBytes.get(content);
    if (known != null) {
      return known;
    }
    Optional<ManifestEntry> row = store.meta().manifest(content);
    if (row.isEmpty()) {
      return size; // The inode has just got another content; as good a guess as any.
    }
    long bytes = row.get().manifest().dataBytes();
    dataBytes.put(content, bytes);
    return bytes;
  }

  private static Attributes of(Inode inode, long dataBytes) {
    return new Attributes(
        inode.number(),
        inode.mode(),
        inode.links(),
        inode.uid(),
        inode.gid(),
        inode.device(),
        inode.size(),
        (dataBytes + UNIT - 1) / UNIT,
        IO_SIZE,
        inode.accessed(),
        inode.modified(),
        inode.changed(),
        inode.born());
  }
}

package io.unicache.store.meta;

import java.nio.charset.StandardCharsets;

/** The column families: one table each. FORMAT.md says what the bytes of their rows mean. */
enum Family {
  /** What RocksDB itself demands; nothing is kept in it. */
  DEFAULT("default", 0),
  BLOCKS("blocks", 0),
  MANIFESTS("manifests", 0),
  INODES("inodes", 0),
  ENTRIES("entries", Long.BYTES),
  LISTING("listing", Long.BYTES),
  ATTRIBUTES("xattrs", Long.BYTES),
  FILES("files", 0),
  FREED("freed", 0),
  IDLE("idle", 0),
  ORPHANS("orphans", 0),
  JOURNALS("journals", 0),
  UNSYNCED("unsynced", 0),
  STATE("state", 0);

  private final String title;
  private final int prefixBytes;

  Family(String title, int prefixBytes) {
    this.title = title;
    this.prefixBytes = prefixBytes;
  }

  /** Returns the name in RocksDB. */
  String title() {
    return title;
  }

  byte[] titleBytes() {
    return title.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns how many bytes of a key say which rows belong together; 0 if rows stand alone. */
  int prefixBytes() {
    return prefixBytes;
  }
}

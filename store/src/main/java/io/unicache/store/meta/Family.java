package io.unicache.store.meta;

import java.nio.charset.StandardCharsets;

/** The column families: one table each. FORMAT.md says what the bytes of their rows mean. */
enum Family {
  /** What RocksDB itself demands; nothing is kept in it. */
  DEFAULT("default", 0, 0),
  BLOCKS("blocks", 0, 0),
  MANIFESTS("manifests", 0, 1),
  INODES("inodes", 0, 2),
  ENTRIES("entries", Long.BYTES, 3),
  LISTING("listing", Long.BYTES, 0),
  ATTRIBUTES("xattrs", Long.BYTES, 4),
  FILES("files", 0, 5),
  FREED("freed", 0, 0),
  IDLE("idle", 0, 0),
  ORPHANS("orphans", 0, 0),
  JOURNALS("journals", 0, 6),
  UNSYNCED("unsynced", 0, 0),
  STATE("state", 0, 7);

  private final String title;
  private final int prefixBytes;
  private final int ledgerCode;

  Family(String title, int prefixBytes, int ledgerCode) {
    this.title = title;
    this.prefixBytes = prefixBytes;
    this.ledgerCode = ledgerCode;
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

  /**
   * Returns how the ledger names the table; 0 if it can be made anew from others, or from packs.
   */
  int ledgerCode() {
    return ledgerCode;
  }

  /** Returns the table that the ledger names so, or null. */
  static Family ofLedgerCode(int code) {
    for (Family family : values()) {
      if (family.ledgerCode == code && code != 0) {
        return family;
      }
    }
    return null;
  }
}

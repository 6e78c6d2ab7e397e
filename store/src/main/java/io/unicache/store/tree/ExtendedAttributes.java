package io.unicache.store.tree;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import io.unicache.store.error.CacheException.Namespace.Reason;
import io.unicache.store.meta.Inode;
import io.unicache.store.meta.MetaStore.Transaction;
import io.unicache.store.meta.Name;
import io.unicache.store.meta.Timestamp;
import java.util.List;

/** Changes of extended attributes. */
final class ExtendedAttributes {

  /** As on Linux (XATTR_SIZE_MAX). */
  static final int MAX_VALUE_BYTES = 64 << 10;

  private ExtendedAttributes() {}

  static void set(
      Transaction tx, long number, Name name, byte[] value, Tree.AttributeMode mode, Timestamp now)
      throws CacheException {
    if (value.length > MAX_VALUE_BYTES) {
      throw Rules.broken(
          Reason.ATTRIBUTE_TOO_LARGE,
          "attribute "
              + name
              + " of "
              + value.length
              + " bytes; at most "
              + MAX_VALUE_BYTES
              + " are allowed");
    }
    Inode inode = Rules.inode(tx, number);
    if (mode != Tree.AttributeMode.ANY) {
      boolean exists = tx.attribute(number, name).isPresent();
      if (exists && mode == Tree.AttributeMode.CREATE) {
        throw Rules.broken(
            Reason.EXISTS, "inode " + number + " has an attribute " + name + " already");
      }
      if (!exists && mode == Tree.AttributeMode.REPLACE) {
        throw missing(number, name);
      }
    }
    tx.putAttribute(number, name, value);
    tx.putInode(inode.toBuilder().changed(now).build());
  }

  static void remove(Transaction tx, long number, Name name, Timestamp now) throws CacheException {
    Inode inode = Rules.inode(tx, number);
    if (tx.attribute(number, name).isEmpty()) {
      throw missing(number, name);
    }
    tx.deleteAttribute(number, name);
    tx.putInode(inode.toBuilder().changed(now).build());
  }

  /** Sets and removes attributes with another change of the inode, which it is a part of. */
  static void put(Transaction tx, long number, List<Tree.Attribute> attributes)
      throws CacheException {
    for (Tree.Attribute attribute : attributes) {
      if (attribute.value() != null) {
        tx.putAttribute(number, attribute.name(), attribute.value());
      } else if (tx.attribute(number, attribute.name()).isPresent()) {
        tx.deleteAttribute(number, attribute.name());
      }
    }
  }

  static Namespace missing(long number, Name name) {
    return Rules.broken(Reason.NO_ATTRIBUTE, "inode " + number + " has no attribute " + name);
  }
}

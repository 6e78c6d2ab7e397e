package io.unicache.store.meta;

import io.unicache.store.error.CacheException;
import io.unicache.store.error.CacheException.Namespace;
import java.nio.ByteBuffer;

/**
 * Rows of "entries" (directory and name -> inode) and of "listing" (directory and cookie -> name).
 * Each directory entry has one row in both: the one finds it, the other lists it.
 */
final class EntryRow {

  private static final int TYPE_SHIFT = 12;

  private EntryRow() {}

  static byte[] key(long directory, Name name) {
    return Keys.named(directory, name);
  }

  static byte[] listingKey(long directory, long cookie) {
    return Keys.numbers(directory, cookie);
  }

  static byte[] encode(DirectoryEntry entry) {
    return ByteBuffer.allocate(1 + 8 + 1 + 8)
        .put(Rows.VERSION)
        .putLong(entry.inode())
        .put(typeByte(entry.type()))
        .putLong(entry.cookie())
        .array();
  }

  static byte[] encodeListing(DirectoryEntry entry) {
    byte[] name = entry.name().toBytes();
    return ByteBuffer.allocate(1 + 8 + 1 + name.length)
        .put(Rows.VERSION)
        .putLong(entry.inode())
        .put(typeByte(entry.type()))
        .put(name)
        .array();
  }

  static DirectoryEntry decode(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.ENTRIES, key, value, EntryRow::parse);
  }

  static DirectoryEntry decodeListing(byte[] key, byte[] value) throws CacheException {
    return Rows.decode(Family.LISTING, key, value, EntryRow::parseListing);
  }

  private static DirectoryEntry parse(ByteBuffer key, ByteBuffer value) throws Namespace {
    key.getLong();
    Name name = Name.of(Rows.rest(key));
    return new DirectoryEntry(name, value.getLong(), type(value), value.getLong());
  }

  private static DirectoryEntry parseListing(ByteBuffer key, ByteBuffer value) throws Namespace {
    key.getLong();
    long cookie = key.getLong();
    long inode = value.getLong();
    Inode.Type type = type(value);
    return new DirectoryEntry(Name.of(Rows.rest(value)), inode, type, cookie);
  }

  private static byte typeByte(Inode.Type type) {
    return (byte) (type.bits() >> TYPE_SHIFT);
  }

  private static Inode.Type type(ByteBuffer value) {
    return Inode.Type.ofMode((value.get() & 0xff) << TYPE_SHIFT);
  }
}

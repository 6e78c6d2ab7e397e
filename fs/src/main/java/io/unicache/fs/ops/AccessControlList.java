package io.unicache.fs.ops;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A POSIX ACL, as it is the value of an extended attribute: version 2 in 4 bytes, then for each
 * entry the tag (2), the permissions (2) and the user or group (4), all little-endian. Pure; knows
 * no store. The kernel checks permissions by it; what a file system has to do is to keep it and the
 * mode in step, and to hand it on to new files.
 */
final class AccessControlList {

  private static final int VERSION = 2;
  private static final int ENTRY_BYTES = 8;

  private static final int USER_OBJ = 0x01;
  private static final int USER = 0x02;
  private static final int GROUP_OBJ = 0x04;
  private static final int GROUP = 0x08;
  private static final int MASK = 0x10;
  private static final int OTHER = 0x20;

  /** Whom an entry is about, and what it allows: read 4, write 2, execute 1. */
  private record Entry(int tag, int permissions, int id) {

    Entry with(int changed) {
      return new Entry(tag, changed & 7, id);
    }
  }

  private final List<Entry> entries;

  private AccessControlList(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** Reads an attribute's value. Throws EINVAL if it is none. */
  static AccessControlList parse(byte[] value) throws FileSystemException {
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    List<Entry> entries = new ArrayList<>();
    try {
      if (in.getInt() != VERSION) {
        throw malformed("of another version");
      }
      while (in.hasRemaining()) {
        entries.add(new Entry(in.getShort(), in.getShort(), in.getInt()));
      }
    } catch (BufferUnderflowException e) {
      throw malformed("of " + value.length + " bytes");
    }
    AccessControlList list = new AccessControlList(entries);
    for (int tag : List.of(USER_OBJ, GROUP_OBJ, OTHER)) {
      list.get(tag);
    }
    return list;
  }

  private static FileSystemException malformed(String what) {
    return new FileSystemException(Errno.EINVAL, "an access control list " + what);
  }

  byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(Integer.BYTES + entries.size() * ENTRY_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(VERSION);
    for (Entry entry : entries) {
      out.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
    }
    return out.array();
  }

  /** Tells whether the nine permission bits say all that it says. */
  boolean isMinimal() {
    return entries.stream().noneMatch(e -> e.tag == USER || e.tag == GROUP || e.tag == MASK);
  }

  /** Returns the nine permission bits that go with it. */
  int permissions() throws FileSystemException {
    return get(USER_OBJ).permissions << 6
        | get(groupClass()).permissions << 3
        | get(OTHER).permissions;
  }

  /** Returns it as chmod leaves it: the group's bits are the mask where there is one. */
  AccessControlList withPermissions(int mode) {
    int groupClass = groupClass();
    List<Entry> changed = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.tag == USER_OBJ) {
        changed.add(entry.with(mode >> 6));
      } else if (entry.tag == groupClass) {
        changed.add(entry.with(mode >> 3));
      } else if (entry.tag == OTHER) {
        changed.add(entry.with(mode));
      } else {
        changed.add(entry);
      }
    }
    return new AccessControlList(changed);
  }

  /** Returns what a new file of this mode gets where this is the directory's default. */
  AccessControlList inheritedBy(int mode) throws FileSystemException {
    return withPermissions(permissions() & mode);
  }

  /** Returns the tag of the entry that the group's three bits stand for. */
  private int groupClass() {
    return entries.stream().anyMatch(entry -> entry.tag == MASK) ? MASK : GROUP_OBJ;
  }

  private Entry get(int tag) throws FileSystemException {
    for (Entry entry : entries) {
      if (entry.tag == tag) {
        return entry;
      }
    }
    throw malformed("that lacks an entry with tag " + tag);
  }
}

package io.unicache.store.meta;

import io.unicache.store.block.ContentId;
import java.util.Objects;
import java.util.Optional;

/**
 * What the tree keeps of a file, whatever its type. Immutable; {@link #toBuilder()} makes the next
 * state.
 */
public final class Inode {

  /** The types, with the bits of st_mode that stand for them. */
  public enum Type {
    FIFO(0010000),
    CHARACTER_DEVICE(0020000),
    DIRECTORY(0040000),
    BLOCK_DEVICE(0060000),
    REGULAR(0100000),
    SYMLINK(0120000),
    SOCKET(0140000);

    /** The mask of the type in st_mode. */
    public static final int MASK = 0170000;

    private final int bits;

    Type(int bits) {
      this.bits = bits;
    }

    /** Returns the type's bits in st_mode. */
    public int bits() {
      return bits;
    }

    /**
     * Returns the type that st_mode's bits stand for.
     *
     * @throws IllegalArgumentException if they stand for none
     */
    public static Type ofMode(int mode) {
      for (Type type : values()) {
        if (type.bits == (mode & MASK)) {
          return type;
        }
      }
      throw new IllegalArgumentException("mode 0" + Integer.toOctalString(mode) + " has no type");
    }
  }

  /** Inode number of the root directory. */
  public static final long ROOT = 1;

  private final long number;
  private final int mode;
  private final int uid;
  private final int gid;
  private final int links;
  private final int device;
  private final long parent;
  private final long size;
  private final Timestamp accessed;
  private final Timestamp modified;
  private final Timestamp changed;
  private final Timestamp born;
  private final ContentId content;
  private final String target;

  private Inode(Builder b) {
    number = b.number;
    mode = b.mode;
    uid = b.uid;
    gid = b.gid;
    links = b.links;
    device = b.device;
    parent = b.parent;
    size = b.size;
    accessed = b.accessed;
    modified = b.modified;
    changed = b.changed;
    born = b.born;
    content = b.content;
    target = b.target;
    Type.ofMode(mode);
  }

  /** Returns the inode number; never used again after the inode is gone. */
  public long number() {
    return number;
  }

  public Type type() {
    return Type.ofMode(mode);
  }

  public boolean isDirectory() {
    return (mode & Type.MASK) == Type.DIRECTORY.bits();
  }

  public boolean isRegular() {
    return (mode & Type.MASK) == Type.REGULAR.bits();
  }

  /** Returns st_mode: the type's bits and the 12 permission bits. */
  public int mode() {
    return mode;
  }

  /** Returns the 12 permission bits. */
  public int permissions() {
    return mode & 07777;
  }

  public int uid() {
    return uid;
  }

  public int gid() {
    return gid;
  }

  /** Returns the names that it has; for a directory 2 and one more for each subdirectory. */
  public int links() {
    return links;
  }

  /** Returns the device number (st_rdev) of a device node, else 0. */
  public int device() {
    return device;
  }

  /** Returns the parent directory's inode number of a directory (its ".."), else 0. */
  public long parent() {
    return parent;
  }

  /** Returns bytes: of the content, or of a symlink's target; 0 for the other types. */
  public long size() {
    return size;
  }

  public Timestamp accessed() {
    return accessed;
  }

  public Timestamp modified() {
    return modified;
  }

  public Timestamp changed() {
    return changed;
  }

  public Timestamp born() {
    return born;
  }

  /** Returns the content of a regular file that is not empty. */
  public Optional<ContentId> content() {
    return Optional.ofNullable(content);
  }

  /** Returns a symlink's target, byte for byte as ISO-8859-1 characters; "" for other types. */
  public String target() {
    return target;
  }

  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Starts a new inode; {@code mode} includes the type's bits. */
  public static Builder builder(long number, int mode) {
    return new Builder(number, mode);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Inode that
        && number == that.number
        && mode == that.mode
        && uid == that.uid
        && gid == that.gid
        && links == that.links
        && device == that.device
        && parent == that.parent
        && size == that.size
        && accessed.equals(that.accessed)
        && modified.equals(that.modified)
        && changed.equals(that.changed)
        && born.equals(that.born)
        && Objects.equals(content, that.content)
        && target.equals(that.target);
  }

  @Override
  public int hashCode() {
    return Objects.hash(number, mode, size, changed);
  }

  @Override
  public String toString() {
    return "Inode[" + number + ", mode 0" + Integer.toOctalString(mode) + ", " + size + " bytes]";
  }

  /** Makes inodes. Not thread-safe. */
  public static final class Builder {
    private final long number;
    private int mode;
    private int uid;
    private int gid;
    private int links = 1;
    private int device;
    private long parent;
    private long size;
    private Timestamp accessed = Timestamp.EPOCH;
    private Timestamp modified = Timestamp.EPOCH;
    private Timestamp changed = Timestamp.EPOCH;
    private Timestamp born = Timestamp.EPOCH;
    private ContentId content;
    private String target = "";

    private Builder(long number, int mode) {
      this.number = number;
      this.mode = mode;
    }

    private Builder(Inode inode) {
      number = inode.number;
      mode = inode.mode;
      uid = inode.uid;
      gid = inode.gid;
      links = inode.links;
      device = inode.device;
      parent = inode.parent;
      size = inode.size;
      accessed = inode.accessed;
      modified = inode.modified;
      changed = inode.changed;
      born = inode.born;
      content = inode.content;
      target = inode.target;
    }

    /** Sets the 12 permission bits; the type stays. */
    public Builder permissions(int permissions) {
      mode = (mode & Type.MASK) | (permissions & 07777);
      return this;
    }

    public Builder owner(int newUid, int newGid) {
      uid = newUid;
      gid = newGid;
      return this;
    }

    public Builder links(int newLinks) {
      links = newLinks;
      return this;
    }

    public Builder device(int newDevice) {
      device = newDevice;
      return this;
    }

    public Builder parent(long newParent) {
      parent = newParent;
      return this;
    }

    public Builder accessed(Timestamp time) {
      accessed = time;
      return this;
    }

    public Builder modified(Timestamp time) {
      modified = time;
      return this;
    }

    public Builder changed(Timestamp time) {
      changed = time;
      return this;
    }

    public Builder born(Timestamp time) {
      born = time;
      return this;
    }

    /** Sets all four times. */
    public Builder times(Timestamp time) {
      return accessed(time).modified(time).changed(time).born(time);
    }

    /** Sets content and size together; null and 0 for the empty file. */
    public Builder content(ContentId newContent, long newSize) {
      content = newContent;
      size = newSize;
      return this;
    }

    public Builder target(String newTarget) {
      target = newTarget;
      size = newTarget.length();
      return this;
    }

    public Inode build() {
      return new Inode(this);
    }
  }
}

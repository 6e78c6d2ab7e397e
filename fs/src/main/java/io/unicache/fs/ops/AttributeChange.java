package io.unicache.fs.ops;

import io.unicache.store.meta.Timestamp;

/**
 * What setattr changes; null leaves a value as it is; with nothing but nulls it is a chown that
 * leaves both owners as they are, and has its other effects. For the times, {@link #NOW} stands for
 * the server's present time.
 *
 * @param mode permission bits (a type's bits are ignored)
 * @param size new length: truncate or extend
 */
public record AttributeChange(
    Integer mode, Integer uid, Integer gid, Long size, Timestamp accessed, Timestamp modified) {

  /** Stands for the server's present time; no file has this time. */
  public static final Timestamp NOW = new Timestamp(Long.MIN_VALUE, 0);

  public static AttributeChange mode(int mode) {
    return new AttributeChange(mode, null, null, null, null, null);
  }

  /** Changes the owner and group; null or -1 leaves one as it is. */
  public static AttributeChange owner(Integer uid, Integer gid) {
    return new AttributeChange(null, orNull(uid), orNull(gid), null, null, null);
  }

  public static AttributeChange size(long size) {
    return new AttributeChange(null, null, null, size, null, null);
  }

  public static AttributeChange times(Timestamp accessed, Timestamp modified) {
    return new AttributeChange(null, null, null, null, accessed, modified);
  }

  /** Tells whether it is a chown that leaves the owner and the group as they are. */
  boolean isEmpty() {
    return mode == null
        && uid == null
        && gid == null
        && size == null
        && accessed == null
        && modified == null;
  }

  private static Integer orNull(Integer id) {
    return id == null || id == -1 ? null : id;
  }
}

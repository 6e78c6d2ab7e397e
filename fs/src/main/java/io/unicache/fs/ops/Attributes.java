package io.unicache.fs.ops;

import io.unicache.store.meta.Timestamp;

/**
 * What stat(2) says.
 *
 * @param inode inode number (st_ino)
 * @param mode type and permission bits
 * @param links names
 * @param size bytes, of an open file as it is now
 * @param blocks 512-byte units that are not holes
 * @param blockSize preferred I/O size
 * @param born when it was made
 * @param device device number of a device node, else 0
 */
public record Attributes(
    long inode,
    int mode,
    int links,
    int uid,
    int gid,
    int device,
    long size,
    long blocks,
    int blockSize,
    Timestamp accessed,
    Timestamp modified,
    Timestamp changed,
    Timestamp born) {

  /** Returns the same with one name more. */
  public Attributes withAnotherLink() {
    return new Attributes(
        inode, mode, links + 1, uid, gid, device, size, blocks, blockSize, accessed, modified,
        changed, born);
  }
}

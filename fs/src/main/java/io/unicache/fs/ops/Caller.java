package io.unicache.fs.ops;

/**
 * Who asks.
 *
 * @param uid user ID (fsuid)
 * @param gid group ID (fsgid)
 * @param pid process ID, or 0 if it is not known
 * @param umask bits that mkdir, mknod and create take off the mode
 */
public record Caller(int uid, int gid, int pid, int umask) {

  public static final Caller ROOT = new Caller(0, 0, 0, 0);
}

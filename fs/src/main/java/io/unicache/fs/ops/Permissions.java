package io.unicache.fs.ops;

/** POSIX's rules of who may do what, by owner, group and mode bits. Pure; knows no store. */
public final class Permissions {

  public static final int SET_UID = 04000;
  public static final int SET_GID = 02000;

  private static final int GROUP_EXECUTE = 0010;
  private static final int ANY_EXECUTE = 0111;
  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;

  private Permissions() {}

  public static boolean isRoot(Caller caller) {
    return caller.uid() == 0;
  }

  /** Throws EACCES unless the mode bits grant all of the mask (see access(2)) to the caller. */
  public static void checkAccess(int mode, int uid, int gid, int mask, Caller caller)
      throws FileSystemException {
    int granted;
    if (isRoot(caller)) {
      boolean executes = (mode & ANY_EXECUTE) != 0 || (mode & TYPE) == DIRECTORY;
      granted =
          FileSystemOps.ACCESS_READ
              | FileSystemOps.ACCESS_WRITE
              | (executes ? FileSystemOps.ACCESS_EXECUTE : 0);
    } else if (caller.uid() == uid) {
      granted = mode >> 6;
    } else if (Groups.contains(caller, gid)) {
      granted = mode >> 3;
    } else {
      granted = mode;
    }
    if ((mask & 7 & ~granted) != 0) {
      throw new FileSystemException(Errno.EACCES, "the mode bits do not allow it");
    }
  }

  /** Tells whether the caller is root or the owner. */
  static boolean isOwner(int uid, Caller caller) {
    return isRoot(caller) || caller.uid() == uid;
  }

  /** Returns permissions that a caller gives a file: set-group-ID only to one of their groups. */
  static int withGroupsSetId(int permissions, int gid, Caller caller) {
    boolean allowed =
        (permissions & SET_GID) == 0 || isRoot(caller) || Groups.contains(caller, gid);
    return allowed ? permissions : permissions & ~SET_GID;
  }

  /** Tells whether set-group-ID is set where the group may not execute, and set-user-ID is not. */
  public static boolean hasOnlyIdleSetGroupId(int mode) {
    return (mode & (SET_UID | SET_GID | GROUP_EXECUTE)) == SET_GID;
  }

  /**
   * Returns the mode of a file that is no directory after it was written to or given away, as
   * Linux's kernel has it: without the set-user-ID bit, and without the set-group-ID bit. But where
   * the group may not execute the file, that bit once meant something else, and stays if the caller
   * is in the group or root.
   *
   * @param mode with or without the type's bits
   * @param gid the file's group
   */
  public static int withoutSetId(int mode, int gid, Caller caller) {
    int cleared = mode & ~SET_UID;
    if ((mode & SET_GID) == 0) {
      return cleared;
    }
    boolean stays = (mode & GROUP_EXECUTE) == 0 && (isRoot(caller) || Groups.contains(caller, gid));
    return stays ? cleared : cleared & ~SET_GID;
  }
}

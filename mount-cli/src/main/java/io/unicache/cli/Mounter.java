package io.unicache.cli;

import io.unicache.fs.fuse.mount.FuseSession;
import io.unicache.fs.fuse.mount.MountOptions;
import io.unicache.fs.fuse.mount.MountTable;
import io.unicache.fs.ops.FileSystemOps;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** What commands do to mount points; tests put another in its place. */
interface Mounter {

  /**
   * Makes sure that a directory can be mounted on: there, empty, not mounted on.
   *
   * @return the directory, absolute and without symlinks
   */
  Path prepare(Path directory) throws IOException;

  /** Mounts, and returns when the mount answers. */
  FuseSession mount(FileSystemOps ops, MountOptions options, Transport transport)
      throws IOException;

  /** Returns what is mounted on a directory, if something is, even if nobody serves it any more. */
  Optional<MountTable.Mount> find(Path directory) throws IOException;

  /**
   * Unmounts.
   *
   * @param mountPoint as the mount table has it
   * @param lazy whether files that are open do not matter
   */
  void unmount(Path mountPoint, boolean lazy) throws IOException;
}

package io.unicache.store.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Tells file systems apart that other hosts can see as well. */
public final class NetworkFiles {

  /** Types as the mount table has them, without "fuse." and a version behind. */
  private static final Set<String> TYPES =
      Set.of(
          "9p",
          "afs",
          "acfs",
          "beegfs",
          "ceph",
          "ceph-fuse",
          "cifs",
          "coda",
          "curlftpfs",
          "davfs",
          "glusterfs",
          "gfs",
          "gpfs",
          "juicefs",
          "lustre",
          "mfs",
          "mount-s3",
          "ncpfs",
          "nfs",
          "ocfs",
          "orangefs",
          "pvfs",
          "rclone",
          "s3fs",
          "smb",
          "smbfs",
          "sshfs",
          "virtiofs",
          "vboxsf",
          "vmhgfs",
          "vmhgfs-fuse");

  private NetworkFiles() {}

  /** Returns the type of the file system that a file is on, as in "ext4" or "fuse.sshfs". */
  public static String typeOf(Path file) throws IOException {
    return Files.getFileStore(file).type();
  }

  /** Tells whether other hosts may have files of such a file system open at the same time. */
  public static boolean isNetwork(String type) {
    String name = type.toLowerCase(Locale.ROOT);
    for (String prefix : new String[] {"fuse.", "fuseblk."}) {
      if (name.startsWith(prefix)) {
        name = name.substring(prefix.length());
      }
    }
    return TYPES.contains(name) || TYPES.contains(name.replaceFirst("\\d+$", ""));
  }
}

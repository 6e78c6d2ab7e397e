package io.unicache.store.os;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkFilesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nfs",
        "nfs4",
        "NFS",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "ceph",
        "fuse.sshfs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.davfs2",
        "lustre",
        "ocfs2",
        "virtiofs",
        "vboxsf"
      })
  void seenByOtherHosts(String type) {
    assertTrue(NetworkFiles.isNetwork(type));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ext2",
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "tmpfs",
        "overlay",
        "f2fs",
        "bcachefs",
        "vfat",
        "exfat",
        "ntfs3",
        "fuseblk",
        "fuse.unicache",
        "fuse.mergerfs",
        "fuse",
        ""
      })
  void onlyHere(String type) {
    assertFalse(NetworkFiles.isNetwork(type));
  }

  @Test
  void everyFileHasAType(@TempDir Path directory) throws Exception {
    assertFalse(NetworkFiles.typeOf(directory).isEmpty());
  }
}
